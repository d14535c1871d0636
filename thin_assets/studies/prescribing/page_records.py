"""What became of the records, on the page: what was counted, in which class, and with which dose."""

from collections.abc import Mapping

import polars as pl

from thin_assets.pages import figures
from thin_assets.pages.frame import Section, paragraph, together
from thin_assets.pages.tables import columns, table
from thin_assets.studies.prescribing.shown import parts_of

DOSES = {
    "with_ddd": "counted in DDD",
    "without_assigned_ddd": "no DDD assigned",
    "without_dose": "no dose known",
    "without_concept": "drug not known",
    "outside_observation": "outside observation",
}
"""Parts that add up to all records."""


def records(tables: Mapping[str, pl.DataFrame]) -> Section:
    """All months together: parts that add up to the records of each kind."""
    rows = tables["prescribing_coverage"]
    found = rows.group_by("record_kind").agg(pl.exclude("month").sum()).sort("record_kind")
    heads = columns(
        "records", "#all", *(f"#{word}" for word in DOSES.values()), "#without class", "#several classes"
    )
    body = []
    for row in found.iter_rows(named=True):
        parts = parts_of({name: row[name] for name in DOSES})
        classes = (
            figures.percent(row[name], row["records"]) for name in ("without_class", "several_classes")
        )
        body.append((row["record_kind"], figures.count(row["records"]), *parts.values(), *classes))
    told = paragraph(
        "Rows of drug_exposure in these months. DDD of a class are too low where many of its records have "
        "none: a combination, a drug without an assigned DDD, or a record without a dose."
    )
    return Section("records", "Records", together(told, table(heads, body, "What became of each record")))
