"""Hazard ratios of the study of long COVID, held against lifelines and statsmodels."""

import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter
from lifelines.statistics import proportional_hazard_test
from statsmodels.duration.hazard_regression import PHReg

from thin_assets.studies.long_covid.cox import cox


def followed(seed: int, persons: int = 600, late: float = 1.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Days with many ties; the first covariate triples the hazard, `late` times that after day 60."""
    rng = np.random.default_rng(seed)
    x = np.column_stack(
        [rng.random(persons) < 0.4, rng.normal(50, 12, persons), rng.random(persons) < 0.5]
    ).astype(float)
    ratio = np.where(x[:, 0] > 0, 3.0, 1.0) * np.exp(0.02 * (x[:, 1] - 50))
    early = rng.exponential(1 / (0.004 * ratio))
    turned = np.where(early > 60, 60 + (early - 60) / np.where(x[:, 0] > 0, late, 1), early)
    end = rng.integers(20, 200, persons)
    return np.minimum(np.ceil(turned), end).astype(int), turned <= end, x


@pytest.mark.parametrize("seed", range(4))
def test_estimates_are_those_of_lifelines_and_statsmodels(seed: int) -> None:
    days, events, x = followed(seed)
    fit = cox(days, events, x)
    frame = pd.DataFrame(x, columns=["a", "b", "c"]).assign(days=days, events=events)
    theirs = CoxPHFitter().fit(frame, "days", "events")
    others = PHReg(days, x, status=events.astype(int), ties="efron").fit()
    assert fit.coefficients == pytest.approx(theirs.params_.to_numpy(), rel=1e-4)
    assert fit.coefficients == pytest.approx(others.params, rel=1e-4)
    assert np.sqrt(np.diag(fit.covariance)) == pytest.approx(others.bse, rel=1e-3)
    assert fit.p_value == pytest.approx(theirs.summary["p"]["a"], rel=1e-2)
    ends = np.exp(theirs.confidence_intervals_.loc["a"].to_numpy())
    assert fit.hazard_ratio[1:] == pytest.approx(ends, rel=1e-3)


@pytest.mark.parametrize("late", [1.0, 0.2])
def test_the_look_at_proportionality_is_that_of_lifelines(late: float) -> None:
    days, events, x = followed(5, late=late)
    frame = pd.DataFrame(x, columns=["a", "b", "c"]).assign(days=days, events=events)
    theirs = CoxPHFitter().fit(frame, "days", "events")
    tested = proportional_hazard_test(theirs, frame, time_transform="rank").summary["p"]["a"]
    fit = cox(days, events, x)
    assert fit.p_proportional == pytest.approx(tested, abs=0.03)
    assert (fit.p_proportional < 0.01) == (late < 1)


def test_nothing_is_told_where_nothing_finite_fits() -> None:
    days, exposed = np.array([5, 6, 7, 8]), np.array([[1.0], [1.0], [0.0], [0.0]])
    assert cox(days, np.zeros(4, dtype=bool), exposed) is None
    assert cox(days, np.array([True, True, False, False]), exposed) is None


def test_persons_in_another_order_give_the_same_estimate() -> None:
    days, events, x = followed(6)
    other = np.random.default_rng(1).permutation(len(days))
    ours, theirs = cox(days, events, x), cox(days[other], events[other], x[other])
    assert ours.coefficients == pytest.approx(theirs.coefficients)
    assert ours.p_proportional == pytest.approx(theirs.p_proportional)
