"""Exact counts for the lake: who enters a cohort and when, and over how many practices a cell is spread."""

import datetime as dt
from pathlib import Path

import duckdb
import polars as pl
import pytest

from tests.cdm import open_cdm, write_cdm, write_vocabulary
from thin_assets.studies.entry_cells import count_entries
from thin_assets.studies.incidence_cells import count_cells

DEFINITIONS = pl.DataFrame(
    [(7, "stroke", 0), (8, "nobody", 0)],
    schema={"cohort_definition_id": pl.Int32, "cohort_name": pl.String, "prior_days": pl.Int32},
    orient="row",
)
MEMBERS = pl.DataFrame(
    [(7, 1, "2019-03-01"), (7, 1, "2020-05-01"), (7, 2, "2020-05-01"), (7, 3, "2020-06-01")],
    schema=["cohort_definition_id", "subject_id", "cohort_start_date"],
    orient="row",
).with_columns(
    pl.col("cohort_definition_id").cast(pl.Int32),
    pl.col("cohort_start_date").str.to_date(),
    cohort_end_date=pl.lit(dt.date(2020, 12, 31)),
)


@pytest.fixture
def con(tmp_path: Path) -> duckdb.DuckDBPyConnection:
    """Four persons of two practices, observed in 2019 and 2020."""
    build = write_cdm(
        tmp_path / "build",
        person="""
            person_id | year_of_birth | gender_concept_id | care_site_id
            1         | 1950          | 8532              | 10
            2         | 1955          | 8507              | 10
            3         | 1925          | 8532              | 20
            4         | 1950          | 8532              | 20
        """,
        observation_period="person_id | observation_period_start_date | observation_period_end_date\n"
        + "\n".join(f"{person} | 2019-01-01 | 2020-12-31" for person in (1, 2, 3, 4)),
    )
    return open_cdm(build, write_vocabulary(tmp_path / "vocabulary"))


def entries(con: duckdb.DuckDBPyConnection, **cell: str) -> tuple | None:
    """Persons, practices and persons of the largest in one cell of the strokes."""
    found = count_entries(MEMBERS, DEFINITIONS, con).filter(cohort_definition_id=7, **cell)
    return found.select("persons", "practices", "persons_of_largest").row(0) if found.height else None


def test_a_person_counts_once_in_the_year_of_the_first_entry(con: duckdb.DuckDBPyConnection) -> None:
    of_all = {"sex": "all", "age_band": "all"}
    assert entries(con, year="2019", **of_all) == (1, 1, 1)
    assert entries(con, year="2020", **of_all) == (2, 2, 1)
    assert entries(con, year="all", **of_all) == (3, 2, 2)


def test_every_combination_of_totals_is_there(con: duckdb.DuckDBPyConnection) -> None:
    assert entries(con, year="2020", sex="male", age_band="60-69") == (1, 1, 1)
    assert entries(con, year="all", sex="female", age_band="all") == (2, 2, 1)
    assert entries(con, year="all", sex="all", age_band="90+") == (1, 1, 1)
    assert entries(con, year="2019", sex="male", age_band="all") is None


def test_a_cohort_that_nobody_enters_has_its_total(con: duckdb.DuckDBPyConnection) -> None:
    """Were it absent, it would tell that nobody did."""
    found = count_entries(MEMBERS, DEFINITIONS, con).filter(cohort_definition_id=8)
    assert found.select(pl.exclude("cohort_definition_id")).rows() == [
        ("nobody", "all", "all", "all", 0, 0, 0)
    ]


def test_persons_at_risk_and_cases_are_told_with_their_practices(con: duckdb.DuckDBPyConnection) -> None:
    found = count_cells(MEMBERS, DEFINITIONS, con).filter(sex="all", age_band="all")
    told = [
        "persons",
        "cases",
        "persons_practices",
        "persons_of_largest",
        "cases_practices",
        "cases_of_largest",
    ]
    assert found.select("cohort_name", *told).sort("cohort_name").rows() == [
        ("nobody", 4, 0, 2, 2, 0, 0),
        ("stroke", 4, 3, 2, 2, 2, 2),
    ]


def test_women_of_one_age_over_two_years_are_one_person_each(con: duckdb.DuckDBPyConnection) -> None:
    """Person 1 turns 70 in 2020: she is in two bands of age, and one person of all ages."""
    women = count_cells(MEMBERS, DEFINITIONS, con).filter(cohort_name="nobody", sex="female")
    assert dict(women.select("age_band", "persons").iter_rows()) == {
        "60-69": 2,
        "70-79": 2,
        "90+": 1,
        "all": 3,
    }
