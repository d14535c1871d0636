"""The attack: solve for what is hidden, from everything that is shown and from what adds up to what."""

from itertools import product as every

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.control import aggregate, attack, cells, pinned, shown, values_between, with_totals
from thin_assets.published.aggregates.control import control
from thin_assets.published.aggregates.decide import COMPLEMENTARY, SMALL

COUNTS = st.one_of(st.integers(0, 12), st.integers(10, 400))
NAMES = {1: ("row",), 2: ("row", "column"), 3: ("row", "column", "layer")}


@st.composite
def cubes(draw: st.DrawFn, sizes: tuple[int, ...] = (1, 2, 3)) -> tuple[tuple[str, ...], dict]:
    names = NAMES[draw(st.sampled_from(sizes))]
    values = [[f"{name}{number}" for number in range(draw(st.integers(2, 4)))] for name in names]
    return names, {key: draw(COUNTS) for key in every(*values)}


@given(cubes())
def test_no_hidden_cell_of_a_cube_is_one_of_fewer_than_ten_numbers(cube: tuple) -> None:
    names, counts = cube
    published = shown(control(cells(counts, names), aggregate(names)).rows, names)
    assert pinned(attack(published)) == {}


@given(cubes())
def test_not_even_for_somebody_who_knows_every_shown_cell_exactly(cube: tuple) -> None:
    """Over many months what rounding adds can be averaged away."""
    names, counts = cube
    exact = with_totals(counts)
    published = shown(control(cells(counts, names), aggregate(names)).rows, names)
    known = {key: None if number is None else exact[key] for key, number in published.items()}
    assert pinned(attack(known, base=1)) == {}


@given(cubes())
def test_no_count_of_one_to_nine_and_no_zero_is_shown(cube: tuple) -> None:
    names, counts = cube
    exact = with_totals(counts)
    published = shown(control(cells(counts, names), aggregate(names)).rows, names)
    assert set(published) == set(exact)
    assert [key for key, number in published.items() if number is not None and exact[key] < 10] == []


@given(cubes())
def test_a_table_of_large_numbers_is_shown_whole(cube: tuple) -> None:
    names, counts = cube
    large = {key: count + 10 for key, count in counts.items()}
    found = control(cells(large, names), aggregate(names))
    assert set(found.suppressed.values()) == {0}
    assert None not in shown(found.rows, names).values()


ONE_SMALL = {("a", "f"): 4, ("a", "m"): 46, ("b", "f"): 60, ("b", "m"): 75}


def test_without_complementary_suppression_the_total_tells_the_hidden_part() -> None:
    """Four women: the total of 50 less 46 men is known to within the rounding."""
    found = control(cells(ONE_SMALL), aggregate(), without=frozenset({COMPLEMENTARY}))
    assert pinned(attack(shown(found.rows))).keys() == {("a", "f")}
    assert pinned(attack(shown(control(cells(ONE_SMALL), aggregate()).rows))) == {}


def test_without_primary_suppression_the_small_cell_is_simply_there() -> None:
    found = control(cells(ONE_SMALL), aggregate(), without=frozenset({SMALL}))
    assert shown(found.rows)["a", "f"] == 5
    assert shown(control(cells(ONE_SMALL), aggregate()).rows)["a", "f"] is None


@pytest.mark.parametrize(
    "counts", [(4, 46, 60, 75), (0, 12, 13, 90), (3, 4, 5, 60), (9, 10, 10, 9), (2, 30, 30, 2)]
)
def test_counting_every_table_that_fits_leaves_ten_numbers_for_each_hidden_cell(counts: tuple) -> None:
    """Brute force, for a linear program could be wrong: all tables whose hidden cells are up to 30 away."""
    exact = dict(zip(ONE_SMALL, counts, strict=True))
    published = shown(control(cells(exact), aggregate()).rows)
    away = {key: 30 if published[key] is None else 2 for key in exact}
    spread = [list(range(max(exact[key] - away[key], 0), exact[key] + away[key] + 1)) for key in exact]
    tables = with_totals(dict(zip(exact, np.ix_(*spread), strict=True)))
    fits = np.array(True)
    for key, number in published.items():
        if number is not None:
            fits = fits & (abs(tables[key] - number) <= 2) & (tables[key] >= 10)
    hidden = [key for key, number in published.items() if number is None]
    assert hidden
    for key in hidden:
        assert len(np.unique(np.broadcast_to(tables[key], fits.shape)[fits])) >= 10


def test_a_limit_that_was_raised_keeps_wider_ranges() -> None:
    product = aggregate(smallest_shown=20)
    found = attack(shown(control(cells(ONE_SMALL), product).rows))
    assert found and all(values_between(low, high) >= 20 for low, high in found.values())


def test_a_zero_is_shown_where_nothing_else_is_possible() -> None:
    counts = {("a", "f"): 0, ("a", "m"): 46, ("b", "f"): 60, ("b", "m"): 75}
    product = aggregate(structural_zeros=[{"row": "a", "column": "f"}])
    assert shown(control(cells(counts), product).rows)["a", "f"] == 0
    assert shown(control(cells(counts), aggregate()).rows)["a", "f"] is None
