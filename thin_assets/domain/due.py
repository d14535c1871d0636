"""When a month is due: the day by which each country delivers, and the day by which its build is sealed.

Days are data: `due.csv` beside this file, or a file of the operator's own in its place, which may name fewer
countries: who is not named is not waited for. All days are of the month after the snapshot's month.
"""

import calendar
import csv
import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from importlib.resources import files

from thin_assets.domain.countries import COUNTRIES
from thin_assets.domain.snapshot import Snapshot, months_between, next_month
from thin_assets.errors import SettingsError

COLUMNS = ("country", "delivered_by", "sealed_by")


@dataclass(frozen=True)
class Due:
    """Days of the month after, 1 to 31: on the last day of a shorter month, the 31st is meant by it."""

    delivered_by: int
    sealed_by: int


@dataclass(frozen=True, order=True)
class Missing:
    """A delivery, or a sealed build, that was due on a day, and is not there."""

    month: dt.date
    due: dt.date


def default_text() -> str:
    """The days of the project."""
    return files("thin_assets.domain").joinpath("due.csv").read_text(encoding="utf-8")


def read_due(text: str, where: str = "domain/due.csv") -> dict[str, Due]:
    """Days by country. Raises SettingsError for a line that cannot be used.

    >>> read_due("country,delivered_by,sealed_by\\nGB,8,12")
    {'GB': Due(delivered_by=8, sealed_by=12)}
    """
    rows = csv.DictReader(text.splitlines())
    if tuple(rows.fieldnames or ()) != COLUMNS:
        raise SettingsError(
            f"the columns are not {', '.join(COLUMNS)}",
            where=where,
            remedy="write them as domain/due.csv does",
        )
    return {row["country"]: _due(row, where) for row in rows}


def _due(row: Mapping[str, str], where: str) -> Due:
    days = [row["delivered_by"], row["sealed_by"]]
    if row["country"] not in COUNTRIES or not all(
        (day or "").isdigit() and 1 <= int(day) <= 31 for day in days
    ):
        raise SettingsError(
            f"{row['country']!r}: no country, or no days from 1 to 31",
            where=where,
            remedy=f"a line is a country ({', '.join(COUNTRIES)}) and two days of the month after",
        )
    return Due(int(days[0]), int(days[1]))


def day_after(month: dt.date, day: int) -> dt.date:
    """That day of the month after, or its last day where it has fewer.

    >>> day_after(dt.date(2024, 1, 1), 31)
    datetime.date(2024, 2, 29)
    """
    following = next_month(month)
    return following.replace(day=min(day, calendar.monthrange(following.year, following.month)[1]))


def month_just_ended(today: dt.date) -> dt.date:
    """First day of the month before the one of `today`.

    >>> month_just_ended(dt.date(2024, 1, 8))
    datetime.date(2023, 12, 1)
    """
    return (today.replace(day=1) - dt.timedelta(days=1)).replace(day=1)


def newest_due(day: int, today: dt.date) -> dt.date:
    """The newest month whose day has passed: on that day itself it is still in time."""
    month = month_just_ended(today)
    return month if day_after(month, day) < today else month_just_ended(month)


def overdue(country: str, day: int, there: Collection[Snapshot], today: dt.date) -> list[Missing]:
    """Months of a country that were due before today and are not there, oldest first.

    there    what is there, of any country; months before the first of this country are not asked for, and of
             a country of which nothing is there, the newest month that is due
    """
    own = {one.month for one in there if one.country == country}
    last = newest_due(day, today)
    first = min(own, default=last)
    return [Missing(one, day_after(one, day)) for one in months_between(first, last) if one not in own]
