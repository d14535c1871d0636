"""What several commands ask for, read the same way everywhere."""

from enum import StrEnum
from typing import Annotated

import typer

from thin_assets.domain.countries import COUNTRIES
from thin_assets.domain.rooms import ROOMS
from thin_assets.domain.snapshot import Snapshot, months_between, parse_month
from thin_assets.errors import SettingsError

Country = Annotated[str, typer.Option(help=f"Country code: {' '.join(COUNTRIES)}.")]
Month = Annotated[str, typer.Option("--snapshot", help="Month of the snapshot, as 2024-03.")]
Countries = Annotated[str, typer.Option(help="Country codes joined by commas, or `all`.")]
Months = Annotated[
    str, typer.Option("--snapshots", help="A month, months joined by commas, or a range 2024-01..2024-03.")
]

Room = StrEnum("Room", ROOMS)
OneRoom = Annotated[Room | None, typer.Option("--room", help="Build this room alone.")]
FirstRoom = Annotated[Room, typer.Option("--since", help="First room to build, from what stands there.")]
LastRoom = Annotated[Room, typer.Option("--until", help="Last room to build.")]


def read_rooms(room: Room | None, until: Room, since: Room = Room.landing) -> tuple[str, ...]:
    """The rooms to build: one alone, or all from one to another."""
    if room:
        return (room.value,)
    return ROOMS[ROOMS.index(since.value) : ROOMS.index(until.value) + 1]


def read_countries(text: str) -> list[str]:
    """Country codes from `GB,FR` or `all`. Raises SettingsError on an unknown one."""
    codes = list(COUNTRIES) if text == "all" else [code.strip().upper() for code in text.split(",")]
    if unknown := [code for code in codes if code not in COUNTRIES]:
        raise SettingsError(
            f"unknown country {', '.join(unknown)}",
            where="--countries",
            remedy=f"use {', '.join(COUNTRIES)} or all",
        )
    return codes


def read_months(text: str) -> list[str]:
    """Months (`2024-01`) from a month, a comma list or a range `first..last`. Raises SettingsError."""
    first, dots, last = text.partition("..")
    if not dots:
        return [f"{parse_month(part.strip()):%Y-%m}" for part in text.split(",")]
    months = months_between(parse_month(first), parse_month(last))
    if not months:
        raise SettingsError(f"{text} ends before it begins", where="--snapshots", remedy="write first..last")
    return [f"{month:%Y-%m}" for month in months]


def read_grid(countries: str, months: str) -> list[Snapshot]:
    """Every snapshot of the countries and months, month by month. Raises SettingsError outside the grid."""
    return [
        read_partition(code, month) for month in read_months(months) for code in read_countries(countries)
    ]


def read_partition(country: str, month: str) -> Snapshot:
    """A snapshot that Dagster has a partition for. Raises SettingsError."""
    from thin_assets.partitions import GRID, SNAPSHOT

    snapshot = Snapshot.named(country, month)
    if not GRID.has_partition_key(snapshot.key):
        first, last = SNAPSHOT.get_first_partition_key(), SNAPSHOT.get_last_partition_key()
        raise SettingsError(
            f"{snapshot.key} is outside the grid of partitions",
            where="--snapshot",
            remedy=f"months go from {first[:7]} to {last[:7]}, the last month that has ended",
        )
    return snapshot


Effects = Annotated[
    list[str] | None, typer.Option("--effect", help="Plant an effect by name; may be repeated.")
]
Enrichments = Annotated[
    list[str] | None,
    typer.Option(
        "--enrich", help="Keep everybody who gets a disease, by name of an enrichment; may be repeated."
    ),
]
