"""Matched controls are those that a naive walk over all persons finds, whatever the persons."""

import datetime as dt
import hashlib
from dataclasses import dataclass

import ibis
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from thin_assets.cohorts.matching import CASES_AT_ONCE, Matching, Sets, match_controls
from thin_assets.domain.identity import SEPARATOR

COHORT = 7
DAYS = [dt.date(2020, 1, 1) + dt.timedelta(days=30 * step) for step in range(12)]


@dataclass(frozen=True)
class Person:
    """Everything that matters for a match; dates as places in DAYS."""

    sex: int
    born: int
    site: int | None
    observed: tuple[int, int]
    entered: int | None
    recorded: int | None


people = st.lists(
    st.builds(
        Person,
        sex=st.sampled_from([8507, 8532]),
        born=st.integers(1950, 1953),
        site=st.sampled_from([1, 2, None]),
        observed=st.tuples(st.integers(0, 11), st.integers(0, 11)).map(lambda pair: tuple(sorted(pair))),
        entered=st.none() | st.integers(0, 11),
        recorded=st.none() | st.integers(0, 11),
    ),
    max_size=25,
)
rules = st.builds(
    Matching,
    cohort=st.just("any"),
    controls=st.integers(1, 4),
    birth_years=st.integers(0, 2),
    prior_days=st.sampled_from([0, 60]),
    seed=st.integers(0, 9),
)


def matched(persons: list[Person], rule: Matching, order: int = 1, at_once: int = CASES_AT_ONCE) -> Sets:
    """What the engine makes of them; order -1 turns every table upside down."""
    known = list(enumerate(persons, 1))[::order]
    entries = [(COHORT, key, DAYS[one.entered], DAYS[-1]) for key, one in known if one.entered is not None]
    names = ("cohort_definition_id", "subject_id", "cohort_start_date", "cohort_end_date")
    members = frame(entries, names, (pl.Int32, pl.Int64, pl.Date, pl.Date))
    records = [(key, DAYS[one.recorded]) for key, one in known if one.recorded is not None]
    first = frame(records, ("person_id", "first_date"), (pl.Int64, pl.Date))
    traits = frame(
        [(key, one.sex, one.born, one.site) for key, one in known],
        ("person_id", "gender_concept_id", "year_of_birth", "care_site_id"),
        (pl.Int64, pl.Int32, pl.Int32, pl.Int64),
    )
    spans = [(key, *(DAYS[place] for place in one.observed)) for key, one in known]
    names = ("person_id", "observation_period_start_date", "observation_period_end_date")
    periods = frame(spans, names, (pl.Int64, pl.Date, pl.Date))
    backend = ibis.duckdb.connect()
    person, observed = (
        backend.create_table(name, table) for name, table in {"person": traits, "period": periods}.items()
    )
    return match_controls(members, first, person, observed, rule, at_once=at_once)


def frame(rows: list[tuple], names: tuple, types: tuple) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=dict(zip(names, types, strict=True)), orient="row")


def naive(persons: list[Person], rule: Matching) -> dict[int, list[int]]:
    """Controls of each case in the order of their draw, found by looking at everybody."""
    found = {}
    for case_id, case in enumerate(persons, 1):
        if case.entered is None:
            continue
        at_risk = [
            key for key, one in enumerate(persons, 1) if key != case_id and may_control(one, case, rule)
        ]
        found[case_id] = sorted(at_risk, key=lambda key: drawn(rule.seed, case_id, key))[: rule.controls]
    return found


def may_control(one: Person, case: Person, rule: Matching) -> bool:
    index = DAYS[case.entered]
    start, end = (DAYS[place] for place in one.observed)
    is_alike = (
        one.sex == case.sex
        and one.site is not None
        and one.site == case.site
        and abs(one.born - case.born) <= rule.birth_years
    )
    is_observed = start + dt.timedelta(days=rule.prior_days) <= index <= end
    is_ill = any(place is not None and DAYS[place] <= index for place in (one.entered, one.recorded))
    return is_alike and is_observed and not is_ill


def drawn(seed: int, case: int, control: int) -> str:
    text = SEPARATOR.join(map(str, (seed, case, control)))
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


@given(people, rules)
def test_the_engine_draws_the_controls_that_a_naive_walk_draws(persons: list[Person], rule: Matching) -> None:
    found = matched(persons, rule)
    sets = {
        rows.filter("is_case").item(0, "person_id"): rows.filter(~pl.col("is_case"))
        .sort("position")
        .get_column("person_id")
        .to_list()
        for (_,), rows in found.rows.group_by("set_id")
    }
    expected = naive(persons, rule)
    assert sets == expected
    assert found.sets == len(expected)
    assert found.incomplete == sum(len(controls) < rule.controls for controls in expected.values())
    assert found.alone == sum(not controls for controls in expected.values())


@given(people, rules)
def test_the_order_of_rows_changes_nothing(persons: list[Person], rule: Matching) -> None:
    assert matched(persons, rule).rows.equals(matched(persons, rule, order=-1).rows)


@given(people, rules, st.integers(1, 4))
def test_how_many_cases_the_engine_holds_at_once_changes_nothing(
    persons: list[Person], rule: Matching, at_once: int
) -> None:
    assert matched(persons, rule, at_once=at_once).rows.equals(matched(persons, rule).rows)


@given(people, rules)
def test_one_more_control_keeps_the_others(persons: list[Person], rule: Matching) -> None:
    """A larger ratio adds controls and exchanges none."""
    more = Matching(rule.cohort, rule.controls + 1, rule.birth_years, rule.prior_days, rule.seed)
    few, many = matched(persons, rule).rows, matched(persons, more).rows
    assert few.equals(many.filter(pl.col("position") <= rule.controls))
