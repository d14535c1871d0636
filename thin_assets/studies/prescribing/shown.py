"""What of the observatory's tables may be shown: numbers of ten persons and more, by month and class."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from thin_assets.domain import disclosure
from thin_assets.domain.disclosure import SMALLEST_SHOWN
from thin_assets.pages import figures
from thin_assets.pages.figures import FEW, is_few
from thin_assets.studies.incidence_cells import TOP_BAND
from thin_assets.studies.prescribing.declared import declared
from thin_assets.studies.prescribing.drugs import ALL, NONE
from thin_assets.studies.prescribing.measures import DAYS_PER_MONTH

BANDS = (*(f"{first}-{first + 9}" for first in range(0, TOP_BAND, 10)), f"{TOP_BAND}+")
"""Ten years of age, youngest first."""

KEPT_BACK = "kept back"
"""What stands for a number of ten and more that would give a smaller one away."""


@dataclass(frozen=True)
class OfKind:
    """What one kind of record tells of a country.

    kind      of the records
    tables    of the study, by name
    """

    kind: str
    tables: Mapping[str, pl.DataFrame]

    def table(self, name: str) -> pl.DataFrame:
        """Rows of the kind."""
        return self.tables[f"prescribing_{name}" if name else "prescribing"].filter(record_kind=self.kind)

    @cached_property
    def months(self) -> list[dt.date]:
        """Months in which somebody was observed, oldest first."""
        return self.tables["prescribing_person_days"]["month"].unique().sort().to_list()

    @cached_property
    def totals(self) -> pl.DataFrame:
        """All ages and both sexes."""
        return self.table("").filter(sex=ALL, age_band=ALL)

    def classes(self, level: str) -> dict[str, str]:
        """Name by code of the classes of a level, those first that most months of use are counted for."""
        rows = self.totals.filter((pl.col("level") == level) & (pl.col("class_code") != NONE))
        order = rows.group_by("class_code", "class_name").agg(pl.col("users").sum())
        found = order.sort("users", "class_code", descending=[True, False])
        return {code: plain(name) for code, name in found.select("class_code", "class_name").iter_rows()}

    def users(self, level: str, code: str) -> list[float | None]:
        """Users per 1,000 person-months, month by month; None where they are few."""
        return self._series(level, code, 1000 * DAYS_PER_MONTH * pl.col("users") / pl.col("person_days"))

    def doses(self, level: str, code: str) -> list[float | None]:
        """DDD per 1,000 person-days, month by month; None where users are few, or no dose is known."""
        return self._series(level, code, pl.col("ddd_per_1000_person_days"))

    def _series(self, level: str, code: str, value: pl.Expr) -> list[float | None]:
        rows = self.totals.filter(~pl.col("users").map_elements(is_few, return_dtype=pl.Boolean))
        found = dict(rows.filter(level=level, class_code=code).select("month", value).iter_rows())
        return [found.get(month) for month in self.months]

    def by_age(self, level: str) -> dict[str, dict[str, float | None]]:
        """Users per 1,000 person-months of the recent months by class and age; classes with a number, sorted.

        None where few were counted, where another would tell them, and where nobody was observed.
        """
        recent = self.months[-declared().recent_months :]
        rows = self.table("").filter(
            pl.col("month").is_in(recent),
            pl.col("age_band") != ALL,
            pl.col("class_code") != NONE,
            level=level,
            sex=ALL,
        )
        users = rows.group_by("class_code", "age_band").agg(
            pl.col("users").sum(), pl.col("users").max().alias("most")
        )
        observed = self.tables["prescribing_person_days"].filter(pl.col("month").is_in(recent), sex=ALL)
        days = dict(observed.group_by("age_band").agg(pl.col("person_days").sum()).iter_rows())
        found = {}
        for (code,), part in sorted(users.partition_by("class_code", as_dict=True).items()):
            counts = dict(part.select("age_band", "users").iter_rows())
            hidden = hidden_parts(counts, dict(part.select("age_band", "most").iter_rows()), len(recent))
            found[code] = {
                band: 1000 * DAYS_PER_MONTH * counts.get(band, 0) / days[band]
                if band in days and band not in hidden
                else None
                for band in BANDS
            }
        return {code: shown for code, shown in found.items() if any(shown.values())}

    def changes(self, level: str, code: str, counted: str) -> list[dt.date]:
        """First months of a new level of a series."""
        rows = self.table("changes").filter(level=level, class_code=code, counted=counted)
        return rows["month"].drop_nulls().sort().to_list()


def of_kinds(tables: Mapping[str, pl.DataFrame]) -> list[OfKind]:
    """The kinds of record with a drug that has a class, in the order in which they are declared."""
    level = declared().class_level
    rows = tables["prescribing"].filter((pl.col("level") == level) & (pl.col("class_code") != NONE))
    there = set(rows["record_kind"])
    return [OfKind(kind, tables) for kind in (*declared().record_kinds, "other") if kind in there]


def plain(name: str) -> str:
    """A name that the vocabulary shouts, as it is written in a text.

    >>> plain("DRUGS USED IN DIABETES"), plain("HMG CoA reductase inhibitors")
    ('Drugs used in diabetes', 'HMG CoA reductase inhibitors')
    """
    return name.capitalize() if name.isupper() else name


def mean(values: Sequence[float | None]) -> float | None:
    """Of those that are there."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def hidden_parts(counts: Mapping[str, int], most: Mapping[str, int], months: int = 1) -> set[str]:
    """Parts of a whole that is shown, that rest on few persons, or would tell one that does.

    counts    of several months together; one person counts in each of them
    most      of the month that has most: there are at least as many persons
    """
    few = {name for name, count in most.items() if is_few(count)}
    return disclosure.hidden_parts(counts, few, limit=SMALLEST_SHOWN * months)


def parts_of(
    counts: Mapping[str, int], most: Mapping[str, int] | None = None, months: int = 1
) -> dict[str, str]:
    """Parts of a whole that is shown, as they may be told: see `hidden_parts`.

    >>> parts_of({"a": 400, "b": 30, "c": 4})
    {'a': '400', 'b': 'kept back', 'c': '<10'}
    """
    hidden = hidden_parts(counts, most or counts, months)
    return {
        name: figures.count(count) if name not in hidden else (FEW if is_few(count) else KEPT_BACK)
        for name, count in counts.items()
    }
