"""Which days are looked at: calendar months until the cut-off, and the washout before them."""

import datetime as dt
from dataclasses import dataclass

import polars as pl

from thin_assets.domain.snapshot import Snapshot
from thin_assets.studies.prescribing.declared import Declared


@dataclass(frozen=True)
class Calendar:
    """Days of a snapshot.

    months          first days of the months that are counted, oldest first
    recent          those of them that are summed up
    last            the cut-off, last day of the last month
    looked_back     first day that is read: the washout before the first month
    """

    months: tuple[dt.date, ...]
    recent: tuple[dt.date, ...]
    last: dt.date
    looked_back: dt.date

    @property
    def first(self) -> dt.date:
        """First day that is counted."""
        return self.months[0]

    def frame(self) -> pl.DataFrame:
        """(month, month_end): first and last day of each month."""
        ends = [after - dt.timedelta(days=1) for after in self.months[1:]]
        return pl.DataFrame({"month": self.months, "month_end": [*ends, self.last]})


def calendar_of(snapshot: Snapshot, told: Declared) -> Calendar:
    """The calendar of a snapshot.

    >>> from thin_assets.studies.prescribing.declared import declared
    >>> found = calendar_of(Snapshot.named("GB", "2024-03"), declared())
    >>> found.first.isoformat(), found.recent[0].isoformat(), found.last.isoformat()
    ('2022-04-01', '2023-04-01', '2024-03-31')
    """
    months = tuple(_earlier(snapshot.month, back) for back in range(told.months - 1, -1, -1))
    looked_back = months[0] - dt.timedelta(days=told.washout_days)
    return Calendar(months, months[-told.recent_months :], snapshot.cutoff, looked_back)


def _earlier(month: dt.date, months: int) -> dt.date:
    years, place = divmod(month.year * 12 + month.month - 1 - months, 12)
    return dt.date(years, place + 1, 1)
