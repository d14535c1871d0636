"""Calibration in the large, slope, curve and recalibration, beside statsmodels and known truths."""

import numpy as np
import pytest
import statsmodels.api as sm

from tests.risks import cases, drawn
from thin_assets.studies.risk.calibration import (
    INTERCEPT,
    INTERCEPT_AND_SLOPE,
    NONE,
    distances,
    fit_line,
    in_the_large,
    recalibrated,
    slope,
    smooth,
)


def test_line_and_its_errors_are_those_of_statsmodels() -> None:
    rng = np.random.default_rng(1)
    log_odds, those = drawn(rng, 800)
    weight = rng.choice([1.0, 2.5], 800)
    line = fit_line(log_odds, cases(those.happened, weight=weight))
    model = sm.GLM(
        those.happened.astype(float),
        sm.add_constant(log_odds),
        family=sm.families.Binomial(),
        freq_weights=weight,
    ).fit()
    assert (line.intercept, line.slope) == pytest.approx(tuple(model.params), abs=1e-6)
    plain = fit_line(log_odds, those)
    robust = sm.GLM(
        those.happened.astype(float), sm.add_constant(log_odds), family=sm.families.Binomial()
    ).fit(cov_type="HC0")
    assert (plain.intercept_error, plain.slope_error) == pytest.approx(tuple(robust.bse), abs=1e-5)


def test_true_scores_are_calibrated() -> None:
    log_odds, those = drawn(np.random.default_rng(2), 20_000)
    large, spread = in_the_large(log_odds, those), slope(log_odds, those)
    assert large.lower < 0 < large.upper and spread.lower < 1 < spread.upper
    assert distances(log_odds, those)["Eavg"] < 0.01


@pytest.mark.parametrize(("shift", "stretch"), [(1.0, 1.0), (0.0, 2.0), (-0.7, 0.5)])
def test_recalibration_brings_back_what_was_moved(shift: float, stretch: float) -> None:
    log_odds, those = drawn(np.random.default_rng(3), 20_000)
    moved = shift + stretch * log_odds
    again = recalibrated(moved, those, INTERCEPT_AND_SLOPE)
    assert again == pytest.approx(log_odds, abs=0.35)
    assert abs(in_the_large(again, those).value) < 0.02
    assert slope(again, those).value == pytest.approx(1, abs=0.05)
    if stretch == 1:
        assert abs(in_the_large(recalibrated(moved, those, INTERCEPT), those).value) < 0.02
    assert recalibrated(moved, those, NONE) is moved


def test_no_practice_draws_its_own_line() -> None:
    """Outcomes of one practice are turned round: its own recalibrated scores must not change by it."""
    rng = np.random.default_rng(4)
    log_odds, those = drawn(rng, 3000)
    practice = rng.integers(0, 6, 3000)
    first = recalibrated(log_odds, cases(those.happened, practice=practice), INTERCEPT_AND_SLOPE)
    turned = np.where(practice == 2, ~those.happened, those.happened)
    second = recalibrated(log_odds, cases(turned, practice=practice), INTERCEPT_AND_SLOPE)
    assert (first == second)[practice == 2].all()
    assert (first != second)[practice != 2].any()


def test_the_curve_finds_a_bend_that_no_line_has() -> None:
    rng = np.random.default_rng(5)
    log_odds = rng.uniform(-3, 1, 20_000)
    truth = 0.05 + 0.4 * (log_odds > -1)
    those = cases(rng.random(20_000) < truth)
    found = smooth(log_odds, those, np.array([-2.5, 0.5]))
    assert found == pytest.approx([0.05, 0.45], abs=0.06)


def test_scores_that_are_all_one_have_no_slope_and_no_curve() -> None:
    those = cases(np.arange(100) < 20)
    flat = np.full(100, -1.0)
    assert slope(flat, those).value is None
    assert smooth(flat, those, flat) is None
    assert in_the_large(flat, those).value == pytest.approx(np.log(0.2 / 0.8) + 1)


def test_one_outcome_alone_is_not_calibrated() -> None:
    those = cases(np.zeros(50, dtype=bool))
    assert in_the_large(np.linspace(-2, 0, 50), those).value is None
    assert recalibrated(np.linspace(-2, 0, 50), those, INTERCEPT) is None
    assert distances(np.linspace(-2, 0, 50), those) == {"Eavg": None, "E90": None, "Emax": None}


@pytest.mark.parametrize("shift", [0.0, 0.2], ids=["touching", "apart"])
def test_scores_that_part_the_outcomes_wholly_have_no_line(shift: float) -> None:
    """The likelihood rises for ever: what a fit would say is where it stopped."""
    those = cases(np.arange(30) >= 28)
    log_odds = np.array([*np.full(20, -2.5), *np.full(8, -2.1), *np.full(2, -2.1 + shift)])
    assert fit_line(log_odds, those) is None and fit_line(-log_odds, those) is None
    assert slope(log_odds, those).value is None
    assert recalibrated(log_odds, those, INTERCEPT_AND_SLOPE) is None
    assert in_the_large(log_odds, those).value is not None
