"""Find what was published: the table of a product, at a version, as far as it may be read."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from thin_assets.domain.snapshot import Snapshot, parse_month
from thin_assets.domain.zones import ZONES
from thin_assets.errors import NothingPublished
from thin_assets.published.persons.removed import require_kept, standing_version
from thin_assets.published.record.releases import open_book
from thin_assets.published.writing.commits import data_files, majors, partitions
from thin_assets.resources.tables import missing_files, open_table

Wanted = dict[str, str | dt.date]
"""Value of `country` and of `snapshot`, where one is asked for."""


@dataclass(frozen=True)
class Found:
    """A table of a product, opened at one version, and the partitions that are asked for."""

    path: Path
    table: DeltaTable
    wanted: Wanted


def find(
    name: str,
    home: Path,
    wanted: Wanted,
    *,
    version: int | str | None = None,
    release: str | None = None,
) -> Found:
    """A table that may be read.

    version    of the table of the current contract (`12`), or of an earlier one (`"v1@12"`, `"v1"`)
    Raises NothingPublished when there is no such product, partition or version, ReleaseRefused when there is
    no such release, and Recalled when any of the partitions that are asked for was taken back, or the version
    was removed because somebody withdrew.
    """
    folder = folder_of(name, home)
    tables, book = majors(folder), open_book(folder / "releases.json")
    if release is not None:
        named = book.release(release)
        major, number = named.major, named.version
    else:
        major, number = _numbers(version, newest=max(tables))
    if major not in tables:
        raise _nothing(
            f"{name} has no version v{major}", folder, f"there are v{', v'.join(map(str, tables))}"
        )
    require_kept(folder, major, number)
    table = _open(tables[major], number if number is not None else standing_version(folder, major))
    if release is not None:
        held = {Snapshot.of(key): part.version for key, part in named.partitions.items()}
    else:
        held = {one: commit.version for one, commit in partitions(tables[major], table.version()).items()}
    standing = [version for one, version in held.items() if _is_wanted(one, wanted)]
    if not standing:
        where = " ".join(f"{column}={value}" for column, value in wanted.items()) or str(tables[major])
        raise NothingPublished(
            f"{name} holds no such partition",
            where=where,
            remedy="see what is there with `thin-assets status`; build it with `thin-assets run`",
        )
    book.require_readable(name, major, standing)
    if number is not None:
        _require_files(tables[major], table)
    return Found(tables[major], table, wanted)


def asked_for(country: str | None, snapshot: str | dt.date | None) -> Wanted:
    """What a reader asks for. Raises SettingsError for a country or month that cannot be."""
    wanted: Wanted = {}
    if country is not None:
        wanted["country"] = Snapshot.named(country, "2000-01").country
    if snapshot is not None:
        wanted["snapshot"] = parse_month(str(snapshot))
    return wanted


def folder_of(name: str, home: Path) -> Path:
    """Folder of a product that is a table. Raises NothingPublished."""
    for zone in ZONES:
        if any((home / zone / name).glob("v*/_delta_log")):
            return home / zone / name
    raise _nothing(f"no published table {name!r}", home, _names(home))


def _is_wanted(snapshot: Snapshot, wanted: Wanted) -> bool:
    of = {"country": snapshot.country, "snapshot": snapshot.month}
    return all(of[column] == value for column, value in wanted.items())


def _numbers(version: int | str | None, *, newest: int) -> tuple[int, int | None]:
    """Major version of the contract, and version of its table; None: the newest."""
    if isinstance(version, str) and version.startswith("v"):
        major, at, number = version.removeprefix("v").partition("@")
        if major.isdigit() and (number.isdigit() or not at):
            return int(major), int(number) if at else None
        raise NothingPublished(f"{version!r} is no version", where="version", remedy="write 12, v1 or v1@12")
    return newest, version if version is None else int(version)


def _open(path: Path, number: int | None) -> DeltaTable:
    newest = open_table(path)
    if number is None:
        return newest
    try:
        return open_table(path, number)
    except DeltaError as error:
        remedy = f"the versions go from 0 to {newest.version()}"
        raise _nothing(f"there is no version {number}", path, remedy) from error


def _require_files(path: Path, table: DeltaTable) -> None:
    """An earlier version whose files were vacuumed can be named, and no longer read."""
    gone = missing_files(path, data_files(table))
    if gone:
        remedy = "read the current version; what is vacuumed, after an opt-out for one, does not come back"
        raise _nothing(f"{len(gone)} files of version {table.version()} are gone", path, remedy)


def _nothing(what: str, where: Path, remedy: str) -> NothingPublished:
    return NothingPublished(what, where=str(where), remedy=remedy)


def _names(home: Path) -> str:
    names = sorted({path.parents[1].name for zone in ZONES for path in home.glob(f"{zone}/*/v*/_delta_log")})
    if names:
        return f"published are: {', '.join(names)}"
    return "name the platform's folder with home=..., or publish with `thin-assets run`"
