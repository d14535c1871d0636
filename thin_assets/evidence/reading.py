"""A profile as a page reads it: counts and distributions looked up by analysis and strata."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from thin_assets.domain.disclosure import SMALLEST_SHOWN
from thin_assets.domain.snapshot import Snapshot
from thin_assets.evidence.counting import STRATA
from thin_assets.evidence.records import EVENTS

DAYS_PER_YEAR = 365.25

TABLES = {table.name: table.name.split("_")[0].capitalize() for table in EVENTS if not table.is_derived}
"""Tables of events, and what a page calls them."""

Key = tuple[str, ...]


@dataclass(frozen=True)
class Reading:
    """The profile of one build.

    build        id of the sealed build that was profiled
    vocabulary   version that it was made with
    """

    snapshot: Snapshot
    build: str
    vocabulary: str
    results: pl.DataFrame
    distributions: pl.DataFrame

    @property
    def month(self) -> int:
        """The month of the snapshot as strata write it: 202403."""
        return int(self.snapshot.folder.replace("-", ""))

    @cached_property
    def _counts(self) -> dict[int, dict[Key, int]]:
        found: dict[int, dict[Key, int]] = defaultdict(dict)
        for analysis_id, *strata, count in self.results.iter_rows():
            found[analysis_id][_key(strata)] = count
        return found

    @cached_property
    def _spread(self) -> dict[int, dict[Key, dict[str, float]]]:
        found: dict[int, dict[Key, dict[str, float]]] = defaultdict(dict)
        for row in self.distributions.iter_rows(named=True):
            found[row["analysis_id"]][_key(row[name] for name in STRATA)] = row
        return found

    def counts(self, analysis_id: int) -> dict[Key, int]:
        """Count by strata; an analysis that found nothing is empty."""
        return self._counts.get(analysis_id, {})

    def total(self, analysis_id: int, *strata: str) -> int:
        """One count; 0 where the analysis has none with these strata."""
        return self.counts(analysis_id).get(strata, 0)

    def spread(self, analysis_id: int) -> dict[Key, dict[str, float]]:
        """Distribution by strata, as rows of achilles_results_dist."""
        return self._spread.get(analysis_id, {})

    def shown(self, analysis_id: int, *strata: str) -> Mapping[str, float] | None:
        """A distribution over enough rows to be shown to people; None: absent, or of few rows."""
        found = self.spread(analysis_id).get(strata)
        return None if found is None or found["count_value"] < SMALLEST_SHOWN else found

    @property
    def persons(self) -> int:
        """Persons of the build."""
        return self.total(1)

    def of_table(self, analysis_id: int, table: str) -> dict[int, int]:
        """Count by month of one table: the second stratum of 9003, 9004 or 9005."""
        found = self.counts(analysis_id).items()
        return {int(strata[1]): count for strata, count in found if strata[0] == table}

    @cached_property
    def person_years(self) -> dict[int, float]:
        """Person-years of observation by month."""
        return {int(month): days / DAYS_PER_YEAR for (month,), days in self.counts(9007).items()}

    @cached_property
    def months(self) -> list[int]:
        """Months in which enough persons are observed for a rate: 30, and one in a hundred of the most."""
        observed = {int(month): persons for (month,), persons in self.counts(117).items()}
        enough = max(30, max(observed.values(), default=0) / 100)
        return sorted(month for month, persons in observed.items() if persons >= enough)


def _key(strata: Iterable[str | None]) -> Key:
    """Strata without the empty places at their end; an unknown value in between is an empty text."""
    values = list(strata)
    while values and values[-1] is None:
        values.pop()
    return tuple(value or "" for value in values)


def by_year(months: Mapping[int, float]) -> dict[int, float]:
    """Sums of a year.

    >>> by_year({202311: 1, 202312: 2, 202401: 5})
    {2023: 3, 2024: 5}
    """
    found: dict[int, float] = defaultdict(int)
    for month, value in months.items():
        found[month // 100] += value
    return dict(found)


def summed(counts: Mapping[Key, int], key: Callable[[Key], object]) -> dict:
    """Counts added up over what the strata have in common."""
    found: dict = defaultdict(int)
    for strata, count in counts.items():
        found[key(strata)] += count
    return dict(found)
