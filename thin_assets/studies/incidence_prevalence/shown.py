"""Which numbers of an analysis a page may show: 1 to 9 are hidden, and what would give them away in a sum.

A page tells an outcome by period, by sex, by age, and by sex and age together; each is a part of the same
total. Outcomes may lie within each other, such as strict and broad definitions of a disease: where two differ
by 1 to 9, the one that is told later is hidden. The same holds of the persons who are looked at: everybody
less those at risk of a disease are those who had it before.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from thin_assets.domain.disclosure import complement, rate_is_shown
from thin_assets.pages.figures import is_few
from thin_assets.studies.incidence_prevalence.incidence import ALL

Key = tuple[str, str, str]
"""Period, sex and band of age."""

Sum = tuple[Key, list[Key]]
"""A key that is the sum of others."""

Estimate = tuple[float, float, float]


@dataclass(frozen=True)
class Cell:
    """Counts of a key, and the estimate that they make; None of what is kept back."""

    persons: int
    events: int
    estimate: Estimate | None

    @property
    def is_small(self) -> bool:
        """Whether one of its counts points at few."""
        return is_few(self.events) or is_few(self.persons)


@dataclass(frozen=True)
class Told:
    """One analysis and outcome as a page may show it.

    total             period that stands for the whole
    sums              keys whose events are the sum of others
    sums_of_persons   likewise of persons: somebody may be at risk at two ages, and in two years
    hidden            keys of which nothing is shown
    hidden_persons    keys whose persons are not shown
    """

    cells: Mapping[Key, Cell]
    total: str
    sums: tuple[Sum, ...]
    sums_of_persons: tuple[Sum, ...]
    hidden: frozenset[Key] = frozenset()
    hidden_persons: frozenset[Key] = frozenset()

    def events(self, period: str, sex: str = ALL, band: str = ALL) -> int | None:
        """Events, or persons ill; None: kept back, or nobody there."""
        key = (period, sex, band)
        cell = self.cells.get(key)
        return None if cell is None or key in self.hidden else cell.events

    def persons(self, period: str, sex: str = ALL, band: str = ALL) -> int | None:
        """Persons in the denominator; None likewise."""
        key = (period, sex, band)
        cell = self.cells.get(key)
        return None if cell is None or key in self.hidden_persons else cell.persons

    def estimate(self, period: str, sex: str = ALL, band: str = ALL) -> Estimate | None:
        """Rate or share with its interval, where it rests on enough."""
        key = (period, sex, band)
        cell = self.cells.get(key)
        if cell is None or key in self.hidden or not rate_is_shown(cell.events, cell.persons):
            return None
        return cell.estimate

    @property
    def periods(self) -> list[str]:
        """Those that are parts of the whole, in order."""
        return sorted({period for period, _, _ in self.cells} - {self.total})


def told(rows: pl.DataFrame, measure: str, *, periods_add_up: bool, total: str = ALL) -> Told:
    """Rows of one analysis and outcome, judged.

    measure           column of the estimate; its ends are named after it
    periods_add_up    as those of an incidence; a prevalence of another year is another table
    total             period by which sex and age are told
    """
    names = ("period", "sex", "age_band", "denominator_count", "outcome_count")
    ends = (measure, f"{measure}_95ci_lower", f"{measure}_95ci_upper")
    cells = {
        tuple(key): Cell(persons, events, None if None in estimate else tuple(estimate))
        for *key, persons, events, estimate in (
            (*row[:5], row[5:]) for row in rows.select(*names, *ends).iter_rows()
        )
    }
    shown = {key: one for key, one in cells.items() if key[0] == total or key[1:] == (ALL, ALL)}
    small = {key for key, one in shown.items() if one.is_small}
    sexes, ages = list(_over_sexes(shown, total)), list(_over_ages(shown, total))
    events = (*sexes, *ages, *(_over_periods(shown, total) if periods_add_up else ()))
    persons = sexes if periods_add_up else [*sexes, *ages]
    few = {key for key, one in shown.items() if is_few(one.persons)}
    return _hiding(Told(shown, total, events, tuple(persons)), small, few)


def apart(outcomes: Sequence[Told], beside: Sequence[Told] = ()) -> list[Told]:
    """Outcomes of one page; of two that differ by few in a cell, the later is hidden there.

    beside    what the page tells too, whose events are others; persons are compared with it as well
    """
    found: list[Told] = []
    for one in outcomes:
        persons = {key for other in (*beside, *found) for key in _near(one, other, "persons")}
        found.append(_hiding(one, {key for other in found for key in _near(one, other, "events")}, persons))
    return found


def _near(one: Told, other: Told, counted: str) -> Iterator[Key]:
    """Keys of which the two differ by few."""
    for key in one.cells.keys() & other.cells.keys():
        if is_few(abs(getattr(one.cells[key], counted) - getattr(other.cells[key], counted))):
            yield key


def _hiding(one: Told, keys: Iterable[Key], persons: Iterable[Key]) -> Told:
    """With these keys hidden too, persons of those, and whatever would give them away."""
    events_of = {key: cell.events for key, cell in one.cells.items()}
    persons_of = {key: cell.persons for key, cell in one.cells.items()}
    hidden = complement(events_of, {*one.hidden, *keys}, one.sums)
    hidden_persons = complement(persons_of, {*one.hidden_persons, *persons}, one.sums_of_persons)
    return replace(one, hidden=frozenset(hidden), hidden_persons=frozenset(hidden_persons))


def _over_periods(cells: Mapping[Key, Cell], total: str) -> Iterator[Sum]:
    parts = [key for key in cells if key[0] != total]
    if parts and (total, ALL, ALL) in cells:
        yield (total, ALL, ALL), parts


def _over_sexes(cells: Mapping[Key, Cell], total: str) -> Iterator[Sum]:
    inside = [key for key in cells if key[0] == total]
    for band in sorted({band for _, _, band in inside}):
        if (total, ALL, band) in cells:
            yield (total, ALL, band), [key for key in inside if key[2] == band and key[1] != ALL]


def _over_ages(cells: Mapping[Key, Cell], total: str) -> Iterator[Sum]:
    inside = [key for key in cells if key[0] == total]
    for sex in sorted({sex for _, sex, _ in inside}):
        if (total, sex, ALL) in cells:
            yield (total, sex, ALL), [key for key in inside if key[1] == sex and key[2] != ALL]
