"""How a notion (a diagnosis, a drug, a test) is spelled in a country: codes by system, products."""

import hashlib
from dataclasses import dataclass
from functools import cache

import numpy as np
import polars as pl

from thin_assets.domain.countries import COUNTRIES
from thin_assets.synthetic.codes import DIAGNOSIS_COLUMNS, read
from thin_assets.synthetic.days import day

PRODUCT_SHAPES = {
    "DMD": ("", 17),
    "CIP13": ("34009", 8),
    "CN": ("", 7),
    "AIC": ("0", 8),
    "PZN": ("", 8),
    "CNK": ("", 7),
    "CIMRO": ("W", 8),
}
"""Prefix and number of digits of an invented product code."""

PRODUCTS_PER_DRUG = 2


@cache
def codes(name: str) -> pl.DataFrame:
    """The rows of `codes/<name>.csv`: diagnoses, drugs or tests; every value as text."""
    return pl.DataFrame(read(name), infer_schema_length=None).with_columns(pl.all().replace("", None))


@cache
def index_of(name: str) -> dict[str, int]:
    """Row number of each notion of `codes/<name>.csv`."""
    return {notion: row for row, notion in enumerate(codes(name)["notion"])}


@dataclass(frozen=True)
class Diagnoses:
    """The diagnosis codes of one country.

    systems   names, in order of their start; `since` their first days
    codes     (systems, notions) texts; null where a system has no code for a notion
    """

    systems: tuple[str, ...]
    since: np.ndarray
    codes: list[pl.Series]
    exists: np.ndarray

    def system_on(self, days: np.ndarray) -> np.ndarray:
        """Index of the system in use on each day."""
        return (np.searchsorted(self.since, days, side="right") - 1).astype(np.int32)

    def texts(self) -> pl.Series:
        """All codes, system after system, and a null: index `system * notions + notion`."""
        return pl.concat([*self.codes, pl.Series([None], dtype=pl.String)]).rechunk()


@cache
def diagnoses(country: str) -> Diagnoses:
    """The code systems of a country with the code of every notion in each."""
    book = codes("diagnoses")
    codings = COUNTRIES[country].diagnoses
    texts = [book[DIAGNOSIS_COLUMNS[coding.system]].alias("code") for coding in codings]
    since = [-(2**30) if coding.since is None else day(coding.since) for coding in codings]
    exists = np.stack([series.is_not_null().to_numpy() for series in texts])
    return Diagnoses(tuple(coding.system for coding in codings), np.array(since), texts, exists)


@cache
def products(country: str) -> pl.DataFrame:
    """Invented products: PRODUCTS_PER_DRUG for every drug, in the country's own product code system."""
    system = COUNTRIES[country].drugs
    drugs = codes("drugs")
    repeated = drugs[np.repeat(np.arange(len(drugs)), PRODUCTS_PER_DRUG)]
    made = [
        _product_code(
            system, f"{row['atc']}/{row['form']}/{row['strength_num']}/{number % PRODUCTS_PER_DRUG}"
        )
        for number, row in enumerate(repeated.iter_rows(named=True))
    ]
    return repeated.with_columns(code=pl.Series(made), system=pl.lit(system))


def _product_code(system: str, what: str) -> str:
    prefix, digits = PRODUCT_SHAPES[system]
    number = int.from_bytes(hashlib.sha256(f"{system}/{what}".encode()).digest()[:8], "big")
    return f"{prefix}{number % 10**digits:0{digits}d}"
