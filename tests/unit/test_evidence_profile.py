"""The profile of a build: every number can be counted by hand."""

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from tests.cdm import open_cdm, write_cdm, write_vocabulary
from thin_assets.evidence.analyses import analyses
from thin_assets.evidence.counting import STRATA
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


ASTHMA, UNMAPPED = "317009", "0"
CONDITIONS = """
    person_id | condition_concept_id | condition_start_date | condition_source_concept_id
    1         | 317009               | 2020-01-05           | 11
    1         | 317009               | 2020-01-20           | 11
    1         | 317009               | 2021-02-01           | 12
    2         | 317009               | 2020-01-07           | 11
    2         | 0                    | 2020-03-01           | 0
"""
MEASUREMENTS = """
  person_id | measurement_concept_id | measurement_date |value_as_number|unit_concept_id|range_low|range_high
    1 | 3004501 | 2020-01-05 | 4.0  | 8753 | 4.0 | 6.0
    1 | 3004501 | 2020-01-06 | 7.0  | 8753 | 4.0 | 6.0
    2 | 3004501 | 2020-01-06 | 5.0  | 8753 | 4.0 | 6.0
    2 | 3004501 | 2020-01-06 | 90.0 | 8840 |     |
    3 | 3004501 | 2020-02-06 |      |      |     |
"""


@pytest.fixture
def events(tmp_path: Path) -> Profile:
    return profile_of(
        tmp_path,
        person=THREE_PERSONS,
        observation_period=PERIODS,
        condition_occurrence=CONDITIONS,
        measurement=MEASUREMENTS,
        death="person_id | death_date\n1 | 2021-01-31",
    )


def test_persons_and_records_are_counted_by_concept(events: Profile) -> None:
    assert answers(events, 400) == {(ASTHMA,): 2, (UNMAPPED,): 1}
    assert answers(events, 401) == {(ASTHMA,): 4, (UNMAPPED,): 1}


def test_a_person_counts_once_in_a_month_and_once_in_a_year(events: Profile) -> None:
    assert answers(events, 402)[ASTHMA, "202001"] == 2
    assert answers(events, 404) == {
        (ASTHMA, "2020", MALE, "7"): 1,
        (ASTHMA, "2021", MALE, "7"): 1,
        (ASTHMA, "2020", FEMALE, "4"): 1,
        (UNMAPPED, "2020", FEMALE, "4"): 1,
    }


def test_records_are_counted_by_month_and_what_is_unmapped_apart(events: Profile) -> None:
    assert answers(events, 420) == {("202001",): 3, ("202003",): 1, ("202102",): 1}
    assert answers(events, 9004) == {("condition_occurrence", "202003"): 1}
    assert answers(events, 9000)["condition_occurrence",] == 5
    assert answers(events, 9000)["specimen",] == 0
    assert answers(events, 9001)["condition_occurrence",] == 2


def test_the_age_of_a_concept_is_that_of_its_first_record(events: Profile) -> None:
    age = distribution(events, 406, ASTHMA, MALE)
    assert (age["count_value"], age["min_value"], age["max_value"]) == (1, 70, 70)
    assert age["stdev_value"] is None


def test_distinct_concepts_and_records_per_person(events: Profile) -> None:
    concepts, records = distribution(events, 403), distribution(events, 9002, "condition_occurrence")
    assert (concepts["count_value"], concepts["avg_value"], concepts["max_value"]) == (2, 1.5, 2)
    assert (records["min_value"], records["max_value"]) == (2, 3)


def test_source_concepts_are_counted(events: Profile) -> None:
    assert answers(events, 425) == {("11",): 3, ("12",): 1, ("0",): 1}


def test_values_are_distributed_by_concept_and_unit(events: Profile) -> None:
    mmol = distribution(events, 1815, "3004501", "8753")
    assert (mmol["count_value"], mmol["avg_value"], mmol["stdev_value"]) == (
        3,
        16 / 3,
        pytest.approx(1.527525),
    )
    assert distribution(events, 1815, "3004501", "8840")["median_value"] == 90
    assert answers(events, 1818) == {
        ("3004501", "8753", "Within Range"): 2,
        ("3004501", "8753", "Above Range High"): 1,
    }
    assert answers(events, 1814) == answers(events, 1821) == {(): 1}
    assert answers(events, 9008) == {("3004501", "8753"): 2, ("3004501", "8840"): 1}


def test_which_tables_know_a_person(events: Profile) -> None:
    assert answers(events, 9006) == {
        ("condition_occurrence+measurement",): 2,
        ("measurement",): 1,
    }
    overlaps = {bits: count for (bits, _), count in answers(events, 2004).items()}
    assert overlaps["1001000"] == 2  # a condition and a measurement
    assert overlaps["0001000"] == 3  # a measurement
    assert overlaps["1001101"] == 1  # and died, and was observed
    assert "0100000" not in overlaps
    assert (answers(events, 2000), answers(events, 2003)) == ({(): 0}, {(): 0})


def test_days_from_death_to_the_last_event_may_be_negative(events: Profile) -> None:
    assert distribution(events, 511)["median_value"] == 1


def test_a_stay_lasts_from_the_first_to_the_last_day(tmp_path: Path) -> None:
    visits = """
        person_id | visit_concept_id | visit_start_date | visit_end_date
        1         | 9202             | 2020-01-05       | 2020-01-05
        1         | 9201             | 2020-01-05       | 2020-01-08
        2         | 9201             | 2021-01-05       | 2021-01-06
    """
    profile = profile_of(tmp_path, person=THREE_PERSONS, visit_occurrence=visits)
    assert distribution(profile, 213, "9201")["avg_value"] == 2
    assert answers(profile, 221) == {("2020",): 1, ("2021",): 1}
    assert answers(profile, 212) == {("2020", MALE, "7"): 1, ("2021", FEMALE, "4"): 1}


def test_every_analysis_of_the_list_is_asked_and_no_other(events: Profile) -> None:
    """What the three persons give no row for is in no table; everything else must be in the right one."""
    counts = set(events.results["analysis_id"])
    spreads = set(events.distributions["analysis_id"])
    listed = analyses()
    assert {key for key in counts if listed[key].is_distribution} == set()
    assert {key for key in spreads if not listed[key].is_distribution} == set()
    for table in (events.results, events.distributions):
        for analysis_id, *strata in table.select("analysis_id", *STRATA).iter_rows():
            given = len(strata) - strata.count(None)
            assert given <= len(listed[analysis_id].strata), analysis_id


def test_the_same_build_gives_the_same_bytes(tmp_path: Path) -> None:
    first = profile_of(tmp_path / "a", person=THREE_PERSONS, measurement=MEASUREMENTS)
    second = profile_of(tmp_path / "b", person=THREE_PERSONS, measurement=MEASUREMENTS)
    assert first.results.equals(second.results)
    assert first.distributions.equals(second.distributions)


def test_neither_the_order_of_rows_nor_the_number_of_threads_changes_a_digit(tmp_path: Path) -> None:
    """Means are sums of many fractions, which a computer adds up differently in another order."""
    people = THREE_PERSONS + "\n".join(f"{n} | {1930 + n % 70} | 8507" for n in range(4, 400))
    build = write_cdm(tmp_path / "build", person=people)
    path = build / "measurement" / "data.parquet"
    rows = pl.read_parquet(path)
    many = pl.int_range(0, 60_000, eager=True)
    filled = rows.select(pl.lit(None, dtype).alias(name) for name, dtype in rows.schema.items()).clear(
        len(many)
    )
    filled = filled.with_columns(
        measurement_id=many.cast(pl.Int64),
        person_id=(many * 7919 % 399 + 1).cast(pl.Int64),
        measurement_concept_id=(many % 3 + 1).cast(pl.Int32),
        measurement_date=pl.lit(dt.date(2020, 1, 1)),
        value_as_number=(many * 2654435761 % 100_003) / 997,
        unit_concept_id=pl.lit(8753, pl.Int32),
    )
    vocabulary = write_vocabulary(tmp_path / "vocabulary")
    found = []
    for threads, ordered in (
        (1, filled),
        (4, filled.reverse()),
        (3, filled.sample(fraction=1, shuffle=True, seed=3)),
    ):
        ordered.write_parquet(path, row_group_size=5_000)
        with open_cdm(build, vocabulary) as con:
            con.execute(f"set threads = {threads}")
            found.append(build_profile(con, where="threads"))
    assert all(one.results.equals(found[0].results) for one in found[1:])
    assert all(one.distributions.equals(found[0].distributions) for one in found[1:])
    assert answers(found[0], 9000)["measurement",] == 60_000
