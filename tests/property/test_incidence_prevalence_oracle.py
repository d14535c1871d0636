"""The engine counts what a loop over persons and days counts, in any small world and by any rule."""

import datetime as dt

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.incidence_worlds import (
    Person,
    incidence_by_engine,
    incidence_by_hand,
    prevalence_by_engine,
    prevalence_by_hand,
    prevalence_periods,
)
from thin_assets.studies.incidence_prevalence.declared import Denominator

FIRST = dt.date(2018, 10, 1)
SPAN = 600


@st.composite
def stretches(draw: st.DrawFn, most: int) -> tuple[tuple[dt.date, dt.date], ...]:
    """Stretches of days that neither touch nor overlap; some last one day."""
    day, found = FIRST, []
    for gap, length in draw(st.lists(st.tuples(st.integers(2, 250), st.integers(0, 450)), max_size=most)):
        start = day + dt.timedelta(days=gap)
        day = start + dt.timedelta(days=length)
        found.append((start, day))
    return tuple(found)


@st.composite
def people(draw: st.DrawFn) -> list[Person]:
    births = st.one_of(st.dates(dt.date(1938, 1, 1), dt.date(2019, 6, 1)), st.just(dt.date(1952, 2, 29)))
    who = st.builds(
        Person,
        born=births,
        sex=st.sampled_from(["female", "male", "other"]),
        practice=st.integers(1, 2),
        observed=stretches(2),
        outcomes=stretches(3),
        target=stretches(2),
    )
    return draw(st.lists(who, min_size=1, max_size=5))


@st.composite
def denominators(draw: st.DrawFn) -> Denominator:
    bands = st.sampled_from(
        [((0, 150),), ((0, 17), (18, 66), (67, 150)), ((66, 66), (68, 90)), ((1, 66), (67, 67))]
    )
    days = st.one_of(st.none(), st.dates(FIRST, FIRST + dt.timedelta(days=SPAN)))
    return Denominator(
        cohort_date_range=(draw(days), draw(days)),
        age_group=draw(bands),
        sex=draw(st.sampled_from([("female", "male"), ("female",), ("female", "male", "other")])),
        days_prior_observation=draw(st.sampled_from([0, 1, 30, 365])),
        target=draw(st.sampled_from([None, "target"])),
    )


INTERVALS = st.sampled_from(["months", "quarters", "years", "overall"])


@given(
    people(),
    denominators(),
    INTERVALS,
    st.booleans(),
    st.sampled_from([None, 0, 1, 45, 400]),
    st.booleans(),
)
@settings(deadline=None)
def test_incidence_is_counted_to_the_day(world, denominator, interval, complete, washout, repeated) -> None:
    rules = {"complete": complete, "washout": washout, "repeated": repeated}
    by_hand = incidence_by_hand(world, denominator, interval, **rules)
    assert incidence_by_engine(world, denominator, interval, **rules) == by_hand


@given(people(), denominators(), INTERVALS, st.booleans(), st.booleans())
@settings(deadline=None)
def test_period_prevalence_counts_persons_once(world, denominator, interval, complete, full) -> None:
    periods = prevalence_periods(world, denominator, interval, point=None, complete=complete)
    by_hand = prevalence_by_hand(world, denominator, periods, full=full)
    assert prevalence_by_engine(world, denominator, periods, full=full) == by_hand


@given(
    people(),
    denominators(),
    st.sampled_from(["months", "quarters", "years"]),
    st.sampled_from(["start", "middle", "end"]),
)
@settings(deadline=None)
def test_point_prevalence_looks_at_one_day(world, denominator, interval, point) -> None:
    periods = prevalence_periods(world, denominator, interval, point=point, complete=True)
    by_hand = prevalence_by_hand(world, denominator, periods, full=False)
    assert prevalence_by_engine(world, denominator, periods, full=False) == by_hand
