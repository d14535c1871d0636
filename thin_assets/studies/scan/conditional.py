"""Odds ratio of every exposure by exact conditional likelihood, with interval, p values, Firth's estimate."""

import numpy as np
import polars as pl
from scipy.special import chdtrc, chdtri, log_ndtr

from thin_assets.studies.scan.exact import FEW_SETS, exact_p_values
from thin_assets.studies.scan.likelihood import Likelihood, Slope, Value, beyond, root
from thin_assets.studies.scan.patterns import Patterns

LEVEL = 0.95


def odds_ratios(patterns: Patterns, *, level: float = LEVEL, few_sets: int = FEW_SETS) -> pl.DataFrame:
    """Estimate every exposure of a table of patterns.

    level      of the intervals
    few_sets   up to so many informative sets the exact p value is computed, and is the p value
    returns    one row per exposure, in the order of `patterns.keys`, with

        exposed_cases, exposed_controls, informative_sets
        log_odds_ratio, standard_error   maximum of the conditional likelihood; +-inf when is_separated
        lower, upper                     profile-likelihood interval of the log odds ratio; +-inf when open
        likelihood_ratio, lr_p           2 (l(b) - l(0)), and its p by chi-squared with one degree of freedom
        firth, firth_error               maximum of the penalised likelihood, always finite
        firth_lower, firth_upper, firth_p   by the penalised likelihood ratio
        exact_p, mid_p                   twice the smaller tail, at most 1; null where sets are not few
        p_value, is_exact                exact_p where there is one, else lr_p
        minus_log10_p                    of p_value; finite where p_value itself is too small for a double
        is_separated                     all informative sets say the same: no finite estimate

    Without an informative set everything but the counts is null, and nothing is separated.
    """
    telling = patterns.informative > 0
    like = Likelihood(
        patterns.sets[telling].astype(float),
        np.log(patterns.odds),
        patterns.case_exposed[telling].astype(float),
    )
    found = _estimates(like, level)
    found |= _p_values(found, *exact_p_values(like, few_sets))
    separated = np.zeros(len(telling), dtype=bool)
    separated[telling] = ~np.isfinite(found["log_odds_ratio"])
    return patterns.keys.with_columns(
        exposed_cases=pl.Series(patterns.exposed_cases),
        exposed_controls=pl.Series(patterns.exposed_controls),
        informative_sets=pl.Series(patterns.informative),
        **{name: _spread(values, telling) for name, values in found.items()},
        is_separated=pl.Series(separated),
    ).with_columns(is_exact=pl.when(pl.col("informative_sets") > 0).then(pl.col("exact_p").is_not_null()))


def _estimates(like: Likelihood, level: float) -> dict[str, np.ndarray]:
    b, firth = most_likely(like), firth_estimate(like)
    top, firth_top = like.log(b), like.firth_log(firth)
    with np.errstate(divide="ignore"):
        error = 1 / np.sqrt(np.where(np.isfinite(b), -like.score(np.where(np.isfinite(b), b, 0))[1], 0.0))
    ratio, firth_ratio = (2 * np.maximum(high, 0.0) for high in (top, firth_top))
    lower, upper = (profile_limit(like, b, top, firth, side, level) for side in (-1, 1))
    firth_lower, firth_upper = (firth_limit(like, firth, firth_top, side, level) for side in (-1, 1))
    return {
        "log_odds_ratio": b,
        "standard_error": error,
        "lower": lower,
        "upper": upper,
        "likelihood_ratio": ratio,
        "lr_p": chdtrc(1, ratio),
        "firth": firth,
        "firth_error": 1 / np.sqrt(-like.score(firth)[1]),
        "firth_lower": firth_lower,
        "firth_upper": firth_upper,
        "firth_p": chdtrc(1, firth_ratio),
    }


def _p_values(found: dict[str, np.ndarray], exact: np.ndarray, mid: np.ndarray) -> dict[str, np.ndarray]:
    """The p value that counts, and its logarithm where it is smaller than a double can be."""
    known = ~np.isnan(exact)
    by_ratio = -(log_ndtr(-np.sqrt(found["likelihood_ratio"])) + np.log(2)) / np.log(10)
    return {
        "exact_p": exact,
        "mid_p": mid,
        "p_value": np.where(known, exact, found["lr_p"]),
        "minus_log10_p": np.where(known, -np.log10(np.where(known, exact, 1.0)), by_ratio) + 0.0,
    }


def most_likely(like: Likelihood) -> np.ndarray:
    """Maximum of the conditional likelihood; +-inf when every informative set says the same."""
    b = np.where(like.events == 0, -np.inf, np.inf)
    inner = (like.events > 0) & (like.events < like.total)
    some = like.only(inner)
    low, high = some.between(some.events, some.total)
    b[inner] = root(some.score, low, high, (low + high) / 2)
    return b


def firth_estimate(like: Likelihood) -> np.ndarray:
    """Maximum of the likelihood with Jeffreys' prior: half a set more on either side, where all are alike."""
    low, high = like.between(like.events + 0.5, like.total + 1)
    return root(like.firth_score, low, high, (low + high) / 2)


def profile_limit(
    like: Likelihood, b: np.ndarray, top: np.ndarray, within: np.ndarray, side: int, level: float
) -> np.ndarray:
    """Where the log-likelihood has fallen by half the quantile of chi-squared; infinite where it never does.

    b, top   maximum of the likelihood, and the log-likelihood there
    within   a finite point to set out from where b is infinite
    side     -1: lower limit, 1: upper limit
    """
    limit = np.full(len(b), side * np.inf)
    closed = b != side * np.inf
    some, b, target = like.only(closed), b[closed], top[closed] - chdtri(1, 1 - level) / 2
    finite = np.isfinite(b)
    start = np.where(finite, b, within[closed])
    # towards an infinite estimate until the likelihood is as good as the interval asks
    start = beyond(lambda x: -some.log(x), start, -target, np.where(finite, 0.0, -side))
    limit[closed] = _crossing(some.log, some.score, start, target, side)
    return limit


def firth_limit(like: Likelihood, firth: np.ndarray, top: np.ndarray, side: int, level: float) -> np.ndarray:
    """The same of the penalised likelihood; always finite."""
    target = top - chdtri(1, 1 - level) / 2
    return _crossing(like.firth_log, like.firth_score, firth, target, side)


def _crossing(log: Value, score: Slope, start: np.ndarray, target: np.ndarray, side: int) -> np.ndarray:
    """Where `log` passes `target` on one side of a point above it; Newton from outside does not overshoot."""
    outside = beyond(log, start, target, np.full(len(start), side * 0.5))

    def height(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return log(x) - target, score(x)[0]

    low, high = (start, outside) if side > 0 else (outside, start)
    return root(height, low, high, outside, rising=side < 0)


def _spread(values: np.ndarray, telling: np.ndarray) -> pl.Series:
    """Values of the exposures that have some, among all; null elsewhere."""
    every = np.full(len(telling), np.nan)
    every[telling] = values
    return pl.Series(every, nan_to_null=True)
