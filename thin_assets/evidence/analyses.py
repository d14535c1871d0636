"""The questions of a profile, as data: ids and names of OHDSI Achilles where it has them."""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

FIRST_OF_OURS = 9000
"""Ids from here on are ours; Achilles asks nothing of the kind."""


@dataclass(frozen=True)
class Analysis:
    """One question.

    strata            what it counts by, in order
    is_distribution   its answers are in achilles_results_dist, else in achilles_results
    """

    id: int
    name: str
    strata: tuple[str, ...]
    is_distribution: bool


@cache
def analyses() -> dict[int, Analysis]:
    """Every analysis by id."""
    text = files("thin_assets.evidence").joinpath("analyses.csv").read_text(encoding="utf-8")
    return {int(row["analysis_id"]): _analysis(row) for row in csv.DictReader(text.splitlines())}


def _analysis(row: dict[str, str]) -> Analysis:
    strata = (row[f"stratum_{number}_name"] for number in range(1, 6))
    return Analysis(
        id=int(row["analysis_id"]),
        name=row["analysis_name"],
        strata=tuple(name for name in strata if name),
        is_distribution=row["distribution"] == "1",
    )
