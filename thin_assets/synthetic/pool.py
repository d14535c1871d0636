"""The texts that additional health data are made of: numbers and some words, told by place in one list.

The six data columns mean something else for each kind of entity; so a row carries six places in this list.
"""

from functools import cache

import numpy as np
import polars as pl

from thin_assets.synthetic.coding import codes

LARGEST = (20_000, 30_000, 20_000)
"""Largest scaled number for 0, 1 and 2 decimals: 20000, 3000.0, 200.00."""

DATA = tuple(f"data{number}" for number in range(1, 7))
NULL = -1
FIRST_YEAR, LAST_YEAR = 1940, 2060
WORDS = ("OPR001", "OPR003", "OPR004", "N", "Y", "D", "haemolysed", "insufficient", "HI", "LO", "POS", "NEG")


@cache
def texts() -> pl.Series:
    """Numbers with 0, 1 and 2 decimals, words, unit codes, years; a null last."""
    numbers = [
        f"{scaled / 10**places:.{places}f}"
        for places, most in enumerate(LARGEST)
        for scaled in range(most + 1)
    ]
    years = [f"{year}0000" for year in range(FIRST_YEAR, LAST_YEAR)]
    return pl.Series([*numbers, *WORDS, *units()["code"], *years, None])


@cache
def units() -> pl.DataFrame:
    """Unit codes and texts; the code MEA000 stands for none recorded."""
    return codes("lookups").filter(pl.col("lookup") == "unit").select("code", "description")


@cache
def numbers_in_all() -> int:
    """How many numbers the list begins with."""
    return sum(most + 1 for most in LARGEST)


@cache
def word(text: str) -> int:
    """Place of a word, a unit code or a year."""
    return numbers_in_all() + texts()[numbers_in_all() :].to_list().index(text)


def number(values: np.ndarray, places: int) -> np.ndarray:
    """Place of each value, rounded to a number of decimals.

    >>> texts()[int(number(np.array([13.46]), 1)[0])]
    '13.5'
    """
    offset = sum(most + 1 for most in LARGEST[:places])
    scaled = np.rint(np.nan_to_num(values) * 10**places).clip(0, LARGEST[places])
    return (offset + scaled).astype(np.int32)


def told(places: np.ndarray) -> pl.Series:
    """The text at each place; null for NULL."""
    return texts().gather(np.where(places < 0, len(texts()) - 1, places))
