"""The analyses that covariates come from, with the ids and names of OHDSI's FeatureExtraction.

Two things differ from it on purpose: a window ends the day before the index, and drugs are counted by
ingredient from the day of the exposure. Eras are not used: where an era ends depends on what came after the
index.
"""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class Analysis:
    """One family of covariates in one window.

    days                  first day of the window before the index; None: since ever
    measure               presence: value is 1 where there is a record; value: the value itself
    missing_means_zero    a member without a row has none of it; otherwise it is unknown
    covariate_name        how its covariates are called; {concept} and {unit} stand for those of the record
    """

    id: int
    name: str
    family: str
    days: int | None
    measure: str
    unit: str
    missing_means_zero: bool
    covariate_name: str
    description: str


@cache
def analyses() -> tuple[Analysis, ...]:
    """Every analysis of `analyses.csv`, in its order."""
    text = files("thin_assets.features").joinpath("analyses.csv").read_text(encoding="utf-8")
    return tuple(_analysis(row) for row in csv.DictReader(text.splitlines()))


def of_family(family: str) -> list[Analysis]:
    """The analyses of a family, widest window first."""
    return [analysis for analysis in analyses() if analysis.family == family]


def _analysis(row: dict[str, str]) -> Analysis:
    return Analysis(
        id=int(row["analysis_id"]),
        name=row["analysis_name"],
        family=row["family"],
        days=int(row["days"]) if row["days"] else None,
        measure=row["measure"],
        unit=row["unit"],
        missing_means_zero=row["missing_means_zero"] == "yes",
        covariate_name=row["covariate_name"],
        description=row["description"],
    )
