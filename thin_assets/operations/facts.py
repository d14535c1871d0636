"""What the operations page tells of: partitions, runs, quality, lateness and disk, gathered from one home."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from thin_assets.domain.countries import COUNTRIES
from thin_assets.domain.snapshot import Snapshot, months_between
from thin_assets.operations.disk import disk_use
from thin_assets.operations.survey import survey
from thin_assets.resources.files import read_json
from thin_assets.resources.lake import Lake
from thin_assets.settings import Settings


@dataclass(frozen=True)
class Partition:
    """A partition as its reports tell of it.

    rooms         state of each room: built, old, failed, absent
    delivered     rows delivered, rejected of them; null before raw was built
    mapped        percent of records with a standard concept; null before it was judged
    failed        checks that failed at the last judgement, errors among them; null before it was judged
    """

    snapshot: Snapshot
    rooms: Mapping[str, str]
    delivered: int | None
    rejected: int | None
    mapped: float | None
    failed: int | None
    errors: int | None
    build: str | None


@dataclass(frozen=True)
class Late:
    """What a country owes.

    newest     newest month delivered, and newest month sealed; null where there is none
    missing    months that are overdue with days late; empty where nobody has looked, too
    behind     months that another country delivered, after the newest of this one
    """

    country: str
    delivered: dt.date | None
    sealed: dt.date | None
    missing: Sequence[tuple[str, str, int]]
    behind: int


@dataclass(frozen=True)
class Facts:
    """A home at a moment.

    runs     rows of `operations/runs`
    looked   day on which the calendar was looked at last; null where nobody has
    disk     bytes by room, then country
    """

    at: dt.datetime
    partitions: Sequence[Partition]
    runs: pl.DataFrame
    late: Sequence[Late]
    looked: str | None
    disk: Mapping[str, Mapping[str, int]]
    ui_address: str | None

    @property
    def months(self) -> list[dt.date]:
        """Every month from the first partition to the last."""
        there = [one.snapshot.month for one in self.partitions]
        return months_between(min(there), max(there)) if there else []

    @property
    def countries(self) -> list[str]:
        """Countries with a partition, in the order of the house."""
        there = {one.snapshot.country for one in self.partitions}
        return [code for code in COUNTRIES if code in there]


def gather(settings: Settings, runs: pl.DataFrame, at: dt.datetime) -> Facts:
    """The facts of a home."""
    lake = Lake(home=str(settings.home))
    partitions = [_partition(lake, row) for row in survey(settings)]
    calendar = read_json(lake.root / "reports" / "calendar.json") or {}
    return Facts(
        at,
        partitions,
        runs,
        _late(partitions, calendar),
        calendar.get("day"),
        disk_use(settings.home),
        settings.ui_address,
    )


def _partition(lake: Lake, row: dict) -> Partition:
    snapshot = Snapshot.of(row["partition"])
    judged = lake.reported("validated", snapshot) or {}
    return Partition(
        snapshot,
        row["rooms"],
        row["rows_in"],
        row["rejected"],
        row["mapped_percent"],
        judged.get("checks", {}).get("failed"),
        judged.get("errors"),
        row["build"],
    )


def _late(partitions: Sequence[Partition], calendar: Mapping) -> list[Late]:
    told = {one["country"]: one for one in calendar.get("countries", [])}
    newest = {
        code: max((one.snapshot.month for one in partitions if one.snapshot.country == code), default=None)
        for code in COUNTRIES
    }
    last = max((month for month in newest.values() if month is not None), default=None)
    waited_for = [code for code in COUNTRIES if newest[code] is not None or code in told]
    return [_of_country(code, partitions, newest[code], last, told.get(code, {})) for code in waited_for]


def _of_country(
    code: str,
    partitions: Sequence[Partition],
    newest: dt.date | None,
    last: dt.date | None,
    told: Mapping,
) -> Late:
    sealed = [one.snapshot.month for one in partitions if one.snapshot.country == code and one.build]
    missing = [
        (one["month"], what, one["days_late"])
        for what in ("delivered", "sealed")
        for one in told.get(what, {}).get("missing", [])
    ]
    behind = len(months_between(newest, last)) - 1 if newest and last else 0
    return Late(code, newest, max(sealed, default=None), missing, behind)
