"""Dose-response: does the odds ratio rise with the number of prescriptions?

Members of a set fall into classes, class 0 being unexposed. A pattern is how many members of a set are in
each class and in which one its case is; from counts of patterns come the score test for trend and the odds
ratio of every class.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.special import ndtr

STEPS = 50
TOLERANCE = 1e-10

RANK = 1e-9
"""Smallest share of information that counts as some."""

SEPARATED = 15.0
"""A log odds ratio beyond which an estimate is on its way to infinity."""


@dataclass(frozen=True)
class DosePatterns:
    """Patterns of R rows of J exposures, in D + 1 classes.

    keys       J, sorted
    row        R, the exposure of each pattern
    members    R x (D + 1), members of a set in each class
    case       R, class of the case
    sets       R, sets of this pattern
    """

    keys: pl.DataFrame
    row: np.ndarray
    members: np.ndarray
    case: np.ndarray
    sets: np.ndarray


def dose_patterns_of(
    table: pl.DataFrame, classes: Sequence[str], *, by: Sequence[str] = ("exposure_id",)
) -> DosePatterns:
    """Read a table of `by`, one column of members per class (unexposed first), case_class and sets."""
    keys = table.select(by).unique().sort(by)
    rows = table.join(keys.with_row_index("_row"), on=list(by), how="left").sort(
        "_row", *classes, "case_class"
    )
    return DosePatterns(
        keys,
        rows["_row"].to_numpy().astype(int),
        rows.select(classes).to_numpy().astype(float),
        rows["case_class"].to_numpy().astype(int),
        rows["sets"].to_numpy().astype(float),
    )


def trend_test(patterns: DosePatterns, scores: Sequence[float] | None = None) -> pl.DataFrame:
    """Conditional score test for trend: does the case have a higher dose than its set has on average?

    scores     of the classes; 0, 1, 2 ... when None
    returns    keys with trend_z (positive: cases have more) and trend_p; null when no set has two doses
    """
    score = np.arange(patterns.members.shape[1], dtype=float) if scores is None else np.array(scores, float)
    share = patterns.members / patterns.members.sum(axis=1, keepdims=True)
    mean = share @ score
    excess = _by_key(patterns, score[patterns.case] - mean)
    variance = _by_key(patterns, np.maximum(share @ score**2 - mean**2, 0.0))
    z = np.divide(excess, np.sqrt(variance), out=np.full(len(variance), np.nan), where=variance > 1e-12)
    return patterns.keys.with_columns(
        trend_z=pl.Series(z, nan_to_null=True), trend_p=pl.Series(2 * ndtr(-np.abs(z)), nan_to_null=True)
    )


def class_odds_ratios(patterns: DosePatterns) -> pl.DataFrame:
    """Odds ratio of every class against the unexposed, by conditional likelihood over all classes at once.

    returns    keys, dose_class (1 .. D), log_odds_ratio, standard_error; both null where no set compares a
               class with the unexposed, be it by way of others, or where the estimate runs to infinity
    """
    b = np.zeros((patterns.keys.height, patterns.members.shape[1] - 1))
    for _ in range(STEPS):
        gradient, information = _newton_parts(patterns, b)
        step = np.einsum("jab,jb->ja", _inverse(information), gradient)
        # the parabola resembles the likelihood near by only
        step *= np.minimum(1, 2 / np.maximum(np.abs(step).max(axis=1, keepdims=True), 1e-300))
        b = np.clip(b + step, -2 * SEPARATED, 2 * SEPARATED)
        if (np.abs(step) < TOLERANCE).all():
            break
    information = _newton_parts(patterns, b)[1]
    inverse = _inverse(information)
    # where the likelihood does not tell classes apart, the inverse does not invert
    known = np.abs(np.einsum("jab,jba->ja", inverse, information) - 1) < 1e-3
    error = np.sqrt(np.einsum("jaa->ja", inverse).clip(0))
    return _by_class(patterns.keys, b, error, known & (np.abs(b) < SEPARATED))


def _inverse(information: np.ndarray) -> np.ndarray:
    return np.linalg.pinv(information, rcond=RANK, hermitian=True)


def _by_class(keys: pl.DataFrame, b: np.ndarray, error: np.ndarray, told: np.ndarray) -> pl.DataFrame:
    height, classes = b.shape
    return keys[np.repeat(np.arange(height), classes)].with_columns(
        dose_class=pl.Series(np.tile(np.arange(1, classes + 1), height)),
        log_odds_ratio=pl.Series(np.where(told, b, np.nan).ravel(), nan_to_null=True),
        standard_error=pl.Series(np.where(told, error, np.nan).ravel(), nan_to_null=True),
    )


def _newton_parts(patterns: DosePatterns, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Gradient (J x D) and information (J x D x D)."""
    rate = patterns.members * np.exp(np.pad(b, ((0, 0), (1, 0))))[patterns.row]
    p = (rate / rate.sum(axis=1, keepdims=True))[:, 1:]
    seen = patterns.case[:, None] == np.arange(1, patterns.members.shape[1])
    covariance = np.einsum("ra,ab->rab", p, np.eye(p.shape[1])) - p[:, :, None] * p[:, None, :]
    return _by_key(patterns, seen - p), _by_key(patterns, covariance)


def _by_key(patterns: DosePatterns, values: np.ndarray) -> np.ndarray:
    """Sum over the sets of each exposure."""
    total = np.zeros((patterns.keys.height, *values.shape[1:]))
    np.add.at(total, patterns.row, patterns.sets.reshape(-1, *(1,) * (values.ndim - 1)) * values)
    return total
