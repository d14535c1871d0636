"""How often a cohort is entered: cases per person-time at risk, by sex and age, with small numbers kept back.

Persons whom an inclusion rule would refuse are not taken out of the denominator: that is what crude means
here, and it makes the rate a little too low.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from thin_assets.disclosure.poisson import exact_interval
from thin_assets.domain.disclosure import SMALLEST_SHOWN, complement, is_disclosive, rate_is_shown
from thin_assets.promises import OUR_FAULT, require
from thin_assets.studies.contract import CrudeIncidence
from thin_assets.studies.incidence_cells import ALL

PER = 100_000

Key = tuple[str, str]
Keys = set[Key]


@dataclass(frozen=True)
class Cell:
    """One group, unsuppressed: these numbers are shown to nobody as they are."""

    sex: str
    age_band: str
    persons: int
    person_years: float
    cases: int

    @property
    def key(self) -> Key:
        """Sex and band of age; `all` for a total."""
        return self.sex, self.age_band


_CELL = ("sex", "age_band", "persons", "person_years", "cases")


def crude_incidence(cells: pl.DataFrame, *, limit: int = SMALLEST_SHOWN) -> pl.DataFrame:
    """Cases, person-years and rate of cohorts by sex and age; what is too small is kept back.

    cells      exact, as `contract.IncidenceCell`; cohorts without a row have nobody at risk and are absent
    limit      smallest count of persons that is shown
    returns    as `contract.CrudeIncidence`, by cohort, totals first; age is the calendar year less the
               year of birth
    """
    by_cohort: dict[int, list[Cell]] = {}
    for cohort, *cell in cells.select("cohort_definition_id", *_CELL).iter_rows():
        by_cohort.setdefault(cohort, []).append(Cell(*cell))
    rows = [row for cohort, told in sorted(by_cohort.items()) for row in _rows(cohort, told, limit)]
    found = pl.DataFrame(rows, schema=_SCHEMA, orient="row")
    require(CrudeIncidence, found, name="crude_incidence", where="studies", remedy=OUR_FAULT)
    return found


def _rows(cohort: int, cells: list[Cell], limit: int) -> Iterator[tuple]:
    cells = sorted(cells, key=lambda cell: (cell.sex != ALL, cell.sex, _band_order(cell.age_band)))
    few_persons, few_cases = _hidden_groups(cells, limit), _hidden_cases(cells, limit)
    return ((cohort, *cell.key, *_shown(cell, few_persons, few_cases, limit)) for cell in cells)


def _band_order(band: str) -> int:
    return -1 if band == ALL else int(band.rstrip("+").partition("-")[0])


def _hidden_groups(cells: list[Cell], limit: int) -> Keys:
    """Groups too small to be shown at all, and those of the other sex that would tell their size.

    Over ages persons do not add up, for they grow older; over sexes they do.
    """
    persons = {cell.key: cell.persons for cell in cells}
    return _hidden(persons, _over_sexes(persons), limit)


def _hidden_cases(cells: list[Cell], limit: int) -> Keys:
    """Groups of too few cases, and those from which their number could be computed, over sexes or ages."""
    cases = {cell.key: cell.cases for cell in cells}
    over_ages = [((sex, ALL), [key for key in cases if key[0] == sex and key[1] != ALL]) for sex, _ in cases]
    return _hidden(cases, [*_over_sexes(cases), *over_ages], limit)


def _hidden(counts: dict[Key, int], sums: list[tuple[Key, list[Key]]], limit: int) -> Keys:
    few = {key for key, count in counts.items() if is_disclosive(count, limit=limit)}
    return complement(counts, few, sums, limit=limit)


def _over_sexes(counts: dict[Key, int]) -> list[tuple[Key, list[Key]]]:
    """The total of both sexes in each band of age, and over all ages, with its parts."""
    bands = dict.fromkeys(band for _, band in counts)
    return [((ALL, band), [key for key in counts if key[0] != ALL and key[1] == band]) for band in bands]


def _shown(cell: Cell, few_persons: Keys, few_cases: Keys, limit: int) -> tuple:
    """Persons, years, cases, rate with interval, and whether any of them was kept back."""
    if cell.key in few_persons:
        return (None,) * 6 + (True,)
    years = cell.person_years
    known = (cell.persons, round(years, 1))
    if cell.key in few_cases:
        return (*known, *(None,) * 4, True)
    if not rate_is_shown(cell.cases, cell.persons, limit=limit):
        return (*known, cell.cases, *(None,) * 3, True)
    rate = (round(PER * number / years, 2) for number in (cell.cases, *exact_interval(cell.cases)))
    return (*known, cell.cases, *rate, False)


_SCHEMA = {
    "cohort_definition_id": pl.Int32,
    "sex": pl.String,
    "age_band": pl.String,
    "persons": pl.Int64,
    "person_years": pl.Float64,
    "cases": pl.Int64,
    "rate_per_100000": pl.Float64,
    "rate_lower": pl.Float64,
    "rate_upper": pl.Float64,
    "is_suppressed": pl.Boolean,
}
