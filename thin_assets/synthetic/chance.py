"""Chance that can be repeated: one independent random stream for every thing that is drawn.

A stream is named by what it is for (seed, country, chunk, year, table ...), so a new kind of draw, another
month or another machine never moves the draws of the others.
"""

import hashlib

import numpy as np


def stream(*names: object) -> np.random.Generator:
    """The random generator of a name; the same name gives the same numbers everywhere."""
    digest = hashlib.sha256("/".join(map(str, names)).encode()).digest()
    return np.random.Generator(np.random.SFC64(int.from_bytes(digest[:16], "big")))


def happens(rng: np.random.Generator, chances: np.ndarray) -> np.ndarray:
    """True with the chance given for each element."""
    return rng.random(len(chances), dtype=np.float32) < chances


def pick(rng: np.random.Generator, cumulative: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """For each element, one column of its row of a table of cumulative shares (each row ends at 1)."""
    points = rng.random(len(rows), dtype=np.float32)
    flat = (cumulative + np.arange(len(cumulative))[:, None]).ravel()
    found = np.searchsorted(flat, rows + points.astype(np.float64), side="right")
    return np.minimum(found - rows * cumulative.shape[1], cumulative.shape[1] - 1).astype(np.int32)


def days_within(rng: np.random.Generator, first: np.ndarray, after: np.ndarray) -> np.ndarray:
    """A day in [first, after) for each element; `first` where the span is empty."""
    span = np.maximum(after - first, 1)
    return (first + (rng.random(len(first), dtype=np.float32) * span).astype(np.int32)).astype(np.int32)


def exactly(
    rng: np.random.Generator, candidates: np.ndarray, share: float, of: float, *, least: int
) -> np.ndarray:
    """`share * of` of the candidates (rounded, at least `least`), at most half of them, without repeats."""
    wanted = min(max(round(share * of), least), len(candidates) // 2)
    return candidates[rng.choice(len(candidates), wanted, replace=False, shuffle=False)]
