"""How a notion (a diagnosis, a drug, a test) is spelled in a country: codes by system, products."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import polars as pl

from thin_assets.domain.countries import COUNTRIES, Coding
from thin_assets.synthetic.codes import (
    DIAGNOSIS_COLUMNS,
    LOCAL_THESAURI,
    is_icd10,
    local_code,
    read,
    spelled,
)
from thin_assets.synthetic.codes import products as dictionary
from thin_assets.synthetic.codes.products import PRODUCTS_PER_DRUG
from thin_assets.synthetic.days import day
from thin_assets.synthetic.parameters import rates

EVER = -(2**30)


@cache
def codes(name: str) -> pl.DataFrame:
    """The rows of `codes/<name>.csv`: diagnoses, drugs or tests; every value as text."""
    return pl.DataFrame(read(name), infer_schema_length=None).with_columns(pl.all().replace("", None))


@cache
def index_of(name: str) -> dict[str, int]:
    """Row number of each notion of `codes/<name>.csv`."""
    return {notion: row for row, notion in enumerate(codes(name)["notion"])}


@dataclass(frozen=True)
class Spellings:
    """The code systems of one country for one kind of thing, and how each spells every thing.

    systems   names, those that follow one another first; `since` the first days of these
    codes     per system, the code of every thing; null where the system has none
    beside    systems used beside the one of the day: number, first day and share of entries
    """

    systems: tuple[str, ...]
    since: np.ndarray
    codes: list[pl.Series]
    beside: tuple[tuple[int, int, float], ...]

    @property
    def exists(self) -> np.ndarray:
        """Whether a system has a code for a thing: (systems, things)."""
        return np.stack([series.is_not_null().to_numpy() for series in self.codes])

    def system_on(self, days: np.ndarray) -> np.ndarray:
        """Index of the system in use on each day."""
        return (np.searchsorted(self.since, days, side="right") - 1).astype(np.int32)

    def texts(self) -> pl.Series:
        """All codes, system after system, and a null: index `system * things + thing`."""
        return pl.concat([*self.codes, pl.Series([None], dtype=pl.String)]).rechunk()


@cache
def diagnoses(country: str) -> Spellings:
    """The code systems of a country with the code of every notion in each."""
    return _spellings(country, COUNTRIES[country].diagnoses, _notions_in)


@cache
def product_codes(country: str) -> Spellings:
    """The product code systems of a country with the code of every product in each."""
    return _spellings(country, COUNTRIES[country].drugs, _products_in)


def _spellings(country: str, codings: tuple[Coding, ...], texts_in) -> Spellings:
    main = [coding for coding in codings if not coding.beside]
    beside = [coding for coding in codings if coding.beside]
    return Spellings(
        tuple(coding.system for coding in [*main, *beside]),
        np.array([_first_day(coding) for coding in main]),
        [texts_in(coding).alias("code") for coding in [*main, *beside]],
        tuple(
            (number, _first_day(coding), _share_beside(country, coding.system))
            for number, coding in enumerate(beside, start=len(main))
        ),
    )


def _first_day(coding: Coding) -> int:
    return EVER if coding.since is None else day(coding.since)


def _share_beside(country: str, system: str) -> float:
    row = rates("codings").row(
        by_predicate=(pl.col("country") == country) & (pl.col("system") == system), named=True
    )
    return row["share"]


def _notions_in(coding: Coding) -> pl.Series:
    system, book = coding.system, codes("diagnoses")
    if system in LOCAL_THESAURI:
        known = zip(book["notion"], book["icd10"], strict=True)
        return pl.Series([local_code(system, notion) if is_icd10(icd10) else None for notion, icd10 in known])
    return pl.Series([code and spelled(system, code) for code in book[DIAGNOSIS_COLUMNS[system]]])


def _products_in(coding: Coding) -> pl.Series:
    made = [
        dictionary.product_code(coding.system, drug, number)
        for drug in read("drugs")
        for number in range(PRODUCTS_PER_DRUG)
    ]
    return pl.Series([dictionary.spelled(coding.system, code, coding.digits) for code in made])


@cache
def products() -> pl.DataFrame:
    """Invented products: PRODUCTS_PER_DRUG for every drug and device, with what the dictionary says of it."""
    drugs = codes("drugs")
    return drugs[np.repeat(np.arange(len(drugs)), PRODUCTS_PER_DRUG)]
