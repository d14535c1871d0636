"""What must hold of odds ratios from counts, whatever the sets are."""

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from tests.matched import table
from thin_assets.studies.scan.conditional import odds_ratios
from thin_assets.studies.scan.likelihood import Likelihood
from thin_assets.studies.scan.patterns import patterns_of
from thin_assets.studies.scan.pooling import pool

Row = tuple[int, int, bool, int]
MIRRORED = ("log_odds_ratio", "firth")
SIDES = (("lower", "upper"), ("firth_lower", "firth_upper"))
SAME = (
    "standard_error",
    "likelihood_ratio",
    "firth_error",
    "exact_p",
    "mid_p",
    "p_value",
    "informative_sets",
)


@st.composite
def telling(draw: st.DrawFn) -> Row:
    size = draw(st.integers(2, 8))
    return size, draw(st.integers(1, size - 1)), draw(st.booleans()), draw(st.integers(1, 60))


@st.composite
def concordant(draw: st.DrawFn) -> Row:
    size, all_exposed = draw(st.integers(1, 8)), draw(st.booleans())
    return size, size * all_exposed, all_exposed, draw(st.integers(0, 10_000))


TELLING = st.lists(telling(), min_size=1, max_size=8)


def estimated(rows: list[Row]) -> dict:
    return odds_ratios(patterns_of(table(*rows))).row(0, named=True)


def close(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return bool(np.isclose(one, other, rtol=1e-7, atol=1e-8))


@given(TELLING)
def test_swapping_exposed_and_unexposed_flips_the_sign_and_nothing_else(rows: list[Row]) -> None:
    found = estimated(rows)
    swapped = estimated([(size, size - exposed, not case, sets) for size, exposed, case, sets in rows])
    for name in MIRRORED:
        assert close(swapped[name], -found[name]), name
    for low, high in SIDES:
        assert close(swapped[low], -found[high]) and close(swapped[high], -found[low])
    for name in SAME:
        assert close(swapped[name], found[name]), name


@given(TELLING, st.lists(concordant(), max_size=4))
def test_sets_in_which_all_or_none_are_exposed_change_no_estimate(rows: list[Row], more: list[Row]) -> None:
    first, second = estimated(rows), estimated([*rows, *more])
    for name in (*MIRRORED, *SAME, "lower", "upper", "is_separated"):
        assert first[name] == second[name], name


@given(TELLING)
def test_intervals_hold_their_estimates_and_p_agrees_with_them(rows: list[Row]) -> None:
    found = estimated(rows)
    assert found["lower"] <= found["log_odds_ratio"] <= found["upper"]
    assert found["firth_lower"] < found["firth"] < found["firth_upper"]
    assert (found["lr_p"] < 0.05) == (found["lower"] > 0 or found["upper"] < 0)
    assert (found["firth_p"] < 0.05) == (found["firth_lower"] > 0 or found["firth_upper"] < 0)
    assert 0 <= found["p_value"] <= 1 and found["minus_log10_p"] >= 0


@given(TELLING)
def test_no_point_of_a_grid_is_likelier_than_the_estimates(rows: list[Row]) -> None:
    """Firth's likelihood need not fall on both sides of a maximum: of these sets it has one."""
    patterns = patterns_of(table(*rows))
    found = odds_ratios(patterns).row(0, named=True)
    grid = np.linspace(-12, 12, 481)
    like = Likelihood(
        np.repeat(patterns.sets, len(grid), axis=0).astype(float),
        np.log(patterns.odds),
        np.repeat(patterns.case_exposed, len(grid)).astype(float),
    )
    one = Likelihood(like.sets[:1], like.offset, like.events[:1])
    at = {name: np.array([found[name]]) for name in MIRRORED}
    assert (like.log(grid) <= one.log(at["log_odds_ratio"])[0] + 1e-9).all()
    assert (like.firth_log(grid) <= one.firth_log(at["firth"])[0] + 1e-9).all()


@given(TELLING, st.integers(2, 5))
def test_the_same_sets_several_times_say_the_same_with_more_certainty(rows: list[Row], times: int) -> None:
    one = estimated(rows)
    more = estimated([(size, exposed, case, times * sets) for size, exposed, case, sets in rows])
    assert close(more["log_odds_ratio"], one["log_odds_ratio"])
    assert close(more["likelihood_ratio"], times * one["likelihood_ratio"])
    assert more["lower"] >= one["lower"] - 1e-9 and more["upper"] <= one["upper"] + 1e-9


@given(TELLING, st.randoms(use_true_random=False))
def test_neither_the_order_of_rows_nor_their_division_matters(rows: list[Row], shuffle) -> None:
    halves = [(*row[:3], part) for row in rows for part in (row[3] // 2, row[3] - row[3] // 2)]
    shuffle.shuffle(halves)
    assert estimated(halves) == estimated(rows)


@given(
    st.lists(st.tuples(st.floats(-3, 3), st.floats(0.01, 2)), min_size=2, max_size=7),
    st.floats(-5, 5),
)
def test_pools_shift_with_their_countries_and_lie_among_them(countries: list, shift: float) -> None:
    b, error = (np.array([each]) for each in zip(*countries, strict=True))
    found, moved = (pool(x, error).row(0, named=True) for x in (b, b + shift))
    assert b.min() - 1e-9 <= found["random"] <= b.max() + 1e-9
    assert found["tau2"] >= 0 and 0 <= found["i2"] <= 1
    assert found["fixed_error"] <= found["random_error"] * (1 + 1e-12) <= found["hk_error"] * (1 + 1e-9)
    for name in ("fixed", "random", "hk_lower", "hk_upper"):
        assert np.isclose(moved[name], found[name] + shift, atol=1e-6), name
    for name in ("fixed_error", "random_error", "hk_error", "tau2", "q"):
        assert np.isclose(moved[name], found[name], rtol=1e-6, atol=1e-6), name


def test_every_table_is_sorted_by_its_keys_and_tells_each_exposure_once() -> None:
    rng = np.random.default_rng(0)
    several = pl.concat(table((3, 1, True, 5), exposure_id=int(number)) for number in rng.permutation(50))
    assert odds_ratios(patterns_of(several))["exposure_id"].to_list() == list(range(50))
