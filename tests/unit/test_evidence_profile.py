"""The profile of a build: every number can be counted by hand."""

from pathlib import Path

import polars as pl
import pytest

from tests.cdm import open_cdm, write_cdm, write_vocabulary
from thin_assets.evidence.profile import Profile, build_profile

MALE, FEMALE = "8507", "8532"

THREE_PERSONS = """
    person_id | year_of_birth | gender_concept_id
    1         | 1950          | 8507
    2         | 1980          | 8532
    3         | 1980          | 8532
"""
PERIODS = """
    person_id | observation_period_start_date | observation_period_end_date
    1         | 2020-01-01                    | 2020-01-31
    1         | 2020-03-15                    | 2020-04-14
    2         | 2020-01-15                    | 2021-01-14
"""


def profile_of(folder: Path, concepts: str = "", **tables: str) -> Profile:
    build = write_cdm(folder / "build", **tables)
    with open_cdm(build, write_vocabulary(folder / "vocabulary", concepts)) as con:
        return build_profile(con, where="GB|2024-03-01")


def answers(profile: Profile, analysis_id: int) -> dict[tuple[str, ...], int]:
    """Count by strata of one analysis."""
    rows = profile.results.filter(pl.col("analysis_id") == analysis_id).rows()
    return {tuple(value for value in row[1:6] if value is not None): row[6] for row in rows}


def distribution(profile: Profile, analysis_id: int, *strata: str) -> dict[str, float]:
    """The one distribution of an analysis with these strata."""
    rows = profile.distributions.filter(pl.col("analysis_id") == analysis_id).to_dicts()
    (found,) = (
        row for row in rows if tuple(v for k, v in row.items() if k.startswith("stratum") and v) == strata
    )
    return found


@pytest.fixture
def people(tmp_path: Path) -> Profile:
    return profile_of(tmp_path, person=THREE_PERSONS, observation_period=PERIODS)


def test_persons_are_counted_by_sex_and_year_of_birth(people: Profile) -> None:
    assert answers(people, 1) == {(): 3}
    assert answers(people, 2) == {(MALE,): 1, (FEMALE,): 2}
    assert answers(people, 10) == {("1950", MALE): 1, ("1980", FEMALE): 2}


def test_age_and_length_are_those_of_the_first_period(people: Profile) -> None:
    assert answers(people, 101) == {("70",): 1, ("40",): 1}
    assert answers(people, 108) == {("1",): 1, ("12",): 1}
    length = distribution(people, 105)
    assert (length["count_value"], length["min_value"], length["max_value"]) == (2, 30, 365)
    assert (length["avg_value"], length["median_value"], length["p90_value"]) == (197.5, 30, 365)


def test_a_person_is_observed_in_every_month_with_a_day_of_observation(people: Profile) -> None:
    months = answers(people, 117)
    assert (months["202001",], months["202002",], months["202003",], months["202004",]) == (2, 1, 2, 2)
    assert ("202102",) not in months


def test_continuous_observation_needs_the_whole_month(people: Profile) -> None:
    """Person 1 has all of January 2020, person 2 all months from February to December."""
    assert answers(people, 110) == {(f"2020{month:02}",): 1 for month in range(1, 13)}
    assert answers(people, 109) == {}


def test_two_periods_in_one_year_are_one_person_observed(people: Profile) -> None:
    assert answers(people, 116) == {
        ("2020", MALE, "7"): 1,
        ("2020", FEMALE, "4"): 1,
        ("2021", FEMALE, "4"): 1,
    }


def test_person_days_of_a_month_count_both_ends_of_a_period(people: Profile) -> None:
    days = answers(people, 9007)
    assert days["202001",] == 31 + 17
    assert days["202004",] == 14 + 30
    assert sum(days.values()) == 31 + 31 + 366


def test_deaths_are_counted_by_month_and_age(tmp_path: Path) -> None:
    died = "person_id | death_date\n1 | 2020-04-14"
    profile = profile_of(tmp_path, person=THREE_PERSONS, observation_period=PERIODS, death=died)
    assert answers(profile, 502) == {("202004",): 1}
    assert answers(profile, 504) == {("2020", MALE, "7"): 1}
    assert answers(profile, 11) == {("1980", FEMALE): 2}
    assert distribution(profile, 506, MALE)["median_value"] == 70


def test_an_empty_build_has_a_profile(tmp_path: Path) -> None:
    assert answers(profile_of(tmp_path), 1) == {(): 0}
