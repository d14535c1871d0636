"""Rows as parallel numpy arrays: the shape in which simulated events travel before they are spelled."""

from collections.abc import Iterable

import numpy as np

Rows = dict[str, np.ndarray]
"""Column name to array; all arrays of one Rows have the same length."""


def size(rows: Rows) -> int:
    """Number of rows."""
    return len(next(iter(rows.values())))


def take(rows: Rows, which: np.ndarray) -> Rows:
    """The rows at an index array, or where a mask is true."""
    return {name: values[which] for name, values in rows.items()}


def stacked(parts: Iterable[Rows]) -> Rows:
    """Several Rows with the same columns, one below the other."""
    parts = list(parts)
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def numbered(rows: Rows, first: int) -> Rows:
    """Rows sorted by patient and day, with `number`: first, first + 1, ... within each patient."""
    order = np.argsort(rows["who"].astype(np.int64) * 2**32 + rows["day"] + 2**30, kind="stable")
    ordered = take(rows, order)
    who = ordered["who"]
    starts = np.flatnonzero(np.diff(who, prepend=-1))
    lengths = np.diff(np.append(starts, len(who)))
    within = np.arange(len(who)) - np.repeat(starts, lengths)
    return ordered | {"number": (first + within).astype(np.int32), "order": order.astype(np.int32)}


def first_of_each(who: np.ndarray, day: np.ndarray, what: np.ndarray) -> np.ndarray:
    """Mask of the first row of every (patient, day, what); `what` is a small number."""
    key = ((who.astype(np.int64) << 18) + (day + 2**17) << 20) + what
    order = np.argsort(key, kind="stable")
    changed = np.ones(len(order), dtype=bool)
    changed[1:] = np.diff(key[order]) != 0
    mask = np.empty(len(order), dtype=bool)
    mask[order] = changed
    return mask
