"""The short keys of a delivery: four characters, case-sensitive, unique within their practice or patient."""

from functools import lru_cache

import numpy as np
import polars as pl

ALPHABET = np.frombuffer(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", dtype=np.uint8)
ROOM = 62**4
_STEP, _FIRST = 7_368_787, 1_234_567

STRANGER = 14_000_000
"""From this number on no patient is ever named: keys of events whose patient nobody delivered."""


def spelled_key(numbers: np.ndarray) -> pl.Series:
    """The key of each number below ROOM; different numbers have different keys.

    >>> spelled_key(np.array([0, 1])).to_list()
    ['5BAN', 'a67m']
    """
    mixed = (numbers.astype(np.int64) * _STEP + _FIRST) % ROOM
    letters = ALPHABET[(mixed[:, None] // 62 ** np.arange(3, -1, -1)) % 62]
    return pl.Series(np.ascontiguousarray(letters).view("S4").ravel().astype("U4"), dtype=pl.String)


@lru_cache(maxsize=4)
def _keys_until(count: int) -> pl.Series:
    return pl.concat([spelled_key(np.arange(count)), pl.Series([None], dtype=pl.String)]).rechunk()


def record_keys(numbers: np.ndarray) -> pl.Series:
    """Keys of many small numbers, looked up; null for -1."""
    count = -(-(int(numbers.max(initial=0)) + 1) // 10_000) * 10_000
    return _keys_until(count).gather(np.where(numbers < 0, count, numbers))
