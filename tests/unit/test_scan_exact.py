"""Exact p values are those of a complete enumeration."""

import itertools
import math

import numpy as np
import polars as pl
import pytest
from scipy.stats import binom, chi2

from tests.matched import pairs, table
from thin_assets.studies.scan.conditional import odds_ratios
from thin_assets.studies.scan.exact import null_distribution
from thin_assets.studies.scan.patterns import patterns_of

CHANCES = np.array([1 / 6, 1 / 4, 2 / 5])


def enumerated(sets: tuple[int, ...]) -> np.ndarray:
    """Every outcome of every set, one by one."""
    chances = np.repeat(CHANCES, sets)
    density = np.zeros(len(chances) + 1)
    for outcome in itertools.product((0, 1), repeat=len(chances)):
        density[sum(outcome)] += math.prod(
            p if one else 1 - p for p, one in zip(chances, outcome, strict=True)
        )
    return density


@pytest.mark.parametrize("sets", [(3, 0, 0), (2, 3, 1), (0, 0, 5), (4, 4, 3)])
def test_the_distribution_is_that_of_an_enumeration(sets: tuple[int, ...]) -> None:
    found = null_distribution(np.array([sets, (12, 0, 0)], dtype=float), CHANCES)
    np.testing.assert_allclose(found[0, : sum(sets) + 1], enumerated(sets), rtol=1e-12)
    assert found[0, sum(sets) + 1 :].sum() == 0


@pytest.mark.parametrize("exposed_cases", range(7))
def test_p_is_twice_the_smaller_tail_and_mid_p_counts_the_observed_by_half(exposed_cases: int) -> None:
    sets = (2, 3, 1)
    first, second, third = min(exposed_cases, 2), min(max(exposed_cases - 2, 0), 3), int(exposed_cases == 6)
    rows = [
        (6, 1, True, first),
        (6, 1, False, 2 - first),
        (4, 1, True, second),
        (4, 1, False, 3 - second),
        (5, 2, True, third),
        (5, 2, False, 1 - third),
    ]
    density = enumerated(sets)
    below, here, above = (
        density[:exposed_cases].sum(),
        density[exposed_cases],
        density[exposed_cases + 1 :].sum(),
    )
    found = odds_ratios(patterns_of(table(*rows))).row(0, named=True)
    assert found["exact_p"] == pytest.approx(min(1, 2 * (min(below, above) + here)), rel=1e-10)
    assert found["mid_p"] == pytest.approx(min(1, 2 * min(below, above) + here), rel=1e-10)
    assert found["is_exact"] and found["p_value"] == found["exact_p"]


def test_a_small_tail_keeps_its_digits() -> None:
    found = odds_ratios(patterns_of(pairs(100, 0))).row(0, named=True)
    assert found["exact_p"] == pytest.approx(2 * 0.5**100, rel=1e-9)


def test_frequent_exposures_have_the_p_of_the_likelihood_ratio() -> None:
    found = odds_ratios(patterns_of(pairs(70, 40))).row(0, named=True)
    assert found["exact_p"] is None and found["mid_p"] is None and not found["is_exact"]
    assert found["p_value"] == found["lr_p"] == pytest.approx(chi2.sf(found["likelihood_ratio"], 1))


def test_the_exact_p_ends_where_it_is_told_to() -> None:
    both = pl.concat([pairs(60, 40, exposure_id=1), pairs(60, 41, exposure_id=2)])
    assert odds_ratios(patterns_of(both))["is_exact"].to_list() == [True, False]
    assert odds_ratios(patterns_of(both), few_sets=101)["is_exact"].to_list() == [True, True]
    assert odds_ratios(patterns_of(both), few_sets=0)["is_exact"].to_list() == [False, False]


def test_exact_p_and_chi_squared_agree_where_one_gives_way_to_the_other() -> None:
    """At a hundred pairs, where the exact p value ends, mid-p and chi-squared differ by less than a tenth."""
    found = odds_ratios(patterns_of(pairs(62, 38))).row(0, named=True)
    assert found["mid_p"] == pytest.approx(found["lr_p"], rel=0.1)
    assert found["exact_p"] == pytest.approx(2 * binom.cdf(38, 100, 0.5), rel=1e-10)
