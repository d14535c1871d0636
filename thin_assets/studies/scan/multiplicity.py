"""What a p value means among thousands: corrections, inflation, and calibration on negative controls."""

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtri, ndtr

FEWEST_CONTROLS = 5
"""Negative controls from which a null distribution is estimated; fewer say too little of its spread."""


def bonferroni(p: np.ndarray, *, tests: int | None = None) -> np.ndarray:
    """p times the number of tests, at most 1.

    p        nan where nothing was tested
    tests    how many were made, when p holds some of them only; else the p that are known
    """
    made = int((~np.isnan(p)).sum()) if tests is None else tests
    return np.minimum(p * made, 1.0)


def benjamini_hochberg(p: np.ndarray) -> np.ndarray:
    """Smallest rate of false discoveries at which each would be one; nan stays (Benjamini, Hochberg 1995)."""
    found, known = np.full(len(p), np.nan), ~np.isnan(p)
    if known.any():
        down = np.argsort(p[known])[::-1]
        rank = np.arange(len(down), 0, -1)
        at_least = np.minimum.accumulate(p[known][down] * (len(down) / rank))
        found[np.flatnonzero(known)[down]] = np.minimum(at_least, 1.0)
    return found


@dataclass(frozen=True)
class Inflation:
    """Median of the test statistics over that of chi-squared; nan when no test entered.

    tests    how many entered
    """

    factor: float
    tests: int


def genomic_inflation(likelihood_ratio: np.ndarray, enters: np.ndarray) -> Inflation:
    """Lambda of a scan: 1 when most exposures have no association and nothing is confounded.

    likelihood_ratio   statistics with one degree of freedom; nan where nothing was tested
    enters             which tests count: those of enough informative sets that chi-squared holds. The
                       statistics of rare exposures take few values, and their median is not that of
                       chi-squared; known effects and negative controls by choice of the caller
    """
    counted = likelihood_ratio[enters & ~np.isnan(likelihood_ratio)]
    if not len(counted):
        return Inflation(float("nan"), 0)
    return Inflation(float(np.median(counted) / chdtri(1, 0.5)), len(counted))


@dataclass(frozen=True)
class EmpiricalNull:
    """How log odds ratios of exposures without an effect scatter, beyond their standard errors.

    mean, sd    of the systematic error, on the log scale; 0 and 0 in a perfect design
    controls    negative controls it was estimated from
    """

    mean: float
    sd: float
    controls: int

    def p_values(self, log_odds_ratio: np.ndarray, standard_error: np.ndarray) -> np.ndarray:
        """Two-sided p of estimates if they were negative controls; nan where an estimate is not finite."""
        usable = np.isfinite(log_odds_ratio) & np.isfinite(standard_error)
        with np.errstate(invalid="ignore"):
            z = (log_odds_ratio - self.mean) / np.sqrt(self.sd**2 + standard_error**2)
        return np.where(usable, 2 * ndtr(-np.abs(np.where(usable, z, 0.0))), np.nan)


def empirical_null(log_odds_ratio: np.ndarray, standard_error: np.ndarray) -> EmpiricalNull | None:
    """Estimate the null distribution of a design from its negative controls, by maximum likelihood.

    Each estimate is normal around a systematic error that is normal itself (Schuemie et al. 2014). Estimates
    that are not finite do not enter. None from fewer than 5 controls.
    """
    usable = np.isfinite(log_odds_ratio) & np.isfinite(standard_error)
    b, variance = log_odds_ratio[usable], standard_error[usable] ** 2
    if len(b) < FEWEST_CONTROLS:
        return None

    from scipy.optimize import minimize_scalar  # dear to import, and seldom needed

    def mean(sd: float) -> float:
        return float(np.average(b, weights=1 / (variance + sd**2)))

    def unlikely(sd: float) -> float:
        total = variance + sd**2
        return float(((b - mean(sd)) ** 2 / total + np.log(total)).sum() / 2)

    found = minimize_scalar(unlikely, bounds=(0.0, 2 * float(np.std(b)) + 1e-6), options={"xatol": 1e-8})
    sd = float(found.x) if found.fun < unlikely(0.0) else 0.0
    return EmpiricalNull(mean(sd), sd, len(b))
