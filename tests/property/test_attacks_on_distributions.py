"""The attacks: read a person's own value off an extreme, a percentile or a step of a survival curve."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.control import aggregate
from thin_assets.disclosure.percentiles import shown_percentiles
from thin_assets.disclosure.survival import GRID_DAYS, shown_curve

PERSONS = st.lists(st.tuples(st.integers(0, 400), st.booleans()), min_size=10, max_size=120)


def exact_curve(persons: list[tuple[int, bool]], until: int) -> list[tuple[int, int, float]]:
    """The estimate on the same grid, straight from its definition, with nothing held back."""
    found = []
    for day in range(0, until + 1, GRID_DAYS):
        survival = 1.0
        for today in sorted({one for one, had in persons if had and one <= day}):
            at_risk = sum(one >= today for one, _ in persons)
            survival *= 1 - sum(had and one == today for one, had in persons) / at_risk
        found.append((day, sum(one >= day for one, _ in persons), survival))
    return found


def events_by_step(curve: list[tuple[int, float, float]]) -> list[float]:
    """What the steps of a curve say: how many of those at risk had the event by each day."""
    return [
        at_risk * (1 - after / before)
        for (_, at_risk, before), (_, _, after) in zip(curve, curve[1:], strict=False)
        if before
    ]


def curve_of(persons: list[tuple[int, bool]], until: int = 360) -> list[tuple[int, int, float]]:
    days, events = zip(*persons, strict=True)
    return [(one.day, one.at_risk, one.survival) for one in shown_curve(days, events, until=until)]


THREE_EARLY = [(40 + day, True) for day in range(3)] + [(400, False)] * 97


def test_a_step_of_an_exact_curve_tells_that_three_had_the_event() -> None:
    assert [round(events) for events in events_by_step(exact_curve(THREE_EARLY, 360)) if events > 0.5] == [3]
    assert events_by_step(curve_of(THREE_EARLY)) == [0.0] * 12


@given(PERSONS)
def test_every_step_that_is_shown_counts_ten_events_or_more(persons: list[tuple[int, bool]]) -> None:
    """Counted from the persons themselves: between two days on which the curve falls lie ten events."""
    last, before = -1, 1.0
    for day, _, survival in curve_of(persons):
        if survival == before:
            continue
        assert sum(had and last < one <= day for one, had in persons) >= 10
        last, before = day, survival


@given(PERSONS)
def test_numbers_at_risk_are_rounded_and_fall_by_ten_persons_or_more(persons: list[tuple[int, bool]]) -> None:
    curve = curve_of(persons)
    last = None
    for day, at_risk, _ in curve:
        exact = sum(one >= day for one, _ in persons)
        assert exact >= 10
        assert at_risk % 5 == 0
        if last is not None and at_risk != last[0]:
            assert last[1] - exact >= 10
        if last is None or at_risk != last[0]:
            last = (at_risk, exact)


@given(PERSONS)
def test_a_curve_is_the_exact_one_where_it_falls(persons: list[tuple[int, bool]]) -> None:
    """What is shown is late, never wrong: at a fall it is the estimate of that day."""
    exact = {day: survival for day, _, survival in exact_curve(persons, 360)}
    before = 1.0
    for day, _, survival in curve_of(persons):
        assert survival >= round(exact[day], 3)
        if survival < before:
            assert survival == pytest.approx(exact[day], abs=0.0006)
        before = survival


def test_a_curve_ends_before_fewer_than_ten_are_at_risk() -> None:
    persons = [(45, False)] * 91 + [(400, False)] * 9
    assert [day for day, _, _ in curve_of(persons)] == [0, 30]
    assert curve_of([(100, True)] * 9) == []


def test_the_last_of_an_exact_percentile_is_one_persons_value() -> None:
    """Of 100 persons the 99th percentile is the second oldest: an attacker who knows her knows the oldest."""
    ages = [*range(20, 118), 118, 121]
    assert sorted(ages)[98] == 118
    assert shown_percentiles(ages, [0.0, 0.01, 0.99, 1.0]) == dict.fromkeys([0.0, 0.01, 0.99, 1.0])


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=80), st.floats(0, 1))
def test_a_percentile_has_ten_persons_on_either_side_and_is_no_ones_own(
    values: list[int], level: float
) -> None:
    found = shown_percentiles(values, [level])[level]
    if found is None:
        return
    assert min(level * len(values), (1 - level) * len(values)) >= 9.99
    for place in range(len(values)):  # one person's value moved far away moves it by a tenth of that at most
        moved = [*values[:place], values[place] + 1000, *values[place + 1 :]]
        assert abs(shown_percentiles(moved, [level])[level] - found) <= 100


def test_an_aggregate_cannot_declare_an_extreme() -> None:
    with pytest.raises(ValidationError, match="are somebody's: max_age"):
        aggregate(
            ["sex"],
            ratios=[
                {"column": "max_age", "numerator": "persons", "denominator": "persons", "persons": "persons"}
            ],
        )
