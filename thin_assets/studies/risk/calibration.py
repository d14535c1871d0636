"""Whether as many fall ill as a model says: in the large, along the scores, and after recalibration."""

from dataclasses import dataclass

import numpy as np

from thin_assets.domain.normal import NORMAL
from thin_assets.studies.risk.discrimination import Estimate
from thin_assets.studies.risk.folds import FOLDS, folds_of
from thin_assets.studies.risk.problems import Cases

NONE, INTERCEPT, INTERCEPT_AND_SLOPE = "none", "intercept", "intercept_and_slope"
"""Ways of recalibration: as it came; the level of the country; level and spread."""

KNOTS, RIDGE = 4, 0.1
"""Of the curve: knots, and a penalty that keeps its pieces from running away where nobody falls ill."""

_TINY, _NO_SPREAD = 1e-6, 1e-3


@dataclass(frozen=True)
class Line:
    """Log odds of the event by log odds of the model: intercept + slope x; with standard errors."""

    intercept: float
    slope: float
    intercept_error: float = 0.0
    slope_error: float = 0.0

    def of(self, log_odds: np.ndarray) -> np.ndarray:
        """Recalibrated log odds."""
        return self.intercept + self.slope * log_odds


def logit(risk: np.ndarray) -> np.ndarray:
    """Log odds; risks of 0 and 1 are taken as a millionth off."""
    risk = np.clip(risk, _TINY, 1 - _TINY)
    return np.log(risk / (1 - risk))


def fit_line(log_odds: np.ndarray, cases: Cases, *, slope: bool = True) -> Line | None:
    """Maximum of the weighted likelihood; without slope it is 1. None where there is no such maximum: one
    outcome alone is there, all scores are one, or scores part the outcomes wholly.

    Errors count each entry once, whatever its weight (sandwich).
    """
    known = cases.weight > 0
    happened, weight, given = cases.happened[known], cases.weight[known], log_odds[known]
    if not 0 < happened.sum() < len(happened) or (slope and not _has_slope(given, happened)):
        return None
    design = np.column_stack([np.ones_like(given), given]) if slope else np.ones((len(given), 1))
    fixed = np.zeros_like(given) if slope else given
    found, bread = _newton(design, fixed, happened, weight)
    risk = _expit(fixed + design @ found)
    scores = design * (weight * (happened - risk))[:, None]
    errors = np.sqrt(np.diag(bread @ (scores.T @ scores) @ bread))
    if slope:
        return Line(*(float(value) for value in (*found, *errors)))
    return Line(float(found[0]), 1.0, float(errors[0]))


def _has_slope(given: np.ndarray, happened: np.ndarray) -> bool:
    """Whether scores differ, and those of both outcomes overlap: else the slope runs to infinity."""
    ill, well = given[happened], given[~happened]
    return bool(np.ptp(given) >= _NO_SPREAD and ill.max() > well.min() and ill.min() < well.max())


def _newton(
    design: np.ndarray, fixed: np.ndarray, happened: np.ndarray, weight: np.ndarray, *, ridge: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Maximum of the likelihood, and the inverse of its information; a step that makes it worse is halved.

    ridge    penalty on all but the first column
    """
    penalty = np.full(design.shape[1], ridge)
    penalty[0] = 0.0

    def loss_of(found: np.ndarray) -> float:
        log_odds = fixed + design @ found
        loss = (weight * (np.logaddexp(0, log_odds) - happened * log_odds)).sum()
        return float(loss + (penalty * found**2).sum() / 2) / weight.sum()

    came = np.average(happened, weights=weight)
    found = np.zeros(design.shape[1])
    found[0] = np.log(came / (1 - came)) - np.average(fixed, weights=weight)
    loss = loss_of(found)
    for _ in range(60):
        risk = _expit(fixed + design @ found)
        gradient = design.T @ (weight * (happened - risk)) - penalty * found
        information = (design * (weight * risk * (1 - risk))[:, None]).T @ design + np.diag(penalty)
        inverse = np.linalg.inv(information + 1e-12 * np.trace(information) * np.eye(len(found)))
        step = inverse @ gradient
        while (new := loss_of(found + step)) > loss + 1e-12:
            step /= 2
        found, loss = found + step, new
        if np.abs(step).max() < 1e-9:
            break
    return found, inverse


def _expit(log_odds: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-np.clip(log_odds, -30, 30)))


def in_the_large(log_odds: np.ndarray, cases: Cases) -> Estimate:
    """By how much log odds are too low (above 0) or too high, on the whole."""
    line = fit_line(log_odds, cases, slope=False)
    return Estimate(None) if line is None else _around(line.intercept, line.intercept_error)


def slope(log_odds: np.ndarray, cases: Cases) -> Estimate:
    """Below 1: scores are too far apart; above 1: too near."""
    line = fit_line(log_odds, cases)
    return Estimate(None) if line is None else _around(line.slope, line.slope_error)


def _around(value: float, error: float) -> Estimate:
    return Estimate(value, value - NORMAL * error, value + NORMAL * error)


def recalibrated(log_odds: np.ndarray, cases: Cases, how: str) -> np.ndarray | None:
    """Log odds after recalibration, each by a line that other practices gave, so that it flatters nobody.

    None where a part of the practices has one outcome alone.
    """
    if how == NONE:
        return log_odds
    parts, found = folds_of(cases), np.array(log_odds)
    for part in range(FOLDS):
        inside = parts == part
        line = fit_line(log_odds[~inside], cases.where(~inside), slope=how == INTERCEPT_AND_SLOPE)
        if line is None:
            return None
        found[inside] = line.of(log_odds[inside])
    return found


def smooth(log_odds: np.ndarray, cases: Cases, at: np.ndarray) -> np.ndarray | None:
    """Observed risk along the scores: logistic regression on a cubic spline of the log odds (Austin 2019).

    at         log odds at which it is wanted
    returns    None where one outcome alone is there, or all scores are one
    """
    from sklearn.preprocessing import SplineTransformer

    known = cases.weight > 0
    given, happened, weight = log_odds[known], cases.happened[known], cases.weight[known]
    if not 0 < happened.sum() < len(happened) or np.ptp(np.quantile(given, [0.05, 0.95])) < _NO_SPREAD:
        return None
    knots = np.unique(np.quantile(given, np.linspace(0.05, 0.95, KNOTS)))
    spline = SplineTransformer(knots=knots[:, None], degree=3, extrapolation="linear", include_bias=False)
    basis = spline.fit_transform(given[:, None])
    design = np.column_stack([np.ones(len(given)), basis])
    found, _ = _newton(design, np.zeros(len(given)), happened, weight, ridge=RIDGE)
    return _expit(found[0] + spline.transform(at[:, None]) @ found[1:])


def distances(log_odds: np.ndarray, cases: Cases) -> dict[str, float | None]:
    """How far the curve lies from the scores: on average, at the 90th percentile, and at most."""
    observed = smooth(log_odds, cases, log_odds)
    if observed is None:
        return dict.fromkeys(("Eavg", "E90", "Emax"))
    known = cases.weight > 0
    apart = np.abs(observed - 1 / (1 + np.exp(-log_odds)))[known]
    order = np.argsort(apart, kind="stable")
    share = np.cumsum(cases.weight[known][order]) / cases.weight.sum()
    return {
        "Eavg": float(np.average(apart, weights=cases.weight[known])),
        "E90": float(apart[order][np.searchsorted(share, 0.9).clip(max=len(apart) - 1)]),
        "Emax": float(apart.max()),
    }
