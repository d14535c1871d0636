"""A plain folder of OMOP CDM files becomes a delivery: files as they are, manifest and marker added.

A file belongs to the table it is named after, in any case, or to that of the folder it lies in:
`PERSON.csv`, `measurement_02.csv.gz`, `drug_exposure/part-00001-1f3a.snappy.parquet`.
"""

import gzip
import re
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from thin_assets.cdm import spec
from thin_assets.cdm.versions import V5_3, removed_tables
from thin_assets.domain.layout import OMOP_VERSIONS
from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import MissingFiles, SettingsError, WrongLayout
from thin_assets.landing.contract import place
from thin_assets.landing.header import column_fault, delimiter_of, named_columns
from thin_assets.landing.lay_down import Found, lay_down
from thin_assets.landing.layouts import TEXT_TABLES, Layout, layouts
from thin_assets.landing.scan import LONGEST_HEADER, scan_parquet

_SUFFIXES = (".csv", ".csv.gz", ".parquet")
_PART = re.compile(r"[-_.]?(part)?[-_.]?\d[-_.0-9a-z]*")
"""What may stand between the name of a table and the suffix, where it is one of several files."""

LEFT_OUT = {table.name for table in spec.results_tables()} | removed_tables(V5_3)
"""Tables that analyses leave behind, or that the standard has no more: never part of a delivery."""


@dataclass(frozen=True)
class LaidDown:
    """A folder that became a delivery.

    tables     files by table
    left_out   files of it that are no part of the delivery
    """

    folder: Path
    layout: str
    tables: dict[str, int]
    left_out: tuple[str, ...]


@dataclass(frozen=True)
class _Named:
    """A file of the folder that is named after a table, and its header; None where that cannot be read."""

    path: Path
    table: str
    header: bytes | None


def delivery_from_folder(
    source: Path,
    snapshot: Snapshot,
    deliveries: Path,
    *,
    version: str | None = None,
    unread: Collection[str] = (),
) -> LaidDown:
    """Lay down the CDM files of a folder as the delivery of a snapshot, in place of one that lies there.

    version   of the CDM, 5.3 or 5.4; None: the one whose columns the files have
    unread    columns, as `table.column`, that are not of the CDM and shall stay unread
    The manifest says what was found, true or not to the layout: it is the inspection that judges.
    Raises MissingFiles when there is nothing to deliver, WrongLayout for a file named by no CDM table,
    UnreadableFile for one that is damaged, SettingsError for a version that is not known.
    """
    paths, left_out = _files_in(source, snapshot)
    named = [_Named(path, table, _header(path)) for path, table in paths]
    layout = _layout_of(named, snapshot, version, unread)
    found = list(_found(named, layout, unread))
    has_text = any(file.table in TEXT_TABLES for file in found)
    folder = lay_down(found, layout.name, snapshot, deliveries, contains_free_text=has_text)
    tables = [file.table for file in found]
    return LaidDown(folder, layout.name, {name: tables.count(name) for name in tables}, tuple(left_out))


def _files_in(source: Path, snapshot: Snapshot) -> tuple[list[tuple[Path, str]], list[str]]:
    """Files with their tables, in the order of the standard and then of their names; and those left out."""
    files = [path for path in sorted(source.rglob("*")) if path.name.lower().endswith(_SUFFIXES)]
    tables = {path: _table_of(path, source) for path in files}
    if unknown := sorted(str(path.relative_to(source)) for path, table in tables.items() if table is None):
        raise WrongLayout(
            f"no CDM table has the name of {', '.join(unknown)}",
            where=str(source),
            remedy="rename the file after its table, or take it away",
        )
    order = list(spec.TABLES)
    kept = [(path, table) for path, table in tables.items() if table not in LEFT_OUT]
    if not any(spec.table(table).schema == spec.CLINICAL for _, table in kept):
        raise MissingFiles(
            f"no file of a CDM table for {place(snapshot)}",
            where=str(source),
            remedy="name files by table: person.csv",
        )
    left_out = [str(path.relative_to(source)) for path, table in tables.items() if table in LEFT_OUT]
    return sorted(kept, key=lambda one: (order.index(one[1]), one[0])), left_out


def _table_of(path: Path, source: Path) -> str | None:
    """The table that a file, or else the folder it lies in, is named after; the longest name wins."""
    names = sorted({*spec.TABLES, *LEFT_OUT}, key=len, reverse=True)
    stem = path.name.lower().removesuffix(_suffix(path))
    own = (name for name in names if stem.startswith(name) and _is_part(stem[len(name) :]))
    folders = (folder.name.lower() for folder in path.parents if source in folder.parents)
    return next(own, None) or next((name for name in folders if name in names), None)


def _suffix(path: Path) -> str:
    return next(suffix for suffix in _SUFFIXES if path.name.lower().endswith(suffix))


def _is_part(rest: str) -> bool:
    return not rest or _PART.fullmatch(rest) is not None


def _header(path: Path) -> bytes | None:
    """The first line of a file, or the columns of a Parquet file as one; None for a damaged file."""
    if path.name.lower().endswith(".parquet"):
        return scan_parquet(path).header
    opened = gzip.open if path.name.lower().endswith(".gz") else open
    try:
        with opened(path, "rb") as stream:
            return stream.readline(LONGEST_HEADER).rstrip(b"\r\n").removeprefix(b"\xef\xbb\xbf")
    except (EOFError, gzip.BadGzipFile, zlib.error):
        return None


def _layout_of(
    named: list[_Named], snapshot: Snapshot, version: str | None, unread: Collection[str]
) -> Layout:
    """The layout of a version; or the newest whose columns all files have, or else most of them."""
    known = {layout: layouts(snapshot.country)[layout] for layout in OMOP_VERSIONS}
    if version is not None:
        meant = [known[layout] for layout, its in OMOP_VERSIONS.items() if its == version]
        if not meant:
            raise SettingsError(
                f"CDM version {version[:20]!r} is not known",
                where="--cdm-version",
                remedy=f"use one of {', '.join(OMOP_VERSIONS.values())}",
            )
        return meant[0]
    return max(known.values(), key=lambda layout: sum(_fits(file, layout, unread) for file in named))


def _fits(file: _Named, layout: Layout, unread: Collection[str]) -> bool:
    if file.table not in layout.shapes:
        return False
    return column_fault(file.header, layout, file.table, _unread_in(file.table, unread)) is None


def _unread_in(table: str, unread: Collection[str]) -> list[str]:
    pairs = (name.lower().split(".", 1) for name in unread if "." in name)
    return [column for its, column in pairs if its == table]


def _found(named: list[_Named], layout: Layout, unread: Collection[str]) -> Iterator[Found]:
    """Every file as `<table>/part-<n>` of the delivery."""
    counts: dict[str, int] = {}
    for file in named:
        number = counts.get(file.table, 0)
        counts[file.table] = number + 1
        delimiter = layout.delimiters[0]
        if file.table in layout.shapes and file.header:
            delimiter = delimiter_of(file.header, layout, file.table)
        there = {layout.spelled(name) for name in named_columns(file.header or b"", delimiter)}
        yield Found(
            file.table,
            file.path,
            f"{file.table}/part-{number:03d}{_suffix(file.path)}",
            delimiter=delimiter,
            unread=tuple(sorted(there & set(_unread_in(file.table, unread)))),
        )
