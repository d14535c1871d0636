"""Curves, competing risks and hazard ratios are those of lifelines and statsmodels."""

import numpy as np
import pandas as pd
import pytest
from lifelines import AalenJohansenFitter, CoxPHFitter, KaplanMeierFitter
from lifelines.statistics import proportional_hazard_test
from lifelines.utils import median_survival_times, restricted_mean_survival_time

from thin_assets.studies.survival.competing import incidence
from thin_assets.studies.survival.cox import cox
from thin_assets.studies.survival.kaplan_meier import kaplan_meier

PERSONS = 400


@pytest.fixture(scope="module")
def followed() -> pd.DataFrame:
    """Persons with two covariates, and a time to one of two causes or to the end; many share a day."""
    chance = np.random.default_rng(3)
    treated, age = chance.random(PERSONS) < 0.4, chance.normal(0, 1, PERSONS)
    time = chance.weibull(0.9, PERSONS) * 120 * np.exp(-0.4 * treated - 0.2 * age)
    days = np.minimum(np.ceil(time / 7) * 7, 364).astype(int)
    cause = np.where(time > 364, 0, 1 + (chance.random(PERSONS) < 0.3))
    cause[chance.random(PERSONS) < 0.15] = 0
    rows = {"days": days, "cause": cause, "treated": treated.astype(float), "age": age}
    return pd.DataFrame(rows | {"set": np.arange(PERSONS) % 8})


def test_the_curve_and_its_interval_are_those_of_lifelines(followed: pd.DataFrame) -> None:
    found = kaplan_meier(followed["days"].to_numpy(), (followed["cause"] > 0).to_numpy())
    oracle = KaplanMeierFitter().fit(followed["days"], followed["cause"] > 0)
    told = oracle.confidence_interval_
    for day in (7, 35, 91, 182, 350):
        expected = (oracle.predict(day), *told[told.index <= day].iloc[-1])
        assert found.at(day) == pytest.approx(expected, rel=1e-6)


def test_the_median_and_its_interval_are_those_of_lifelines(followed: pd.DataFrame) -> None:
    found = kaplan_meier(followed["days"].to_numpy(), (followed["cause"] > 0).to_numpy()).day_of(0.5)
    oracle = KaplanMeierFitter().fit(followed["days"], followed["cause"] > 0)
    interval = median_survival_times(oracle.confidence_interval_)
    assert found == (oracle.median_survival_time_, *interval.iloc[0])


def test_the_restricted_mean_is_that_of_lifelines(followed: pd.DataFrame) -> None:
    mean, lower, upper = kaplan_meier(
        followed["days"].to_numpy(), (followed["cause"] > 0).to_numpy()
    ).restricted_mean(280)
    oracle = KaplanMeierFitter().fit(followed["days"], followed["cause"] > 0)
    assert mean == pytest.approx(restricted_mean_survival_time(oracle, t=280), rel=1e-9)
    assert (lower + upper) / 2 == pytest.approx(mean)


def test_the_interval_of_the_restricted_mean_holds_its_expectation_in_95_of_100() -> None:
    """Exponential times with a mean of 100 days, half of them censored: 80.8 days are expected within 164."""
    chance, held, times = np.random.default_rng(5), 0, 600
    expected = 100 * (1 - np.exp(-1.64)) + 0.5  # whole days are counted to their end
    for _ in range(times):
        days, lost = np.ceil(chance.exponential(100, 200)), np.ceil(chance.exponential(200, 200)) + 5
        curve = kaplan_meier(
            np.minimum(np.minimum(days, lost), 400).astype(int), days <= np.minimum(lost, 400)
        )
        _, lower, upper = curve.restricted_mean(164)
        held += lower <= expected <= upper
    assert 0.92 < held / times < 0.975


def test_without_censoring_the_interval_of_the_restricted_mean_is_that_of_a_mean() -> None:
    days = np.random.default_rng(8).integers(1, 9, 60)
    _, lower, upper = kaplan_meier(days, np.ones(60, dtype=bool)).restricted_mean(6)
    error = np.minimum(days, 6).std() / np.sqrt(60)
    assert (upper - lower) / 2 == pytest.approx(1.959964 * error, rel=1e-6)


@pytest.mark.parametrize("cause", [1, 2])
def test_competing_risks_and_their_variance_are_those_of_lifelines(
    followed: pd.DataFrame, cause: int
) -> None:
    """On days that nobody shares, for lifelines shakes ties apart."""
    days = followed["days"].rank(method="first").astype(int)
    found = incidence(days.to_numpy(), followed["cause"].to_numpy(), cause)
    oracle = AalenJohansenFitter(calculate_variance=True).fit(
        days, followed["cause"], event_of_interest=cause
    )
    for day in (35, 91, 182, 350):
        assert found.at(day)[0] == pytest.approx(oracle.cumulative_density_.loc[day].item())
        assert found.variance[day] == pytest.approx(oracle.variance_.loc[day].item(), rel=0.01)


@pytest.mark.parametrize("cause", [1, 2])
def test_competing_risks_are_those_of_statsmodels_with_ties(followed: pd.DataFrame, cause: int) -> None:
    from statsmodels.duration.survfunc import CumIncidenceRight

    found = incidence(followed["days"].to_numpy(), followed["cause"].to_numpy(), cause)
    oracle = CumIncidenceRight(followed["days"], followed["cause"])
    for day in (35, 91, 182, 343):
        assert found.at(day)[0] == pytest.approx(oracle.cinc[cause - 1][oracle.times <= day][-1])


def test_causes_and_survival_add_up_to_everybody(followed: pd.DataFrame) -> None:
    days, cause = followed["days"].to_numpy(), followed["cause"].to_numpy()
    curve = kaplan_meier(days, cause > 0)
    whole = curve.survival + sum(incidence(days, cause, one).risk for one in (1, 2))
    assert whole == pytest.approx(np.ones(len(whole)))


def test_a_risk_is_never_more_than_certain() -> None:
    """Seven steps of a seventh add up to a hair more than 1."""
    for persons in range(1, 60):
        days = np.arange(1, persons + 1)
        assert incidence(days, np.ones(persons, dtype=int), 1).at(persons)[0] <= 1


def test_with_one_cause_alone_its_risk_and_variance_are_those_of_kaplan_and_meier() -> None:
    days, events = np.array([3, 5, 5, 8, 9, 12, 12, 20]), np.array([1, 1, 0, 1, 0, 1, 1, 0])
    found, curve = incidence(days, events, 1), kaplan_meier(days, events > 0)
    assert found.risk == pytest.approx(1 - curve.survival)
    assert found.variance == pytest.approx(curve.survival**2 * curve.spread)


@pytest.mark.parametrize("strata", [None, "set"])
def test_hazard_ratios_are_those_of_lifelines_with_ties(followed: pd.DataFrame, strata: str | None) -> None:
    names = ["treated", "age"]
    told = followed.assign(event=followed["cause"] > 0)[["days", "event", *names, "set"]]
    found = cox(
        told["days"].to_numpy(),
        told["event"].to_numpy(),
        told[names].to_numpy(),
        strata=None if strata is None else told[strata].to_numpy(),
    )
    rows = told if strata else told.drop(columns="set")
    oracle = CoxPHFitter().fit(rows, "days", "event", strata=strata)
    assert found.coefficients == pytest.approx(oracle.params_[names].to_numpy(), abs=1e-5)
    assert found.covariance == pytest.approx(oracle.variance_matrix_.loc[names, names].to_numpy(), rel=1e-4)
    assert found.log_likelihood == pytest.approx(oracle.log_likelihood_, rel=1e-7)
    assert found.p_value(0) == pytest.approx(oracle.summary.loc["treated", "p"], rel=1e-3)


def test_hazard_ratios_are_those_of_statsmodels(followed: pd.DataFrame) -> None:
    from statsmodels.duration.hazard_regression import PHReg

    names, event = ["treated", "age"], (followed["cause"] > 0).to_numpy()
    oracle = PHReg(followed["days"], followed[names], status=event, ties="efron").fit()
    found = cox(followed["days"].to_numpy(), event, followed[names].to_numpy())
    assert found.coefficients == pytest.approx(oracle.params, abs=1e-5)
    assert np.sqrt(np.diag(found.covariance)) == pytest.approx(oracle.bse, rel=1e-4)


def turning(seed: int, late: float, persons: int = 600) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Days with many ties; the first covariate triples the hazard, `late` times that after day 60."""
    rng = np.random.default_rng(seed)
    x = np.column_stack([rng.random(persons) < 0.4, rng.normal(50, 12, persons), rng.random(persons) < 0.5])
    ratio = np.where(x[:, 0] > 0, 3.0, 1.0) * np.exp(0.02 * (x[:, 1] - 50))
    early = rng.exponential(1 / (0.004 * ratio))
    turned = np.where(early > 60, 60 + (early - 60) / np.where(x[:, 0] > 0, late, 1), early)
    end = rng.integers(20, 200, persons)
    return np.minimum(np.ceil(turned), end).astype(int), turned <= end, x.astype(float)


@pytest.mark.parametrize("late", [1.0, 0.2])
def test_the_look_at_proportionality_is_that_of_lifelines(late: float) -> None:
    days, events, x = turning(5, late)
    frame = pd.DataFrame(x, columns=["a", "b", "c"]).assign(days=days, events=events)
    oracle = CoxPHFitter().fit(frame, "days", "events")
    tested = proportional_hazard_test(oracle, frame, time_transform="rank").summary["p"]
    found = cox(days, events, x)
    assert found.p_proportional == pytest.approx(tested[["a", "b", "c"]].to_numpy(), abs=0.03)
    assert (found.p_proportional[0] < 0.01) == (late < 1)


def test_persons_in_another_order_give_the_same_estimate() -> None:
    days, events, x = turning(6, 1.0)
    other = np.random.default_rng(1).permutation(len(days))
    one, two = cox(days, events, x), cox(days[other], events[other], x[other])
    assert one.coefficients == pytest.approx(two.coefficients)
    assert one.p_proportional == pytest.approx(two.p_proportional)


def test_where_no_finite_estimate_fits_there_is_none() -> None:
    days, events = np.array([1, 2, 3, 4, 5, 6]), np.array([1, 1, 1, 0, 0, 0], dtype=bool)
    certain, constant = events[:, None].astype(float), np.ones((6, 1))
    assert cox(days, events, certain) is None
    assert cox(days, events, constant) is None
    assert cox(days, np.zeros(6, dtype=bool), certain) is None


def test_of_nobody_nothing_is_told() -> None:
    nobody = np.zeros(0, dtype=int)
    curve = kaplan_meier(nobody, nobody > 0)
    assert curve.at(0) == curve.day_of(0.5) == curve.restricted_mean(30) == (None, None, None)
    assert incidence(nobody, nobody, 1).at(30) == (None, None, None)
