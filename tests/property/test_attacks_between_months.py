"""The attack: subtract last month's table from this month's, cell by cell or with everything that adds up.

The attacker has every version that was ever published and knows the rules: a number that differs from the
month before is of this month, and one that does not may be of any month before, nine persons away.
"""

from collections.abc import Callable
from itertools import pairwise
from itertools import product as every

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.control import (
    Range,
    aggregate,
    before_rounding,
    cells,
    shown,
    solve,
    sums_of,
    values_between,
    with_totals,
)
from thin_assets.published.aggregates.control import control
from thin_assets.published.aggregates.decide import DIFFERENCING

Table = dict[tuple[str, ...], int]
Published = dict[tuple[str, ...], int | None]
KEYS = [*every(("young", "old", "oldest"), ("f", "m"))]
CHANGES = st.one_of(st.just(0), st.integers(-9, 9), st.integers(10, 60))


@st.composite
def months(draw: st.DrawFn, count: int = 4) -> list[Table]:
    """The same cells in consecutive months: most change by few or by nobody."""
    tables = [{key: draw(st.one_of(st.integers(0, 15), st.integers(10, 200))) for key in KEYS}]
    for _ in range(count - 1):
        tables.append({key: max(value + draw(CHANGES), 0) for key, value in tables[-1].items()})
    return tables


def publish(tables: list[Table], without: frozenset[str] = frozenset()) -> list[Published]:
    """Each month as it is published after the one before."""
    found, ledgers = [], []
    for table in tables:
        done = control(cells(table), aggregate(), previous=ledgers[-1:], without=without)
        found.append(shown(done.rows))
        ledgers.append(done.ledger)
    return found


def told(published: list[Published]) -> list[dict[tuple, Range]]:
    """What can be told of every cell in every month."""
    found = []
    for month, table in enumerate(published):
        before = published[month - 1] if month else {}
        kept = {key for key, number in table.items() if number is not None and before.get(key) == number}
        ranges = {
            key: before_rounding(number, drift=9 if key in kept else 0) for key, number in table.items()
        }
        ranges = {key: (max(low, 0.0), high) for key, (low, high) in ranges.items()}
        found.append(solve(ranges, sums_of(table)))
    return found


def changes_told(tables: list[Table], published: list[Published]) -> list[tuple]:
    """Cells that changed by one to nine persons from a month to the next, and are known to have."""
    ranges, exact = told(published), [with_totals(table) for table in tables]
    return [
        key
        for (before, now), (known_before, known_now) in zip(pairwise(exact), pairwise(ranges), strict=True)
        for key in now
        if 0 < abs(now[key] - before[key]) < 10
        and values_between(known_now[key][0] - known_before[key][1], known_now[key][1] - known_before[key][0])
        < 10
    ]


@given(months())
def test_no_change_of_one_to_nine_persons_is_told_by_four_months(tables: list[Table]) -> None:
    assert changes_told(tables, publish(tables)) == []


@given(months())
def test_no_hidden_cell_of_any_month_is_told_by_all_months(tables: list[Table]) -> None:
    """Where a cell did not change over the months, what each of them tells of it is true of all."""
    published = publish(tables)
    ranges, exact = told(published), [with_totals(table) for table in tables]
    for key in published[0]:
        hidden = [month for month, table in enumerate(published) if table[key] is None]
        for month in hidden:
            same = [other for other in hidden if exact[other][key] == exact[month][key]]
            low = max(ranges[other][key][0] for other in same)
            high = min(ranges[other][key][1] for other in same)
            assert values_between(low, high) >= 10


@given(months(3))
def test_what_is_shown_of_a_cell_changes_only_by_ten_persons_and_more(tables: list[Table]) -> None:
    """Over two months and more too: the number that is shown knows the count that it was shown for."""
    exact = [with_totals(table) for table in tables]
    published = publish(tables)
    for key in published[0]:
        numbers = [(table[key], counts[key]) for table, counts in zip(published, exact, strict=True)]
        since = numbers[0]
        for number, count in numbers[1:]:
            if number is not None and since[0] is not None and number != since[0]:
                assert abs(count - since[1]) >= 10
            if number != since[0]:
                since = (number, count)


def _grown(by: int) -> Callable[[Table], Table]:
    return lambda table: table | {("young", "f"): table["young", "f"] + by}


LARGE: Table = dict(zip(KEYS, (53, 90, 120, 140, 70, 84), strict=True))


def test_without_the_guard_five_more_women_are_seen_in_the_next_month() -> None:
    tables = [LARGE, _grown(5)(LARGE)]
    assert ("young", "f") in changes_told(tables, publish(tables, without=frozenset({DIFFERENCING})))
    assert changes_told(tables, publish(tables)) == []


def test_a_number_that_hardly_changed_stays_and_is_counted() -> None:
    first = control(cells(LARGE), aggregate())
    then = control(cells(_grown(3)(LARGE)), aggregate(), previous=[first.ledger])
    assert then.rows.equals(first.rows)
    assert then.suppressed[DIFFERENCING] == 4  # the cell and its three totals
    assert first.suppressed[DIFFERENCING] == 0


def test_a_number_of_ten_that_stays_has_more_to_hide_for_it_was_one_of_three() -> None:
    """Nine men more: all less women are 16 to 24, and ten was one of 10, 11 and 12. Found by hypothesis."""
    before = dict(zip(KEYS, (13, 11, 0, 0, 0, 0), strict=True))
    tables = [before, before | {("old", "f"): 10, ("oldest", "m"): 9}]
    assert changes_told(tables, publish(tables)) == []


@pytest.mark.parametrize(
    "counts",
    [
        ((6, 11, 7, 0, 0, 0), (6, 11, 7, 0, 0, 12), (6, 7, 7, 0, 25, 12), (6, 7, 7, 0, 25, 5)),
        ((8, 84, 18, 89, 7, 120), (35, 87, 18, 89, 17, 120), (35, 87, 18, 89, 18, 167)),
        (
            (185, 111, 7, 2, 136, 39),
            (211, 140, 51, 20, 136, 78),
            (249, 149, 95, 20, 127, 77),
            (242, 177, 95, 20, 181, 77),
        ),
    ],
)
def test_a_number_that_stays_hides_its_change_by_itself(counts: tuple) -> None:
    """Found by search: men fall from 23 to 19, which stays at 25, and then to 12, which is told."""
    tables = [dict(zip(KEYS, month, strict=True)) for month in counts]
    assert changes_told(tables, publish(tables)) == []


def test_small_changes_add_up_until_they_are_ten() -> None:
    """Three persons a month: shown anew in the fourth month, when twelve have come."""
    tables = [_grown(3 * month)(LARGE) for month in range(6)]
    numbers = [table["young", "f"] for table in publish(tables)]
    assert numbers == [55, 55, 55, 55, 65, 65]


def test_a_cell_that_falls_below_ten_keeps_its_number_for_to_hide_it_would_tell() -> None:
    small = LARGE | {("young", "f"): 11}
    published = publish([small, _grown(-3)(small)])
    assert [table["young", "f"] for table in published] == [10, 10]


def test_a_cell_that_was_hidden_stays_hidden_until_ten_have_come() -> None:
    """And until whatever hides it changed too: shown unchanged, that would tell what the cell was."""
    small = LARGE | {("young", "f"): 8}
    all_grown = {key: count + 20 for key, count in small.items()}
    published = publish([small, _grown(4)(small), _grown(10)(small), all_grown])
    assert [table["young", "f"] for table in published] == [None, None, None, 30]


def test_the_same_table_again_is_the_same_table() -> None:
    tables = [LARGE, _grown(4)(LARGE), _grown(16)(LARGE)]
    ledgers: list[pl.DataFrame] = []
    for table in tables:
        done = control(cells(table), aggregate(), previous=ledgers[-1:])
        again = control(cells(table), aggregate(), previous=[done.ledger, *ledgers[-1:]])
        assert again.rows.equals(done.rows)
        assert again.ledger.equals(done.ledger)
        assert again.suppressed == done.suppressed
        ledgers.append(done.ledger)
