"""The two results tables of the CDM: members of all cohorts, and what each cohort asks for."""

import datetime as dt
from collections.abc import Iterable

import polars as pl

from thin_assets.cohorts.contract import CohortDefinition, CohortMember
from thin_assets.cohorts.definition import Definition
from thin_assets.errors import BrokenRules
from thin_assets.promises import OUR_FAULT, columns_of, require

ALGORITHM, PERSON = 32882, 56
"""Type concept "Standard algorithm from EHR", and the concept of the domain Person."""


def cohort_table(members: Iterable[pl.DataFrame], where: str) -> pl.DataFrame:
    """Members of all definitions, sorted by definition, person and start.

    where    the partition, as an error names it
    Raises BrokenRules when a person is twice in one cohort at once.
    """
    rows = pl.concat(members).sort("cohort_definition_id", "subject_id", "cohort_start_date")
    require(CohortMember, rows, name="CohortMember", where=where, remedy=OUR_FAULT)
    if overlaps := _overlaps(rows):
        raise BrokenRules(
            f"{overlaps} rows of a cohort begin before the one before them has ended",
            where=where,
            remedy=OUR_FAULT,
        )
    return rows


def _overlaps(rows: pl.DataFrame) -> int:
    """Rows that start while an earlier row of the same person and definition lasts."""
    ended = pl.col("cohort_end_date").cum_max().shift(1).over("cohort_definition_id", "subject_id")
    return rows.select((pl.col("cohort_start_date") <= ended).fill_null(False).sum()).item()


def cohort_definition_table(definitions: Iterable[Definition], released: dt.date) -> pl.DataFrame:
    """One row per definition: its expression as exported, and its fingerprint in the description.

    released    day of the snapshot; the same snapshot gives the same bytes on any day
    """
    rows = [
        {
            "cohort_definition_id": definition.id,
            "cohort_definition_name": definition.name,
            "cohort_definition_description": f"{definition.title}; sha256 {definition.sha256}",
            "definition_type_concept_id": ALGORITHM,
            "cohort_definition_syntax": definition.text,
            "subject_concept_id": PERSON,
            "cohort_initiation_date": released,
        }
        for definition in definitions
    ]
    table = pl.DataFrame(rows, schema=columns_of(CohortDefinition)).sort("cohort_definition_id")
    require(CohortDefinition, table, name="CohortDefinition", where="cohorts", remedy=OUR_FAULT)
    return table
