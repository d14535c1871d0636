"""Diagnostics of cohorts on members that can be counted by hand."""

import datetime as dt
from pathlib import Path

import duckdb
import polars as pl
import pytest

from tests.cdm import open_cdm, write_cdm, write_vocabulary
from thin_assets.cohorts.contract import CohortDefinition, CohortMember, IndexEvent
from thin_assets.cohorts.diagnostics import Diagnostics, Membership, diagnose
from thin_assets.promises import columns_of

FIRST, SECOND, EMPTY = 1, 2, 3


@pytest.fixture
def con(tmp_path: Path) -> duckdb.DuckDBPyConnection:
    """Persons 1 and 2 are men born in 1950 and 1985, 3 a woman born in 1925."""
    build = write_cdm(
        tmp_path / "build",
        person="""
            person_id | year_of_birth | gender_concept_id
            1         | 1950          | 8507
            2         | 1985          | 8507
            3         | 1925          | 8532
        """,
    )
    return open_cdm(build, write_vocabulary(tmp_path / "vocabulary"))


def membership(*entries: tuple[int, int, str], told: str = "as it was") -> Membership:
    """Cohort, person and day of entry; three definitions, whoever is in them."""
    rows = [
        (cohort, person, dt.date.fromisoformat(day), dt.date(2030, 1, 1)) for cohort, person, day in entries
    ]
    definitions = pl.DataFrame(
        {
            "cohort_definition_id": [FIRST, SECOND, EMPTY],
            "cohort_definition_name": ["first", "second", "empty"],
            "cohort_definition_description": [told, "as it was", "as it was"],
            "definition_type_concept_id": 32882,
            "cohort_definition_syntax": "{}",
            "subject_concept_id": 56,
            "cohort_initiation_date": dt.date(2024, 3, 31),
        }
    ).cast(columns_of(CohortDefinition))
    return Membership(pl.DataFrame(rows, schema=columns_of(CohortMember), orient="row"), definitions)


NOW = membership(
    (FIRST, 1, "2020-05-01"),
    (FIRST, 1, "2022-05-01"),
    (FIRST, 2, "2020-06-01"),
    (FIRST, 3, "2021-01-01"),
    (SECOND, 1, "2019-01-01"),
    (SECOND, 2, "2020-06-01"),
)
NO_EVENTS = [pl.DataFrame(schema=columns_of(IndexEvent))]


def of_now(con: duckdb.DuckDBPyConnection, before: Membership | None = None) -> Diagnostics:
    return diagnose(NOW, before, NO_EVENTS, con)


def test_a_person_counts_once_in_a_cohort_in_the_year_of_the_first_entry(
    con: duckdb.DuckDBPyConnection,
) -> None:
    counts = of_now(con).cohort_counts.filter(cohort_definition_id=FIRST)
    assert counts.select("year", "sex", "age_band", "persons").rows() == [
        (2020, "male", "30-39", 1),
        (2020, "male", "70-79", 1),
        (2021, "female", "90+", 1),
    ]


def test_an_overlap_says_who_came_first(con: duckdb.DuckDBPyConnection) -> None:
    """1 was in the second cohort before, 2 entered both on one day; seen from the other side it is after."""
    assert of_now(con).cohort_overlap.rows() == [
        (FIRST, SECOND, 3, 2, 1, 1, 0),
        (SECOND, FIRST, 2, 2, 0, 1, 1),
    ]


def test_without_a_month_before_nothing_is_compared(con: duckdb.DuckDBPyConnection) -> None:
    nothing = (None,) * 5
    assert of_now(con).cohort_change.rows() == [
        (FIRST, "first", 3, *nothing),
        (SECOND, "second", 2, *nothing),
        (EMPTY, "empty", 0, *nothing),
    ]


def test_members_are_gained_lost_and_moved(con: duckdb.DuckDBPyConnection) -> None:
    """1 entered a day later then; 4 is gone, 2 and 3 are new, and it asks for something else."""
    before = membership(
        (FIRST, 1, "2020-05-02"),
        (FIRST, 4, "2020-01-01"),
        (SECOND, 1, "2019-01-01"),
        (SECOND, 2, "2020-06-01"),
        told="otherwise",
    )
    assert of_now(con, before).cohort_change.rows() == [
        (FIRST, "first", 3, 2, 2, 1, 1, True),
        (SECOND, "second", 2, 2, 0, 0, 0, False),
        (EMPTY, "empty", 0, 0, 0, 0, 0, False),
    ]


def test_a_cohort_that_was_not_defined_then_is_not_compared(con: duckdb.DuckDBPyConnection) -> None:
    before = membership((FIRST, 1, "2020-05-01"))
    before = Membership(before.cohort, before.definitions.filter(pl.col("cohort_definition_id") == FIRST))
    change = of_now(con, before).cohort_change
    assert change.filter(cohort_definition_id=FIRST).item(0, "persons_before") == 1
    assert change.filter(cohort_definition_id=SECOND).item(0, "persons_before") is None


def test_it_leaves_nothing_behind_in_the_database(con: duckdb.DuckDBPyConnection) -> None:
    tables = (
        "select table_name from duckdb_tables() union all select view_name from duckdb_views() order by all"
    )
    before = con.execute(tables).fetchall()
    of_now(con, NOW)
    assert con.execute(tables).fetchall() == before
