"""Proportional hazards: Cox regression by Newton's method, ties by Efron, strata where asked for."""

from dataclasses import dataclass

import numpy as np

from thin_assets.domain.normal import NORMAL

MOST_STEPS, CLOSE_ENOUGH, FARTHEST = 40, 1e-9, 20.0


@dataclass(frozen=True)
class Fit:
    """What was fitted, of each covariate in their order.

    coefficients, covariance    log hazard ratios
    log_likelihood              partial
    p_proportional              p value that the hazard ratio stays the same over time (Grambsch and Therneau
                                1994, over ranks of time)
    """

    coefficients: np.ndarray
    covariance: np.ndarray
    log_likelihood: float
    p_proportional: np.ndarray

    def hazard_ratio(self, place: int) -> tuple[float, float, float]:
        """Hazard ratio of a covariate with its 95 % interval (Wald)."""
        log, half = self.coefficients[place], NORMAL * np.sqrt(self.covariance[place, place])
        return tuple(float(np.exp(end)) for end in (log, log - half, log + half))

    def p_value(self, place: int) -> float:
        """Of the Wald test that the hazard ratio is 1."""
        from math import erfc, sqrt

        return erfc(abs(self.coefficients[place]) / sqrt(2 * self.covariance[place, place]))


@dataclass(frozen=True)
class _Ordered:
    """Persons sorted by stratum and day, latest first; events of one stratum and day are a tie.

    events     places of those with the event, of each its day, and the number of its tie
    end        of each tie, the place after the last person at risk; `start` first place of its stratum
    part       of each event, which share of its tie is taken out of the risk set (Efron)
    """

    x: np.ndarray
    events: np.ndarray
    days: np.ndarray
    tie: np.ndarray
    start: np.ndarray
    end: np.ndarray
    part: np.ndarray


def cox(
    days: np.ndarray, events: np.ndarray, covariates: np.ndarray, *, strata: np.ndarray | None = None
) -> Fit | None:
    """Hazard ratios of covariates.

    days          whole days of follow-up
    events        whether it ended with the event
    covariates    (persons, covariates); center them where they are large
    strata        a number for each person; risks are compared within a stratum only, such as a matched set
    returns       None where no finite estimate fits: a covariate is constant, or tells the event for certain
    """
    if not events.any() or not covariates.shape[1]:
        return None
    center = covariates.mean(axis=0)
    told = _ordered(days, events, covariates - center, strata)
    beta, (value, gradient, information) = np.zeros(covariates.shape[1]), _derived(told, None)
    for _ in range(MOST_STEPS):
        if np.linalg.cond(information) > 1e12:
            return None
        step = np.linalg.solve(information, gradient)
        beta, found = _uphill(told, beta, step, value)
        if np.abs(beta).max() > FARTHEST:
            return None
        risen, (value, gradient, information) = found[0] - value, found
        if risen < CLOSE_ENOUGH * (abs(value) + 1):
            covariance = np.linalg.inv(information)
            return Fit(beta, covariance, value, _proportional(told, beta, covariance))
    return None


def _uphill(told: _Ordered, beta: np.ndarray, step: np.ndarray, value: float) -> tuple:
    """The step, or as much of it as does not lower the likelihood."""
    for halved in range(12):
        tried = beta + step / 2**halved
        found = _derived(told, tried)
        if found[0] >= value - 1e-9 * (abs(value) + 1):
            break
    return tried, found


def _ordered(days: np.ndarray, events: np.ndarray, x: np.ndarray, strata: np.ndarray | None) -> _Ordered:
    group = np.zeros(len(days), dtype=np.int64) if strata is None else np.asarray(strata)
    order = np.lexsort((~events, -days, group))
    days, events, x, group = days[order], events[order], x[order], group[order]
    new = np.concatenate([[True], (days[1:] != days[:-1]) | (group[1:] != group[:-1])])
    first = np.flatnonzero(new)
    after = np.append(first[1:], len(days))
    places = np.flatnonzero(events)
    moments, tie = np.unique(np.cumsum(new)[places] - 1, return_inverse=True)
    size = np.bincount(tie)
    within = places - first[moments][tie]  # events come first within their day
    start = np.searchsorted(group, group[first[moments]])
    return _Ordered(x, places, days[places], tie, start, after[moments], within / size[tie])


def _derived(told: _Ordered, beta: np.ndarray | None) -> tuple[float, np.ndarray, np.ndarray]:
    """Partial log likelihood, its gradient, and the information."""
    linear = np.zeros(len(told.x)) if beta is None else told.x @ beta
    weight = np.exp(linear - linear.max())
    total, mean = _means(told, weight)
    value = float(linear[told.events].sum() - (np.log(total) + linear.max()).sum())
    gradient = (told.x[told.events] - mean).sum(axis=0)
    second = _hazard(told, total) * weight
    information = (told.x * second[:, None]).T @ told.x - mean.T @ mean
    return value, gradient, information


def _means(told: _Ordered, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sum of weights over those at risk with each event, and their mean covariates."""
    columns = np.column_stack([weight, told.x * weight[:, None]])
    at_risk, tied = _in_risk_set(told, columns), _in_tie(told, columns)
    sums = at_risk[told.tie] - told.part[:, None] * tied[told.tie]
    return sums[:, 0], sums[:, 1:] / sums[:, :1]


def _in_risk_set(told: _Ordered, values: np.ndarray) -> np.ndarray:
    """Sums over the persons at risk at each tie."""
    until = np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0)])
    return until[told.end] - until[told.start]


def _in_tie(told: _Ordered, values: np.ndarray) -> np.ndarray:
    """Sums over the persons who have their event at each tie."""
    found = np.zeros((len(told.end), values.shape[1]))
    np.add.at(found, told.tie, values[told.events])
    return found


def _hazard(told: _Ordered, total: np.ndarray) -> np.ndarray:
    """What each person is weighed with in the sum of squares: the hazard that was met while at risk.

    A tie adds its hazard to all persons from the start of its stratum to the end of its risk set.
    """
    edges = np.zeros(len(told.x) + 1)
    whole = np.bincount(told.tie, weights=1 / total, minlength=len(told.end))
    np.add.at(edges, told.start, whole)
    np.add.at(edges, told.end, -whole)
    found = np.cumsum(edges)[:-1]
    taken_out = np.bincount(told.tie, weights=told.part / total, minlength=len(told.end))
    found[told.events] -= taken_out[told.tie]
    return found


def _proportional(told: _Ordered, beta: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """Whether scaled Schoenfeld residuals go with the rank of time."""
    from scipy.special import erfc

    linear, count = told.x @ beta, len(told.events)
    _, mean = _means(told, np.exp(linear - linear.max()))
    residuals = (told.x[told.events] - mean) @ covariance * count
    time = _ranks(told.days)
    away = time - time.mean()
    spread = count * np.diag(covariance) * (away @ away)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.abs(away @ residuals) / np.sqrt(spread)
    return np.where(spread > 0, erfc(z / np.sqrt(2)), 1.0)


def _ranks(values: np.ndarray) -> np.ndarray:
    """Rank of each value from 1 on; those alike share the mean of theirs."""
    _, place, size = np.unique(values, return_inverse=True, return_counts=True)
    after = np.cumsum(size)
    return ((after - size + 1 + after) / 2)[place]
