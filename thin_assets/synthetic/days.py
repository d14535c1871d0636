"""Days as integers (days since 1970-01-01) and how a delivery spells them."""

import datetime as dt
from functools import cache

import numpy as np
import polars as pl

EPOCH = dt.date(1970, 1, 1)
NEVER = np.int32(2**30)
"""A day that does not come: not registered out, not dead, not known."""

_FIRST, _LAST = dt.date(1850, 1, 1), dt.date(2129, 12, 31)
YEAR = 365.25


def day(date: dt.date) -> int:
    """Day number of a date."""
    return (date - EPOCH).days


def new_year(year: int) -> int:
    """Day number of 1 January."""
    return day(dt.date(year, 1, 1))


def years_of(days: np.ndarray) -> np.ndarray:
    """Calendar year of each day number."""
    return days.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int32) + 1970


def months_of(days: np.ndarray) -> np.ndarray:
    """Months since 1970-01 of each day number."""
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int32)


@cache
def _spellings() -> tuple[pl.Series, int, int]:
    count = day(_LAST) - day(_FIRST) + 1
    full = pl.date_range(_FIRST, _LAST, eager=True).dt.strftime("%Y%m%d")
    months = [f"{year}{month:02d}00" for year in range(_FIRST.year, _LAST.year + 1) for month in range(1, 13)]
    years = [f"{year}0000" for year in range(_FIRST.year, _LAST.year + 1)]
    return pl.concat([full, pl.Series([*months, *years, None])]).rechunk(), count, count + len(months)


def spelled(days: np.ndarray, precision: np.ndarray | None = None) -> pl.Series:
    """YYYYMMDD for each day; null for NEVER; precision 1 leaves the day 00, 2 the month as well.

    >>> spelled(np.array([0, NEVER]))[0]
    '19700101'
    """
    texts, month_start, year_start = _spellings()
    known = days < NEVER
    safe = np.where(known, days, 0)
    at = safe - day(_FIRST)
    if precision is not None and precision.any():
        by_month = month_start + months_of(safe) + (1970 - _FIRST.year) * 12
        by_year = year_start + years_of(safe) - _FIRST.year
        at = np.select([precision == 1, precision == 2], [by_month, by_year], at)
    return texts.gather(np.where(known, at, len(texts) - 1))
