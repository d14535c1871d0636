"""The rules of incidence and prevalence on people few enough to count by hand.

Each rule is one that IncidencePrevalence documents, in its reference or its vignettes.
"""

import datetime as dt

import pytest

from tests.cdm import rows
from tests.incidence_worlds import (
    Person,
    Stretch,
    incidence_by_engine,
    prevalence_by_engine,
    prevalence_periods,
)
from thin_assets.studies.incidence_prevalence.declared import Denominator

EVERYBODY = Denominator(age_group=((0, 150),))


def people(text: str, born: str = "1950-01-01", sex: str = "female") -> list[Person]:
    """Persons of a table: observed, outcome, target are days from..to, several with commas."""
    return [
        Person(
            born=dt.date.fromisoformat(row.get("born") or born),
            sex=row.get("sex") or sex,
            practice=1,
            observed=stretches(row["observed"]),
            outcomes=stretches(row.get("outcome")),
            target=stretches(row.get("target")),
        )
        for row in rows(text)
    ]


def stretches(text: str | None) -> tuple[Stretch, ...]:
    pairs = (one.strip().split("..") for one in (text or "").split(",") if one.strip())
    return tuple((dt.date.fromisoformat(start), dt.date.fromisoformat(end)) for start, end in pairs)


def incidence(world: list[Person], denominator: Denominator = EVERYBODY, interval: str = "overall", **rules):
    rules = {"complete": True, "washout": None, "repeated": False} | rules
    found = incidence_by_engine(world, denominator, interval, **rules)
    return {key: numbers for key, numbers in found.items() if key[1:] == ("all", "all")}


def of_total(found: dict, period: str = "overall") -> tuple:
    return found[period, "all", "all"]


def test_somebody_is_at_risk_up_to_and_on_the_day_of_the_outcome() -> None:
    """1 January to 10 January: ten days."""
    world = people(
        """
        observed               | outcome
        2019-01-01..2019-12-31 | 2019-01-10..2019-01-20
        """
    )
    assert of_total(incidence(world)) == (1, 10, 1)


def test_without_an_end_of_the_washout_nobody_with_an_earlier_outcome_is_at_risk() -> None:
    world = people(
        """
        observed               | outcome
        2019-01-01..2019-12-31 | 2018-05-01..2018-05-01
        2019-01-01..2019-12-31 |
        """
    )
    assert of_total(incidence(world)) == (1, 365, 0)


def test_days_of_washout_follow_the_end_of_an_outcome() -> None:
    """Ill until 10 January, 30 days more without risk: at risk from 10 February, 325 days."""
    world = people(
        """
        observed               | outcome
        2019-01-01..2019-12-31 | 2018-12-20..2019-01-10
        """
    )
    assert of_total(incidence(world, washout=30)) == (1, 325, 0)


def test_an_outcome_within_the_washout_is_not_counted_and_makes_it_longer() -> None:
    """Blocked until 10 February by the first, until 31 March by the second: at risk from 1 April."""
    world = people(
        """
        observed               | outcome
        2019-01-01..2019-12-31 | 2018-12-31..2019-01-11, 2019-02-01..2019-03-01
        """
    )
    assert of_total(incidence(world, washout=30, repeated=True)) == (1, 275, 0)


def test_repeated_events_count_all_and_time_between_them() -> None:
    """1 to 10 January, 21 January (after ten days ill) to 31 January, and from 2 February on."""
    world = people(
        """
        observed               | outcome
        2019-01-01..2019-12-31 | 2019-01-10..2019-01-20, 2019-01-31..2019-02-01
        """
    )
    assert of_total(incidence(world, washout=0, repeated=True)) == (1, 10 + 11 + 333, 2)
    assert of_total(incidence(world, washout=0, repeated=False)) == (1, 10, 1)


def test_prior_observation_comes_before_the_time_at_risk_in_every_stretch() -> None:
    world = people(
        """
        observed
        2019-01-01..2019-12-31, 2020-03-01..2020-12-31
        """
    )
    denominator = Denominator(age_group=((0, 150),), days_prior_observation=300)
    assert of_total(incidence(world, denominator)) == (1, 65 + 6, 0)


def test_only_years_that_somebody_is_there_for_from_first_day_to_last_are_complete() -> None:
    world = people(
        """
        observed
        2018-03-01..2020-06-30
        """
    )
    assert set(incidence(world, interval="years")) == {("2019", "all", "all"), ("all", "all", "all")}
    everything = incidence(world, interval="years", complete=False)
    assert {period for period, _, _ in everything} == {"2018", "2019", "2020", "all"}


def test_years_are_complete_by_everybody_together() -> None:
    """Nobody is there for the whole of 2019, and yet somebody is on its first and on its last day."""
    world = people(
        """
        observed
        2018-07-01..2019-03-01
        2019-09-01..2020-02-01
        """
    )
    assert of_total(incidence(world, interval="years"), "2019") == (2, 60 + 122, 0)


def test_a_birthday_carries_somebody_into_the_next_band_of_age() -> None:
    """67 on 1 July: 181 days before it, 184 from it on."""
    world = people(
        """
        born       | observed
        1952-07-01 | 2019-01-01..2019-12-31
        """
    )
    denominator = Denominator(age_group=((0, 66), (67, 150)))
    rules = {"complete": True, "washout": None, "repeated": False}
    found = incidence_by_engine(world, denominator, "years", **rules)
    assert found["2019", "female", "0-66"] == (1, 181, 0)
    assert found["2019", "female", "67+"] == (1, 184, 0)
    assert found["2019", "all", "all"] == (1, 365, 0)


def test_ages_outside_the_bands_do_not_contribute() -> None:
    world = people(
        """
        born       | observed
        2001-07-01 | 2019-01-01..2019-12-31
        1990-01-01 | 2019-01-01..2019-12-31
        """
    )
    assert of_total(incidence(world, Denominator(age_group=((18, 28),)))) == (1, 184, 0)


def test_time_in_a_target_cohort_is_all_the_time_that_counts() -> None:
    world = people(
        """
        observed               | target
        2019-01-01..2019-12-31 | 2019-02-01..2019-02-28
        2019-01-01..2019-12-31 |
        """
    )
    assert of_total(incidence(world, Denominator(age_group=((0, 150),), target="any"))) == (1, 28, 0)


FIVE = """
    observed               | outcome
    2019-01-01..2019-04-30 | 2019-03-01..2019-04-30
    2019-01-01..2019-04-30 |
    2019-02-01..2019-04-30 | 2019-02-15..2019-03-20
    2019-01-01..2019-04-30 |
    2019-01-01..2019-03-31 |
"""


@pytest.mark.parametrize(
    ("point", "full", "month", "expected"),
    [
        ("start", False, "2019-03", (5, 2)),
        ("end", False, "2019-03", (5, 1)),
        ("middle", False, "2019-02", (5, 1)),
        (None, False, "2019-02", (5, 1)),
        (None, False, "2019-04", (4, 1)),
    ],
)
def test_prevalence_of_five_people(point, full, month, expected) -> None:
    """On 1 March two of five are ill, on 31 March one is still; in April four are left, and one is ill."""
    world = people(FIVE)
    periods = prevalence_periods(world, EVERYBODY, "months", point=point, complete=True)
    assert prevalence_by_engine(world, EVERYBODY, periods, full=full)[month, "all", "all"] == expected


def test_who_was_not_there_all_the_time_counts_only_where_full_contribution_is_not_asked_for() -> None:
    """Of the first quarter: one of five is ill on some day of it, or one of four who were there
    throughout."""
    world = people(FIVE.replace("2019-03-01..2019-04-30", "2019-04-01..2019-04-30"))
    (period,) = prevalence_periods(world, EVERYBODY, "quarters", point=None, complete=True)
    found = {full: prevalence_by_engine(world, EVERYBODY, [period], full=full) for full in (False, True)}
    assert found[False]["2019-Q1", "all", "all"] == (5, 1)
    assert found[True]["2019-Q1", "all", "all"] == (4, 0)


def test_an_outcome_counts_in_a_period_only_while_its_person_is_present() -> None:
    """Ill in January, present from February: nobody is ill in the quarter."""
    world = people(
        """
        observed               | outcome
        2019-02-01..2019-04-30 | 2019-01-01..2019-01-31
        2018-12-01..2019-04-30 |
        """
    )
    (period,) = prevalence_periods(world, EVERYBODY, "quarters", point=None, complete=True)
    assert prevalence_by_engine(world, EVERYBODY, [period], full=False)["2019-Q1", "all", "all"] == (2, 0)
