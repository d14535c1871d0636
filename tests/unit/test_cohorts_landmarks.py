"""Landmarks: who is looked at is decided by the day before, and by nothing that came later."""

import datetime as dt

import duckdb
import polars as pl
import pytest

from thin_assets.cohorts.landmarks import Landmarks, days_of, find_landmarks, landmark_cohorts

AFTER = dt.date(2024, 4, 1)
YEARLY = Landmarks("yearly", None, 40, 84, 365, 2, "any_cancer")
ONSET = Landmarks("onset", "diabetes", 40, 84, 365, 2, "any_cancer")
NOBODY = pl.DataFrame(schema={"person_id": pl.Int64, "first_date": pl.Date})


def cdm(*people: tuple[int, int, str, str]) -> duckdb.DuckDBPyConnection:
    """A build of persons: id, year of birth, first and last day of observation."""
    con = duckdb.connect()
    con.execute("create schema cdm")
    con.execute("create table cdm.person (person_id bigint, year_of_birth integer)")
    con.execute(
        "create table cdm.observation_period (person_id bigint, observation_period_start_date date,"
        " observation_period_end_date date)"
    )
    for person, born, start, end in people:
        if not con.execute("select 1 from cdm.person where person_id = ?", [person]).fetchone():
            con.execute("insert into cdm.person values (?, ?)", [person, born])
        con.execute("insert into cdm.observation_period values (?, ?, ?)", [person, start, end])
    return con


def years(found: pl.DataFrame, person: int = 1) -> list[int]:
    return found.filter(pl.col("subject_id") == person)["cohort_start_date"].dt.year().to_list()


def test_everybody_is_looked_at_each_year_while_observed() -> None:
    con = cdm((1, 1960, "2015-01-01", "2024-03-31"), (2, 1960, "2022-03-31", "2023-03-31"))
    found = find_landmarks(YEARLY, con, AFTER, NOBODY).rows
    assert (years(found), years(found, 2)) == ([2022, 2023, 2024], [2023])
    last = found.filter(pl.col("cohort_start_date") == AFTER)
    assert last["cohort_end_date"].to_list() == [AFTER]  # observed until the day before


@pytest.mark.parametrize(("born", "asked"), [(1984, [2024]), (1939, [2022, 2023]), (1985, []), (1937, [])])
def test_age_is_that_of_the_year(born: int, asked: list[int]) -> None:
    con = cdm((1, born, "2015-01-01", "2024-03-31"))
    assert years(find_landmarks(YEARLY, con, AFTER, NOBODY).rows) == asked


def test_a_year_of_observation_is_asked_in_the_period_that_holds_the_day() -> None:
    con = cdm((1, 1960, "2010-01-01", "2021-01-01"), (1, 1960, "2022-04-01", "2024-03-31"))
    assert years(find_landmarks(YEARLY, con, AFTER, NOBODY).rows) == [2023, 2024]


@pytest.mark.parametrize(
    ("first", "asked"),
    [
        (dt.date(2023, 3, 31), [2022]),
        (dt.date(2023, 4, 1), [2022, 2023]),  # on the landmark itself: this is what is predicted
        (None, []),  # once, nobody knows when
        (dt.date(2024, 5, 1), [2022, 2023, 2024]),
    ],
)
def test_whoever_had_it_before_is_not_looked_at(first: dt.date | None, asked: list[int]) -> None:
    con = cdm((1, 1960, "2015-01-01", "2024-03-31"))
    had = pl.DataFrame({"person_id": [1], "first_date": [first]}, schema=NOBODY.schema)
    assert years(find_landmarks(YEARLY, con, AFTER, had).rows) == asked


def test_an_onset_is_a_landmark_for_its_person_alone() -> None:
    con = cdm((1, 1960, "2015-01-01", "2024-03-31"), (2, 1960, "2015-01-01", "2024-03-31"))
    days = [dt.date(2023, 5, 6), dt.date(2021, 5, 6), AFTER]
    started = pl.DataFrame({"subject_id": [1, 2, 2], "cohort_start_date": days})
    found = find_landmarks(ONSET, con, AFTER, NOBODY, started)
    assert found.rows.select("subject_id", "cohort_start_date").rows() == [(1, dt.date(2023, 5, 6))]


def test_attrition_never_grows_and_ends_with_the_rows() -> None:
    con = cdm(
        (1, 1960, "2015-01-01", "2024-03-31"),
        (2, 1990, "2015-01-01", "2024-03-31"),
        (3, 1960, "2023-12-01", "2024-03-31"),
    )
    found = find_landmarks(YEARLY, con, AFTER, NOBODY)
    assert found.attrition.select("persons", "events").rows() == [(3, 7), (2, 6), (1, 3), (1, 3)]
    assert found.rows.height == 3


def test_the_same_day_of_each_year() -> None:
    assert days_of(dt.date(2024, 3, 1), 1) == [dt.date(2024, 3, 1), dt.date(2023, 3, 1)]


def test_those_that_are_declared_have_ids_of_their_own() -> None:
    told = landmark_cohorts()
    assert set(told) == {"primary_care", "new_onset_diabetes"}
    assert len({one.id for one in told.values()}) == 2
