"""The intervals of the calendar for which something is told.

Source    getStudyDays of IncidencePrevalence: an interval is complete where somebody contributes on or
          before its first day and on or after its last; a point in time counts where it lies between those
          two days.
"""

import datetime as dt
from dataclasses import dataclass

OVERALL = "overall"
_MONTHS = {"months": 1, "quarters": 3, "years": 12}


@dataclass(frozen=True)
class Period:
    """One interval, or one day of it; both days belong to it."""

    name: str
    start: dt.date
    end: dt.date


def periods_of(interval: str, first: dt.date, last: dt.date, *, complete: bool) -> list[Period]:
    """Intervals that touch the days from first to last; those at the edges are cut, or left out.

    >>> [one.name for one in periods_of("years", dt.date(2018, 3, 1), dt.date(2020, 12, 31), complete=True)]
    ['2019', '2020']
    """
    if interval == OVERALL:
        return [Period(OVERALL, first, last)]
    found = []
    for whole in _calendar(interval, first, last):
        cut = Period(whole.name, max(whole.start, first), min(whole.end, last))
        if cut == whole or not complete:
            found.append(cut)
    return found


def points_of(interval: str, time_point: str, first: dt.date, last: dt.date) -> list[Period]:
    """A day of each interval that lies between first and last.

    time_point    `start`, `end`, or `middle`: the 15th of a month, of the second month of a quarter, 1 July
    """
    days = [(one.name, _point(interval, time_point, one)) for one in _calendar(interval, first, last)]
    return [Period(name, day, day) for name, day in days if first <= day <= last]


def _calendar(interval: str, first: dt.date, last: dt.date) -> list[Period]:
    months, found = _MONTHS[interval], []
    number = (first.year * 12 + first.month - 1) // months * months
    while (start := _first_of(number)) <= last:
        end = _first_of(number + months) - dt.timedelta(days=1)
        found.append(Period(_name(interval, start), start, end))
        number += months
    return found


def _first_of(month: int) -> dt.date:
    return dt.date(month // 12, month % 12 + 1, 1)


def _name(interval: str, start: dt.date) -> str:
    if interval == "years":
        return f"{start.year}"
    return f"{start:%Y-%m}" if interval == "months" else f"{start.year}-Q{start.month // 3 + 1}"


def _point(interval: str, time_point: str, whole: Period) -> dt.date:
    if time_point != "middle":
        return whole.start if time_point == "start" else whole.end
    middle = {"months": (0, 15), "quarters": (1, 15), "years": (6, 1)}[interval]
    return dt.date(whole.start.year, whole.start.month + middle[0], middle[1])
