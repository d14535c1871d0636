"""What the study looks at, as data: symptoms and conditions by concept, and its windows in days."""

import csv
from functools import cache
from importlib.resources import files

import polars as pl

PACKAGE = "thin_assets.studies.long_covid"

COHORT, LABEL_COHORT = "covid_19", "long_covid"

ADULT = 18
"""Age in years at the index date, the calendar year less the year of birth."""

FROM_DAY, UNTIL_DAY = 84, 365
"""Days after the index date: follow-up begins with the twelfth week over, and ends a year after it."""

BEFORE_DAYS = 365
"""Days before the index date in which a symptom is an earlier one, and visits are counted."""

LABEL_DAYS = 7
"""Symptoms on the day of a label or in so many days before it were told with it."""

FEWEST_EVENTS = 5
"""Events that each group must have for a hazard ratio."""

NOT_PROPORTIONAL = 0.01
"""A p value below it is flagged: hazards do not look proportional."""

CODED, CODED_AND_TEXT = "coded", "coded_and_text"
SOURCES = {CODED: "Coded alone", CODED_AND_TEXT: "Coded and text"}
EXPOSED, UNEXPOSED = "exposed", "unexposed"


def symptoms() -> dict[str, str]:
    """Names that are shown, by symptom, in the order of the declaration."""
    return dict(declared("symptoms").select("symptom", "name").unique(maintain_order=True).iter_rows())


def conditions() -> dict[str, str]:
    """Names that are shown, by baseline condition, in the order of the declaration."""
    return dict(declared("conditions").select("condition", "name").unique(maintain_order=True).iter_rows())


@cache
def declared(name: str) -> pl.DataFrame:
    """Rows of `symptoms.csv` or `conditions.csv`: name, concept, and whether its descendants count too.

    Those of a symptom often are diseases: migraine of headache, dementia of impaired cognition.
    """
    text = files(PACKAGE).joinpath(f"{name}.csv").read_text(encoding="utf-8")
    rows = pl.DataFrame(list(csv.DictReader(text.splitlines())))
    return rows.with_columns(pl.col("concept_id").cast(pl.Int64), pl.col("descendants") == "yes")
