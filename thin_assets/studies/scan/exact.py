"""Exact conditional p values of rare exposures: the distribution of exposed cases, were there no association.

Given how many of each set are exposed, the number of sets whose case is exposed is a sum of binomials.
"""

from collections.abc import Iterator

import numpy as np
from scipy.special import expit, gammaln

from thin_assets.studies.scan.likelihood import Likelihood

FEW_SETS = 100
"""Informative sets up to which chi-squared is not trusted: the exact distribution is cheap there."""

AT_ONCE = 512


def exact_p_values(like: Likelihood, few_sets: int = FEW_SETS) -> tuple[np.ndarray, np.ndarray]:
    """Exact p and mid-p of each exposure of at most `few_sets` informative sets; nan for the others.

    Both are twice the smaller tail, at most 1; mid-p counts the observed number by half.
    """
    exact, mid = np.full((2, len(like.events)), np.nan)
    for rows in _alike(like.total, few_sets):
        exact[rows], mid[rows] = _tails(like.only(rows))
    return exact, mid


def _alike(total: np.ndarray, few_sets: int) -> Iterator[np.ndarray]:
    """Rows of about equally many sets, a few at a time, so that no array is longer than it must be."""
    order = np.argsort(total, kind="stable")
    order = order[total[order] <= few_sets]
    for first in range(0, len(order), AT_ONCE):
        yield order[first : first + AT_ONCE]


def _tails(like: Likelihood) -> tuple[np.ndarray, np.ndarray]:
    density = null_distribution(like.sets, expit(like.offset))
    number = np.arange(density.shape[1])
    seen = like.events[:, None]
    here = np.where(number == seen, density, 0).sum(axis=1)
    # each tail is a sum of its own: one less the other would lose the small ones
    tail = np.minimum(*(np.where(rest, density, 0).sum(axis=1) for rest in (number < seen, number > seen)))
    return np.minimum(2 * (tail + here), 1), np.minimum(2 * tail + here, 1)


def null_distribution(sets: np.ndarray, chance: np.ndarray) -> np.ndarray:
    """Probability of 0, 1, 2 ... sets with an exposed case.

    sets      J x K, sets by the chance that their case is exposed
    chance    K
    returns   J x (most sets of an exposure + 1)
    """
    length = int(sets.sum(axis=1).max(initial=0)) + 1
    density = np.zeros((len(sets), length))
    density[:, 0] = 1.0
    for column, p in zip(sets.T, chance, strict=True):
        density = _add(density, _binomial(column, p, length), int(column.max(initial=0)))
    return density


def _add(density: np.ndarray, other: np.ndarray, most: int) -> np.ndarray:
    """Distribution of the sum of two independent numbers, of which the other is at most `most`."""
    found = density * other[:, :1]
    for shift in range(1, most + 1):
        found[:, shift:] += density[:, :-shift] * other[:, shift : shift + 1]
    return found


def _binomial(n: np.ndarray, p: float, length: int) -> np.ndarray:
    factorial = gammaln(np.arange(length) + 1)
    n, x = n.astype(int)[:, None], np.arange(length)
    rest = np.maximum(n - x, 0)
    log = factorial[n] - factorial[x] - factorial[rest] + x * np.log(p) + rest * np.log1p(-p)
    return np.where(x <= n, np.exp(log), 0.0)
