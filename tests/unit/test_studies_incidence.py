"""Crude incidence on records small enough to count by hand."""

import datetime as dt
import math
from collections.abc import Callable
from pathlib import Path

import duckdb
import polars as pl
import pytest

from tests.cdm import open_cdm, write_cdm, write_vocabulary
from thin_assets.disclosure.poisson import exact_interval
from thin_assets.studies.crude_incidence import crude_incidence
from thin_assets.studies.incidence_cells import count_cells

Study = Callable[..., pl.DataFrame]
FEMALE, MALE = 8532, 8507


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """Incidence among women and men born in 1960, observed from 2019-01-01 to 2020-12-31."""

    def run(
        women: int = 0, men: int = 0, cases: dict[int, str] | None = None, limit: int = 5
    ) -> pl.DataFrame:
        sexes = [FEMALE] * women + [MALE] * men
        persons = "\n".join(f"{number} | 1960 | {sex}" for number, sex in enumerate(sexes, 1))
        observed = "\n".join(f"{number} | 2019-01-01 | 2020-12-31" for number in range(1, len(sexes) + 1))
        build = write_cdm(
            tmp_path / "build",
            person=f"person_id | year_of_birth | gender_concept_id\n{persons}",
            observation_period="person_id | observation_period_start_date | observation_period_end_date\n"
            + observed,
        )
        con = open_cdm(build, write_vocabulary(tmp_path / "vocabulary"))
        return crude_incidence(counted(members(cases or {}), con, {7: 365}), limit=limit)

    return run


def counted(
    members: pl.DataFrame, con: duckdb.DuckDBPyConnection, prior_days: dict[int, int]
) -> pl.DataFrame:
    """Exact cells of cohorts that ask for so many days of observation before."""
    schema = {"cohort_definition_id": pl.Int32, "cohort_name": pl.String, "prior_days": pl.Int32}
    definitions = pl.DataFrame(
        [(cohort, f"cohort {cohort}", days) for cohort, days in prior_days.items()], schema, orient="row"
    )
    return count_cells(members, definitions, con)


def members(cases: dict[int, str]) -> pl.DataFrame:
    days = [dt.date.fromisoformat(day) for day in cases.values()]
    rows = [(7, person, day, day) for person, day in zip(cases, days, strict=True)]
    names = ("cohort_definition_id", "subject_id", "cohort_start_date", "cohort_end_date")
    types = (pl.Int32, pl.Int64, pl.Date, pl.Date)
    return pl.DataFrame(rows, schema=dict(zip(names, types, strict=True)), orient="row")


def cell(found: pl.DataFrame, sex: str = "all", band: str = "all") -> dict:
    return found.row(by_predicate=(pl.col("sex") == sex) & (pl.col("age_band") == band), named=True)


def test_a_year_of_observation_comes_before_the_time_at_risk(study: Study) -> None:
    """Two years of observation give one at risk: 2020, of 366 days, for each of 100 women."""
    found = cell(study(women=100))
    assert (found["persons"], found["person_years"]) == (100, round(100 * 366 / 365.25, 1))


def test_time_at_risk_ends_on_the_day_of_the_case(study: Study) -> None:
    """40 of 100 women become cases on 1 July 2020, day 183 of the year."""
    found = cell(study(women=100, cases=dict.fromkeys(range(1, 41), "2020-07-01")))
    years = (60 * 366 + 40 * 183) / 365.25
    assert (found["cases"], found["person_years"]) == (40, round(years, 1))
    assert found["rate_per_100000"] == round(100_000 * 40 / years, 2)
    lower, upper = (round(100_000 * end / years, 2) for end in exact_interval(40))
    assert (found["rate_lower"], found["rate_upper"]) == (lower, upper)
    assert not found["is_suppressed"]


def test_age_is_that_of_the_calendar_year(study: Study) -> None:
    """Born in 1960, all are 60 in 2020, the whole year of it."""
    found = study(women=50)
    assert found.filter(pl.col("sex") == "all")["age_band"].to_list() == ["all", "60-69"]


def test_sexes_are_counted_apart_and_together(study: Study) -> None:
    found = study(women=40, men=60, cases=dict.fromkeys(range(11, 61), "2020-12-31"))
    assert {sex: cell(found, sex)["persons"] for sex in ("all", "female", "male")} == {
        "all": 100,
        "female": 40,
        "male": 60,
    }
    assert (cell(found, "female")["cases"], cell(found, "male")["cases"]) == (30, 20)


def test_a_group_of_fewer_than_ten_shows_nothing_at_all(study: Study) -> None:
    found = cell(study(women=9, men=91, limit=10), "female")
    assert [found[name] for name in ("persons", "person_years", "cases", "rate_per_100000")] == [None] * 4
    assert found["is_suppressed"]


def test_few_cases_take_the_rate_with_them_for_it_would_give_them_away(study: Study) -> None:
    found = cell(study(women=100, cases=dict.fromkeys(range(1, 10), "2020-06-01"), limit=10))
    assert found["persons"] == 100
    assert [found[name] for name in ("cases", "rate_per_100000", "rate_lower", "rate_upper")] == [None] * 4
    assert found["is_suppressed"]


def test_a_group_whose_number_the_others_would_give_away_is_kept_back_too(study: Study) -> None:
    """19 cases of whom 12 are men: shown, the men would say that 7 are women."""
    cases = dict.fromkeys([*range(1, 8), *range(51, 63)], "2020-06-01")
    found = study(women=50, men=50, cases=cases, limit=10)
    assert {sex: cell(found, sex)["cases"] for sex in ("all", "female", "male")} == {
        "all": 19,
        "female": None,
        "male": None,
    }


def test_a_case_before_the_time_at_risk_is_not_counted(study: Study) -> None:
    found = cell(study(women=100, cases=dict.fromkeys(range(1, 41), "2019-06-01")))
    assert (found["persons"], found["cases"]) == (60, None)


def test_nobody_at_risk_gives_one_row_that_shows_nothing(study: Study) -> None:
    found = study()
    assert found.height == 1
    assert found["is_suppressed"].to_list() == [True]


@pytest.mark.parametrize(
    ("count", "lower", "upper"),
    [(0, 0, 3.6889), (1, 0.0253, 5.5716), (10, 4.7954, 18.3904), (100, 81.3640, 121.6268)],
)
def test_the_interval_is_the_exact_one_of_the_textbooks(count: int, lower: float, upper: float) -> None:
    assert exact_interval(count) == pytest.approx((lower, upper), abs=1e-4)


def cumulative(count: int, mean: float) -> float:
    """Probability of at most `count` events where `mean` are expected, from its definition."""
    terms = (math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) for k in range(count + 1))
    return math.fsum(terms)


@pytest.mark.parametrize("count", [1, 7, 250, 3000])
def test_at_the_ends_of_the_interval_the_count_is_just_not_too_rare(count: int) -> None:
    lower, upper = exact_interval(count)
    assert 1 - cumulative(count - 1, lower) == pytest.approx(0.025, abs=1e-9)
    assert cumulative(count, upper) == pytest.approx(0.025, abs=1e-9)


def test_many_cohorts_counted_together_are_as_each_alone(tmp_path: Path) -> None:
    """Cohorts with another prior observation, without members, and with members in common."""
    number = range(1, 121)
    sexes = {key: (FEMALE, MALE)[key % 2] for key in number}
    build = write_cdm(
        tmp_path / "build",
        person="person_id | year_of_birth | gender_concept_id\n"
        + "\n".join(f"{key} | {1930 + key // 2} | {sexes[key]}" for key in number),
        observation_period="person_id | observation_period_start_date | observation_period_end_date\n"
        + "\n".join(f"{key} | 201{key % 8}-0{1 + key % 9}-01 | 2020-12-31" for key in number),
    )
    con = open_cdm(build, write_vocabulary(tmp_path / "vocabulary"))
    cases = {
        cohort: {key: f"2019-0{1 + key % 9}-15" for key in number if key % cohort == 0} for cohort in (2, 3)
    }
    members_of = {
        cohort: members(told).with_columns(pl.lit(cohort, pl.Int32).alias("cohort_definition_id"))
        for cohort, told in cases.items()
    }
    prior = {2: 365, 3: 730, 5: 365}
    together = crude_incidence(counted(pl.concat(members_of.values()), con, prior), limit=5)
    for cohort, days in prior.items():
        alone = crude_incidence(counted(members_of.get(cohort, members({})), con, {cohort: days}), limit=5)
        assert together.filter(cohort_definition_id=cohort).equals(alone)
    assert together.filter(cohort_definition_id=2, sex="all", age_band="all").item(0, "cases") > 20
