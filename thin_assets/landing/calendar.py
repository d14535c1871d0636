"""The calendar by country: which delivery is missing, and how far the sealed builds reach.

Pure: what is there, the days of each country and today are given.
"""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from thin_assets.domain.due import Due, Missing, overdue
from thin_assets.domain.snapshot import Snapshot


@dataclass(frozen=True)
class State:
    """One kind of thing that a country owes every month: deliveries, or sealed builds.

    newest     newest month that is there; None: none is
    missing    months that were due before today and are not there, oldest first
    """

    newest: dt.date | None
    missing: tuple[Missing, ...]

    def told(self, today: dt.date) -> dict:
        """As the report has it: months as `2024-03`, days late of the longest overdue."""
        return {
            "newest": _month(self.newest),
            "missing": [
                {"month": _month(one.month), "due": one.due.isoformat(), "days_late": (today - one.due).days}
                for one in self.missing
            ],
        }

    def sentence(self, what: str, today: dt.date) -> str:
        """What a person reads: newest month, and the one that is overdue longest."""
        newest = f"newest {what} month {_month(self.newest)}" if self.newest else f"no {what} month"
        if not self.missing:
            return f"{newest}; nothing is overdue"
        first, more = self.missing[0], len(self.missing) - 1
        late = f"{_month(first.month)} was due {first.due}, {(today - first.due).days} days ago"
        return f"{newest}; {late}" + (f"; and {more} more" if more else "")


@dataclass(frozen=True)
class Line:
    """One country of the calendar."""

    country: str
    delivered: State
    sealed: State


def draw_calendar(
    due: Mapping[str, Due], delivered: Collection[Snapshot], sealed: Collection[Snapshot], today: dt.date
) -> list[Line]:
    """A line for every country that is waited for, in the order of the days that are given.

    A month that is sealed was delivered, though its delivery may have been put away since.
    """
    arrived = {*delivered, *sealed}
    return [
        Line(
            country,
            _state(country, days.delivered_by, arrived, today),
            _state(country, days.sealed_by, sealed, today),
        )
        for country, days in due.items()
    ]


def as_report(lines: Collection[Line], today: dt.date) -> dict:
    """The calendar as `reports/calendar.json` has it, for programs that remind people."""
    countries = [
        {"country": one.country, "delivered": one.delivered.told(today), "sealed": one.sealed.told(today)}
        for one in lines
    ]
    return {"day": today.isoformat(), "countries": countries}


def _state(country: str, day: int, there: Collection[Snapshot], today: dt.date) -> State:
    newest = max((one.month for one in there if one.country == country), default=None)
    return State(newest, tuple(overdue(country, day, there, today)))


def _month(month: dt.date | None) -> str | None:
    return None if month is None else f"{month:%Y-%m}"
