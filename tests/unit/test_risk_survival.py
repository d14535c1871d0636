"""Weights for those who stayed, and risks that compete, beside lifelines and by hand."""

import numpy as np
import pytest
from lifelines import AalenJohansenFitter, KaplanMeierFitter

from thin_assets.studies.risk.survival import (
    CENSORED,
    DEATH,
    EVENT,
    OTHER_CANCER,
    censoring_weights,
    cumulative_incidence,
)


def followed(rng: np.random.Generator, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Days and outcomes; nobody shares a day, for lifelines would move tied ones about."""
    days = rng.permutation(np.arange(1, size + 1))
    return days, rng.choice([CENSORED, EVENT, DEATH, OTHER_CANCER], size, p=[0.5, 0.2, 0.2, 0.1])


def test_risk_up_to_a_day_is_that_of_aalen_and_johansen() -> None:
    days, outcome = followed(np.random.default_rng(1), 400)
    for cause in (EVENT, DEATH):
        oracle = AalenJohansenFitter(calculate_variance=False).fit(days, outcome, event_of_interest=cause)
        for at in (50, 200, 400):
            expected = oracle.cumulative_density_.loc[:at].iloc[-1, 0]
            assert cumulative_incidence(days, outcome, at, cause=cause) == pytest.approx(expected, abs=1e-12)


def test_tied_days_are_counted_together() -> None:
    """Four at risk: on day 1 one has the event and one dies; of two left one has it on day 2."""
    days, outcome = np.array([1, 1, 2, 2]), np.array([EVENT, DEATH, EVENT, CENSORED])
    assert cumulative_incidence(days, outcome, 2) == pytest.approx(1 / 4 + (1 / 2) * (1 / 2))
    assert cumulative_incidence(days, outcome, 2, cause=DEATH) == pytest.approx(1 / 4)


def test_death_taken_for_censoring_would_tell_a_higher_risk() -> None:
    days, outcome = followed(np.random.default_rng(2), 400)
    alone = np.where(outcome == EVENT, EVENT, CENSORED)
    assert cumulative_incidence(days, outcome, 300) < cumulative_incidence(days, alone, 300)


def test_nobody_has_no_risk() -> None:
    assert cumulative_incidence(np.array([], dtype=int), np.array([], dtype=int), 10) is None


def test_weights_are_one_over_the_probability_of_having_stayed() -> None:
    days, outcome = followed(np.random.default_rng(3), 300)
    horizon = np.full(300, 250)
    weight = censoring_weights(days, outcome, horizon)
    lost = (outcome == CENSORED) & (days < horizon)
    stayed = KaplanMeierFitter().fit(np.minimum(days, horizon), lost)
    before = np.minimum(days, horizon) - 1  # still there at the end of the day before
    expected = np.where(lost, 0, 1 / stayed.predict(before).to_numpy())
    assert weight == pytest.approx(expected)


def test_who_leaves_is_not_looked_at_and_those_who_stay_stand_for_them() -> None:
    """Ten people; five leave on day 10 without event, of the others one has the event on day 20."""
    days = np.array([10] * 5 + [20] + [100] * 4)
    outcome = np.array([CENSORED] * 5 + [EVENT] + [CENSORED] * 4)
    weight = censoring_weights(days, outcome, np.full(10, 100))
    assert weight.tolist() == [0] * 5 + [2] * 5
    assert weight.sum() == 10


def test_who_stays_to_the_last_day_is_known() -> None:
    weight = censoring_weights(np.array([99, 100]), np.array([CENSORED, CENSORED]), np.array([100, 100]))
    assert (weight > 0).tolist() == [False, True]


def test_an_event_comes_before_those_who_leave_on_its_day() -> None:
    weight = censoring_weights(np.array([5, 5, 9]), np.array([EVENT, CENSORED, CENSORED]), np.full(3, 9))
    assert weight.tolist() == [1, 0, 2]


def test_weighted_risk_is_that_of_aalen_and_johansen() -> None:
    """The same censoring for everybody: both say the same of the population."""
    rng = np.random.default_rng(4)
    days, outcome = rng.integers(1, 400, 2000), rng.choice([0, 1, 2, 3], 2000)
    weight = censoring_weights(days, outcome, np.full(2000, 200))
    happened = (outcome == EVENT) & (days <= 200)
    weighted = weight[happened].sum() / len(days)
    assert weighted == pytest.approx(cumulative_incidence(days, outcome, 200), abs=1e-9)
