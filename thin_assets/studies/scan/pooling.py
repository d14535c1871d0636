"""Log odds ratios of several countries brought together: fixed and random effects, heterogeneity."""

import numpy as np
import polars as pl
from scipy.special import chdtrc, ndtr, ndtri, stdtr, stdtrit

LEVEL = 0.95

HETEROGENEOUS_P = 0.1
HETEROGENEOUS_I2 = 0.5
"""Flagged when Q says so at 0.1 (the test is weak for few countries) or over half the spread is no chance."""


def pool(
    log_odds_ratio: np.ndarray, standard_error: np.ndarray, *, level: float = LEVEL, narrowing: bool = False
) -> pl.DataFrame:
    """Pool every exposure over the countries in which it has a finite estimate.

    log_odds_ratio, standard_error   J exposures x C countries; what is not finite or has no error is missing:
                                     give Firth's estimates where separated ones should count
    level        of the intervals
    narrowing    let Hartung-Knapp be narrower than DerSimonian-Laird when countries agree by chance, as
                 the method was first written; it is not, by default (Roever et al. 2015)
    returns      J rows, null where no country has an estimate:

        countries                                how many have one
        fixed, fixed_error, fixed_lower, fixed_upper, fixed_p      weights 1 / error^2
        random, random_error, random_lower, random_upper, random_p     DerSimonian-Laird, normal
        hk_error, hk_lower, hk_upper, hk_p       Hartung-Knapp about the same estimate, t of countries - 1;
                                                 null for one country
        q, q_p, i2, tau2                         heterogeneity; null for one country; tau2 and i2 at least 0
        is_heterogeneous                         q_p < 0.1 or i2 > 0.5; null for one country
    """
    there = np.isfinite(log_odds_ratio) & np.isfinite(standard_error) & (standard_error > 0)
    b = np.where(there, log_odds_ratio, 0.0)
    variance = np.where(there, standard_error, 1.0) ** 2
    k = there.sum(axis=1)
    quantile = ndtri((1 + level) / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        weight = there / variance
        fixed, fixed_error = _mean(weight, b)
        found = {"countries": k} | _normal("fixed", fixed, fixed_error, quantile)
        spread = _heterogeneity(weight, b, fixed, k)
        weight = there / (variance + np.where(k > 1, spread["tau2"], 0.0)[:, None])
        random, random_error = _mean(weight, b)
        found |= _normal("random", random, random_error, quantile)
        found |= _hartung_knapp(weight, b, random, k, level, narrowing) | spread
    frame = pl.DataFrame({name: pl.Series(values, nan_to_null=True) for name, values in found.items()})
    return frame.with_columns(
        is_heterogeneous=(pl.col("q_p") < HETEROGENEOUS_P) | (pl.col("i2") > HETEROGENEOUS_I2)
    )


def _mean(weight: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    total = weight.sum(axis=1)
    return (weight * b).sum(axis=1) / total, 1 / np.sqrt(np.where(total > 0, total, np.nan))


def _normal(name: str, mean: np.ndarray, error: np.ndarray, quantile: float) -> dict[str, np.ndarray]:
    return {
        name: mean,
        f"{name}_error": error,
        f"{name}_lower": mean - quantile * error,
        f"{name}_upper": mean + quantile * error,
        f"{name}_p": 2 * ndtr(-np.abs(mean / error)),
    }


def _heterogeneity(weight: np.ndarray, b: np.ndarray, fixed: np.ndarray, k: np.ndarray) -> dict:
    """Cochran's Q, and the variance between countries by moments: at least 0 (DerSimonian and Laird 1986)."""
    q = np.where(k > 1, (weight * (b - fixed[:, None]) ** 2).sum(axis=1), np.nan)
    total = weight.sum(axis=1)
    scale = total - (weight**2).sum(axis=1) / total
    excess = np.maximum(q - (k - 1), 0.0)
    return {
        "q": q,
        "q_p": chdtrc(np.maximum(k - 1, 1), q),
        "i2": np.where(q > 0, excess / q, q),
        "tau2": excess / scale,
    }


def _hartung_knapp(
    weight: np.ndarray, b: np.ndarray, mean: np.ndarray, k: np.ndarray, level: float, narrowing: bool
) -> dict[str, np.ndarray]:
    """Hartung and Knapp 2001: the error from how countries scatter, its quantile from t."""
    free = np.where(k > 1, k - 1, np.nan)
    scatter = (weight * (b - mean[:, None]) ** 2).sum(axis=1) / free
    scatter = scatter if narrowing else np.maximum(scatter, 1.0)
    error = np.sqrt(scatter / weight.sum(axis=1))
    quantile = stdtrit(free, (1 + level) / 2)
    return {
        "hk_error": error,
        "hk_lower": mean - quantile * error,
        "hk_upper": mean + quantile * error,
        "hk_p": 2 * stdtr(free, -np.abs(mean / error)),
    }
