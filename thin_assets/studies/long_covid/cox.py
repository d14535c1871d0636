"""Proportional hazards of a few covariates (Cox), by Newton's method; ties by Efron.

Sums over those at risk are taken by day and not by person: a follow-up of some hundred days has no more
moments than that, however many are followed.
"""

from dataclasses import dataclass
from math import erfc, sqrt

import numpy as np

MOST_STEPS, CLOSE_ENOUGH, FARTHEST = 40, 1e-10, 15.0
Z95 = 1.959963984540054


@dataclass(frozen=True)
class Fit:
    """What was fitted.

    coefficients, covariance    of the covariates in their order; log hazard ratios
    p_proportional              p value that the hazard ratio of the first covariate stays the same
                                over time (Grambsch and Therneau, over ranks of time)
    """

    coefficients: np.ndarray
    covariance: np.ndarray
    p_proportional: float

    @property
    def hazard_ratio(self) -> tuple[float, float, float]:
        """Of the first covariate, with its 95 % interval (Wald)."""
        middle, half = self.coefficients[0], Z95 * sqrt(self.covariance[0, 0])
        return tuple(float(np.exp(end)) for end in (middle, middle - half, middle + half))

    @property
    def p_value(self) -> float:
        """Of the Wald test that the first hazard ratio is 1."""
        return erfc(abs(self.coefficients[0]) / sqrt(2 * self.covariance[0, 0]))


def cox(days: np.ndarray, events: np.ndarray, covariates: np.ndarray) -> Fit | None:
    """Hazard ratios of covariates.

    days          whole days of follow-up, from 1
    events        whether follow-up ended with the event
    covariates    (persons, covariates); one that is the same for all is no covariate: leave it out
    returns       None where nothing finite fits: nobody has the event, or a covariate tells it for certain
    """
    if not events.any():
        return None
    moments = np.unique(days[events])
    center = covariates.mean(axis=0)
    told = _Told(covariates - center, np.searchsorted(moments, days, side="right"), events, len(moments))
    beta, (value, gradient, information) = np.zeros(covariates.shape[1]), told.derived(None)
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
            return Fit(beta, covariance, told.p_proportional(beta, covariance, days))
    return None


def _uphill(told: "_Told", beta: np.ndarray, step: np.ndarray, value: float) -> tuple:
    """The step, or as much of it as does not lower the likelihood."""
    for halved in range(12):
        tried = beta + step / 2**halved
        found = told.derived(tried)
        if found[0] >= value - 1e-9 * (abs(value) + 1):
            break
    return tried, found


class _Told:
    """Persons, by the moments of events.

    seen      of each person, how many moments of events came while at risk: at risk at moments 0 .. seen - 1
    count     number of moments
    """

    def __init__(self, x: np.ndarray, seen: np.ndarray, events: np.ndarray, count: int) -> None:
        self.x, self.seen, self.count = x, seen, count
        order = np.argsort(seen[events], kind="stable")
        self.cases = np.flatnonzero(events)[order]
        self.moment = seen[self.cases] - 1
        size = np.bincount(self.moment, minlength=count)
        first = np.cumsum(size) - size
        self.part = (np.arange(len(self.cases)) - first[self.moment]) / size[self.moment]

    def derived(self, beta: np.ndarray | None) -> tuple[float, np.ndarray, np.ndarray]:
        """Partial log likelihood, its gradient, and the information."""
        linear = np.zeros(len(self.x)) if beta is None else self.x @ beta
        weight = np.exp(linear - linear.max())
        total, mean = self._means(weight)
        value = float(linear[self.cases].sum() - (np.log(total) + linear.max()).sum())
        gradient = (self.x[self.cases] - mean).sum(axis=0)
        second = self._second(weight, total)
        return value, gradient, second - mean.T @ mean

    def _means(self, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Sum of weights over those at risk with each event, and their mean covariates."""
        columns = [weight, *(weight * column for column in self.x.T)]
        sums = np.stack([self._at_risk(column) for column in columns], axis=1)
        tied = np.stack([self._tied(column) for column in columns], axis=1)
        found = sums[self.moment] - self.part[:, None] * tied[self.moment]
        return found[:, 0], found[:, 1:] / found[:, :1]

    def _second(self, weight: np.ndarray, total: np.ndarray) -> np.ndarray:
        """Sum over events of the mean squares: each person counts with the hazard met while at risk."""
        whole = np.bincount(self.moment, weights=1 / total, minlength=self.count)
        less = np.bincount(self.moment, weights=self.part / total, minlength=self.count)
        met = np.concatenate([[0.0], np.cumsum(whole)])[self.seen]
        met[self.cases] -= less[self.moment]
        return (self.x * (weight * met)[:, None]).T @ self.x

    def _at_risk(self, values: np.ndarray) -> np.ndarray:
        by_last = np.bincount(self.seen, weights=values, minlength=self.count + 1)
        return np.cumsum(by_last[::-1])[::-1][1:]

    def _tied(self, values: np.ndarray) -> np.ndarray:
        return np.bincount(self.moment, weights=values[self.cases], minlength=self.count)

    def p_proportional(self, beta: np.ndarray, covariance: np.ndarray, days: np.ndarray) -> float:
        """Whether scaled Schoenfeld residuals of the first covariate go with the rank of time."""
        linear = self.x @ beta
        _, mean = self._means(np.exp(linear - linear.max()))
        residuals = (self.x[self.cases] - mean) @ covariance[:, 0] * len(self.cases)
        time = _ranks(days[self.cases])
        away = time - time.mean()
        spread = len(self.cases) * covariance[0, 0] * float(away @ away)
        return 1.0 if spread <= 0 else erfc(abs(float(away @ residuals)) / sqrt(2 * spread))


def _ranks(values: np.ndarray) -> np.ndarray:
    """Rank of each value from 1 on; those alike share the mean of theirs."""
    _, place, size = np.unique(values, return_inverse=True, return_counts=True)
    after = np.cumsum(size)
    return ((after - size + 1 + after) / 2)[place]
