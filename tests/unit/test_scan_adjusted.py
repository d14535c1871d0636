"""Conditional logistic regression with covariates is that of statsmodels, and says when it has no answer."""

import math

import numpy as np
import polars as pl
import pytest
from statsmodels.discrete.conditional_models import ConditionalLogit

from tests.matched import members, pairs, table
from thin_assets.studies.scan.adjusted import conditional_logistic
from thin_assets.studies.scan.conditional import odds_ratios
from thin_assets.studies.scan.patterns import patterns_of

EFFECTS = np.array([0.7, 1.0, 0.3, -0.02])


def study(seed: int, sets: int, size: int = 6) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Exposure that smokers have more often; smoking, consultations and BMI; one case a set by its odds."""
    rng = np.random.default_rng(seed)
    smoker = rng.random((sets, size)) < 0.25
    exposed = rng.random((sets, size)) < np.where(smoker, 0.4, 0.15)
    consultations, bmi = rng.poisson(4, (sets, size)) / 4, rng.normal(27, 5, (sets, size))
    x = np.stack([exposed, smoker, consultations, bmi], axis=2).astype(float)
    odds = np.exp(x @ EFFECTS)
    case = (rng.random((sets, 1)) > np.cumsum(odds / odds.sum(axis=1, keepdims=True), axis=1)).sum(axis=1)
    is_case = np.arange(size) == case[:, None]
    return np.repeat(np.arange(sets), size), is_case.ravel(), x.reshape(-1, 4)


@pytest.mark.parametrize("seed", range(3))
def test_coefficients_are_those_of_statsmodels(seed: int) -> None:
    set_id, is_case, x = study(seed, 120)
    keep = np.random.default_rng(seed).random(len(set_id)) < 0.8  # sets of different sizes
    keep |= is_case
    set_id, is_case, x = set_id[keep], is_case[keep], x[keep]
    found = conditional_logistic(set_id, is_case, x)
    full = ConditionalLogit(is_case.astype(int), x, groups=set_id).fit(method="newton", disp=0)
    assert found.converged
    assert found.coefficient == pytest.approx(full.params, abs=1e-6)
    assert found.error == pytest.approx(full.bse, abs=1e-6)
    assert found.p == pytest.approx(full.pvalues, abs=1e-6)
    assert found.log_likelihood == pytest.approx(full.llf, abs=1e-6)


def test_an_exposure_alone_is_estimated_as_from_counts() -> None:
    set_id, is_case, x = study(7, 400)
    found = conditional_logistic(set_id, is_case, x[:, :1])
    sets = pl.DataFrame({"set_id": set_id, "case": is_case, "exposed": x[:, 0] > 0}).group_by("set_id")
    patterns = sets.agg(
        exposure_id=pl.lit(1),
        set_size=pl.len(),
        exposed=pl.col("exposed").sum(),
        case_exposed=(pl.col("exposed") & pl.col("case")).any(),
        sets=pl.lit(1),
    )
    counted = odds_ratios(patterns_of(patterns)).row(0, named=True)
    assert found.coefficient[0] == pytest.approx(counted["log_odds_ratio"], abs=1e-9)
    assert found.error[0] == pytest.approx(counted["standard_error"], abs=1e-9)


def test_adjusting_takes_away_what_smoking_did() -> None:
    """Exposure and smoking go together: alone the exposure looks worse than it was made."""
    set_id, is_case, x = study(1, 5_000)
    alone = conditional_logistic(set_id, is_case, x[:, :1])
    adjusted = conditional_logistic(set_id, is_case, x)
    assert alone.coefficient[0] > EFFECTS[0] + 3 * alone.error[0]
    assert np.abs((adjusted.coefficient - EFFECTS) / adjusted.error).max() < 3


def test_the_order_of_members_and_the_level_of_a_covariate_change_nothing() -> None:
    set_id, is_case, x = study(2, 200)
    order = np.random.default_rng(0).permutation(len(set_id))
    first = conditional_logistic(set_id, is_case, x)
    shuffled = conditional_logistic(set_id[order], is_case[order], x[order] + 1_000 * set_id[order][:, None])
    assert shuffled.coefficient == pytest.approx(first.coefficient, abs=1e-8)
    assert shuffled.sets == first.sets == 200


@pytest.mark.parametrize("scale", [1e-7, 1e7])
def test_the_unit_of_a_covariate_changes_nothing_but_its_coefficient(scale: float) -> None:
    set_id, is_case, x = study(3, 200)
    units = np.array([1, 1, 1, scale])
    first, scaled = conditional_logistic(set_id, is_case, x), conditional_logistic(set_id, is_case, x * units)
    assert scaled.converged
    assert scaled.coefficient * units == pytest.approx(first.coefficient, rel=1e-5)


def test_a_separated_exposure_and_a_repeated_column_are_not_reported() -> None:
    set_id, is_case, exposed = members(pairs(12, 0))
    assert not conditional_logistic(set_id, is_case.astype(bool), exposed[:, None]).converged
    set_id, is_case, x = study(4, 100)
    twice = conditional_logistic(set_id, is_case, np.column_stack([x, 2 * x[:, 1]]))
    assert not twice.converged and np.isnan(twice.error).all()
    constant = conditional_logistic(set_id, is_case, np.column_stack([x[:, 0], set_id]))
    assert not constant.converged


def test_a_rare_exposure_of_large_sets_is_reached_though_the_first_step_leads_far_beyond() -> None:
    """One of thirty exposed, nearly always the case: from no association Newton would leave for infinity."""
    set_id, is_case, exposed = members(table((30, 1, True, 30), (30, 1, False, 1)))
    found = conditional_logistic(set_id, is_case.astype(bool), exposed[:, None])
    assert found.converged
    assert found.coefficient[0] == pytest.approx(math.log(30 * 29), abs=1e-9)


def test_a_case_without_controls_says_nothing() -> None:
    set_id, is_case, exposed = members(pairs(20, 10))
    lonely = np.append(set_id, 999), np.append(is_case, 1).astype(bool), np.append(exposed, 1)[:, None]
    found = conditional_logistic(*lonely)
    assert (found.sets, found.coefficient[0]) == (30, pytest.approx(math.log(2), abs=1e-9))


@pytest.mark.parametrize("cases", [(1, 1, 0, 0), (0, 0, 1, 0)])
def test_a_set_with_no_case_or_two_is_refused(cases: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="one case"):
        conditional_logistic(np.array([1, 1, 2, 2]), np.array(cases, dtype=bool), np.ones((4, 1)))
