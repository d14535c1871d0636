"""A snapshot: one country in one month, the unit in which deliveries arrive and everything is built."""

import datetime as dt
import re
from dataclasses import dataclass
from pathlib import PurePath
from typing import Self

from thin_assets.domain.countries import COUNTRIES
from thin_assets.errors import SettingsError

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])(?:-01)?")


def parse_month(text: str) -> dt.date:
    """First day of a month written `2024-03` or `2024-03-01`."""
    match = _MONTH.fullmatch(text)
    if not match:
        raise SettingsError(
            f"{text!r} is not a month", where="snapshot", remedy="write it as YYYY-MM, for example 2024-03"
        )
    return dt.date(int(match[1]), int(match[2]), 1)


def next_month(month: dt.date) -> dt.date:
    """First day of the month after."""
    return (month.replace(day=28) + dt.timedelta(days=4)).replace(day=1)


def months_between(first: dt.date, last: dt.date) -> list[dt.date]:
    """Every first of month from first to last, both included; empty when last is before first."""
    months = []
    while first <= last:
        months.append(first)
        first = next_month(first)
    return months


@dataclass(frozen=True, order=True)
class Snapshot:
    """One country x one month; `key` is the Dagster partition key.

    >>> Snapshot.of("GB|2024-03-01").cutoff
    datetime.date(2024, 3, 31)
    """

    country: str
    month: dt.date

    def __post_init__(self) -> None:
        if self.country not in COUNTRIES:
            raise SettingsError(
                f"unknown country {self.country!r}",
                where="snapshot",
                remedy=f"use one of {', '.join(COUNTRIES)}",
            )

    @classmethod
    def of(cls, partition_key: str) -> Self:
        """The snapshot behind a partition key such as `GB|2024-03-01`."""
        country, _, month = partition_key.partition("|")
        return cls(country, parse_month(month))

    @classmethod
    def named(cls, country: str, month: str) -> Self:
        """The snapshot of a country code and a month as people write them: `gb`, `2024-03`."""
        return cls(country.upper(), parse_month(month))

    @classmethod
    def of_folder(cls, folder: PurePath) -> Self:
        """The snapshot behind a `partition_folder`, wherever it lies."""
        country, month = (part.partition("=")[2] for part in folder.parts[-2:])
        return cls.named(country, month)

    @property
    def key(self) -> str:
        """Partition key, country first: `GB|2024-03-01`."""
        return f"{self.country}|{self.month.isoformat()}"

    @property
    def folder(self) -> str:
        """The month as a delivery's folder spells it: `2024-03`."""
        return f"{self.month:%Y-%m}"

    @property
    def partition_folder(self) -> str:
        """Hive-style folder of a partition, so that any engine can read many at once."""
        return f"country={self.country}/snapshot={self.month.isoformat()}"

    @property
    def cutoff(self) -> dt.date:
        """Last day of the month: nothing recorded later belongs to this snapshot."""
        return next_month(self.month) - dt.timedelta(days=1)

    @property
    def previous(self) -> Self:
        """The same country one month earlier."""
        return type(self)(self.country, (self.month - dt.timedelta(days=1)).replace(day=1))
