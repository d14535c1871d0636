"""Small tools of spelling: texts by number, the columns of a layout, staff keys, doses, clock times."""

from functools import cache

import numpy as np
import polars as pl

from thin_assets.domain.layout import column_names
from thin_assets.synthetic.codes.products import TELLS_CLASS
from thin_assets.synthetic.coding import codes, products
from thin_assets.synthetic.names import spelled_key
from thin_assets.synthetic.pool import units
from thin_assets.synthetic.therapy import daily_units

CATCH_ALL = "1001400153"
"""Entity of a laboratory test in countries where only the local code says which test it was."""

FIRST_STAFF, MOST_STAFF = 5_000_000, 20_000
UNKNOWN_STAFF = 9_000
"""Nobody in a practice has a number from here on."""


def at(texts: list, index: np.ndarray) -> pl.Series:
    """Text at each index; null where the index is negative."""
    table = pl.Series([*texts, None], dtype=pl.String)
    return table.gather(np.where(index < 0, len(texts), index))


def replaced(series: pl.Series, where: np.ndarray, value: str | None) -> pl.Series:
    """The series with one value where the mask is true."""
    chosen = np.flatnonzero(where)
    return series.scatter(chosen, value) if len(chosen) else series


def optional(numbers: np.ndarray, known: np.ndarray) -> pl.Series:
    """Numbers, null where not known."""
    return pl.Series(numbers).set(pl.Series(~known), None)


def framed(table: str, columns: dict[str, pl.Series]) -> pl.DataFrame:
    """A frame with every column of the layout, null where nothing is said."""
    missing = [name for name in column_names(table) if name not in columns]
    nulls = [pl.lit(None, dtype=pl.String).alias(name) for name in missing]
    return pl.DataFrame(columns).with_columns(nulls).select(column_names(table))


@cache
def _staff_table() -> pl.Series:
    return spelled_key(np.arange(MOST_STAFF) + FIRST_STAFF)


def staff_keys(numbers: np.ndarray) -> pl.Series:
    """Key of each member of staff of a practice."""
    return _staff_table().gather(numbers.astype(np.int64))


@cache
def _minutes() -> pl.Series:
    return pl.Series([f"{minute // 60:02d}{minute % 60:02d}00" for minute in range(24 * 60)])


def clock(seconds: np.ndarray) -> pl.Series:
    """HHMMSS of seconds since midnight, to the minute."""
    return _minutes().gather(seconds // 60)


@cache
def case_twin() -> str:
    """A code that differs from a known one by letter case only."""
    return codes("diagnoses").filter(pl.col("notion") == "case_twin")["read2"].item()


@cache
def doses() -> pl.DataFrame:
    """Dosage lookup: one code per number of units a day."""
    amounts = sorted(set(daily_units()))
    return pl.DataFrame(
        {"daily": amounts, "doscode": [f"{number:07d}" for number in range(1, len(amounts) + 1)]}
    )


@cache
def dose_codes() -> pl.Series:
    """Dosage code of each product."""
    products = pl.DataFrame({"daily": daily_units()})
    return products.join(doses(), on="daily", how="left", maintain_order="left")["doscode"]


@cache
def classes_told(country: str) -> pl.Series:
    """ATC class that stands beside the prescription of each product.

    British records leave it to the list of drugs, except for products that are in no list.
    """
    tells = ("class",) if country == "GB" else TELLS_CLASS
    return products().select(pl.when(pl.col("known_by").is_in(tells)).then("atc"))["atc"]


@cache
def is_laboratory() -> np.ndarray:
    """Whether each test comes from a laboratory."""
    return (codes("tests")["datafile"] == "TEST").to_numpy()


@cache
def unit_texts() -> list[str | None]:
    """Text of each unit, in the order of the pool; none where no unit was recorded."""
    return [None if code == "MEA000" else text for code, text in units().iter_rows()]


@cache
def tests_as_sent(country: str) -> pl.DataFrame:
    """Entity, LOINC and local code that a country sends for each test."""
    laboratory, nothing = pl.col("datafile") == "TEST", pl.lit(None, dtype=pl.String)
    own_entities = country in ("GB", "FR")
    return codes("tests").select(
        entity=pl.when(laboratory & (not own_entities)).then(pl.lit(CATCH_ALL)).otherwise("ahdcode"),
        loinc=pl.col("loinc") if country == "FR" else nothing,
        local=nothing if own_entities else pl.when(laboratory).then("local_code"),
    )
