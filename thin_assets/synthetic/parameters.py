"""The rates behind the lives: CSV files of `rates/`, read once; no number of the trade stands in the code."""

from functools import cache
from importlib.resources import files

import numpy as np
import polars as pl

OLDEST = 110
_RATES = files("thin_assets.synthetic").joinpath("rates")


@cache
def rates(name: str) -> pl.DataFrame:
    """The rows of `rates/<name>.csv`."""
    return pl.read_csv(_RATES.joinpath(f"{name}.csv").read_bytes(), infer_schema_length=None)


@cache
def country_rates(country: str) -> dict:
    """The row of a country in `rates/countries.csv`, with its cancer multipliers in the same dict."""
    row = rates("countries").row(by_predicate=pl.col("country") == country, named=True)
    return row | rates("cancer_multipliers").row(by_predicate=pl.col("country") == country, named=True)


def age_columns(frame: pl.DataFrame) -> list[str]:
    """Columns of a frame that are named by an age: the first age of a band."""
    return [name for name in frame.columns if name.isdigit()]


def by_age(frame: pl.DataFrame) -> np.ndarray:
    """Rows x single years of age 0..OLDEST, each band spread over its years."""
    starts = [int(name) for name in age_columns(frame)]
    band = np.searchsorted(starts, np.arange(OLDEST + 1), side="right") - 1
    return frame.select(age_columns(frame)).to_numpy().astype(np.float64)[:, band]


def by_age_rows(frame: pl.DataFrame, column: str) -> np.ndarray:
    """Single years of age 0..OLDEST of a table with one row per band (`age_from`)."""
    band = np.searchsorted(frame["age_from"].to_numpy(), np.arange(OLDEST + 1), side="right") - 1
    return frame[column].to_numpy().astype(np.float64)[band]


@cache
def pyramid(country: str) -> np.ndarray:
    """Share of the population at each year of age (sums to 1); the oldest band thins out."""
    frame = rates("pyramid")
    starts = frame["age_from"].to_numpy()
    widths = np.append(np.diff(starts), 10)
    share = by_age_rows(frame, country) / by_age_rows(frame.with_columns(width=pl.Series(widths)), "width")
    ages = np.arange(OLDEST + 1)
    share = np.where(ages >= 90, share * 2 * np.exp(-(ages - 90) / 3.5), share)
    return share / share.sum()


def by_sex(ratio: np.ndarray) -> np.ndarray:
    """Multipliers (female, male) of a rate with this male to female ratio; one sex alone at 1000 or 0.001."""
    male = np.where(ratio >= 1000, 2.0, np.where(ratio <= 0.001, 0.0, 2 * ratio / (1 + ratio)))
    return np.stack([2 - male, male])
