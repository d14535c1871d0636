"""Counts by day that curves are made of."""

import numpy as np


def by_day(days: np.ndarray, which: np.ndarray | None = None, *, last: int) -> np.ndarray:
    """Persons whose follow-up ended on each day from 0 to `last`; those of a mask where one is given."""
    chosen = days if which is None else days[which]
    return np.bincount(chosen, minlength=last + 1)[: last + 1]


def at_risk(days: np.ndarray, *, last: int) -> np.ndarray:
    """Persons followed until each day or longer, from day 0 to `last`."""
    ends = by_day(days, last=last)
    return len(days) - np.concatenate([[0], np.cumsum(ends)[:-1]])


def last_day(days: np.ndarray) -> int:
    """Last day of follow-up of anybody; 0 of nobody."""
    return int(days.max(initial=0))
