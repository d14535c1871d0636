"""Take persons out of every version of a row-level product that can still be read, and prove it.

Versions that a release names, and the current one, are written again without them, and the release names
the new version. All others are removed, their files too: what nobody named is not worth a person's wish.

Partitions are replaced, never deleted from by person: Delta Lake writes the condition of a deletion into the
log, which would then be a list of those who withdrew.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from deltalake import write_deltalake

from thin_assets.domain.snapshot import Snapshot
from thin_assets.published.declared.product import Product
from thin_assets.published.declared.shelf import Shelf
from thin_assets.published.persons.removed import begin, finish
from thin_assets.published.record import audit
from thin_assets.published.record.audit import Hand
from thin_assets.published.record.releases import Book, Release, open_book, write_book
from thin_assets.published.writing.commits import majors, metadata, partitions, predicate, rows_at
from thin_assets.published.writing.dictionary import renew_dictionary
from thin_assets.published.writing.publish import put
from thin_assets.resources.files import locked, read_json, write_json
from thin_assets.resources.modes import as_open_as
from thin_assets.resources.tables import open_table


@dataclass(frozen=True)
class Cleaned:
    """One version that can still be read.

    names         releases that name it; `current` where it is that
    before        version as it was, and how many of its rows were of these persons
    after         version that stands for it now, and how many of its rows are
    """

    major: int
    names: tuple[str, ...]
    before: int
    rows_before: int
    after: int
    rows_after: int


@dataclass(frozen=True)
class Withdrawal:
    """What became of a product.

    removed_files    Parquet files of versions that can no longer be read
    searched, found  files below the product's folder, and how many of them hold one of the persons
    """

    product: str
    versions: tuple[Cleaned, ...]
    removed_files: int
    searched: int
    found: int


def withdraw(shelf: Shelf, persons: pl.Series, hand: Hand) -> Withdrawal:
    """Take persons out of a row-level product; running it again finishes what was interrupted.

    persons    pseudonyms of the product's project
    Other writers wait, and readers of ours see the current version throughout.
    """
    with locked(shelf.releases), locked(shelf.table), as_open_as(shelf.folder):
        versions, removed = [], 0
        for major, path in majors(shelf.folder).items():
            cleaned, files = _withdraw(_of_major(shelf, major), path, persons)
            versions += cleaned
            removed += files
        searched, found = search(shelf.folder, persons)
        done = Withdrawal(shelf.product.name, tuple(versions), removed, searched, found)
        _record(shelf, hand, done)
    return done


def _of_major(shelf: Shelf, major: int) -> Shelf:
    """The shelf as it was at the contract of that major version."""
    product = shelf.product
    return shelf if major == product.major else replace(shelf, product=_at(product, major))


def _at(product: Product, major: int) -> Product:
    return product.model_copy(update={"version": f"{major}.0.0"})


def _withdraw(shelf: Shelf, path: Path, persons: pl.Series) -> tuple[list[Cleaned], int]:
    major = shelf.product.major
    current = begin(shelf.folder, major, open_table(path).version())
    book = open_book(shelf.releases)
    named = _named(book, major)
    cleaned = [
        _clean_release(shelf, path, version, names, persons)
        for version, names in named.items()
        if version != current
    ]
    cleaned.append(_clean_current(shelf, path, current, named.get(current, ()), persons))
    write_book(shelf.releases, _renamed(book, major, cleaned))
    last = cleaned[-1].after
    kept = [one.after for one in cleaned]
    finish(shelf.folder, major, kept, last)
    return cleaned, _vacuum(path, kept)


def _named(book: Book, major: int) -> dict[int, tuple[str, ...]]:
    """Versions that releases name and that were not taken back, with the releases, oldest version first."""
    found: dict[int, tuple[str, ...]] = {}
    for one in book.releases:
        if one.major == major and one.version is not None and not book.is_recalled(one):
            found[one.version] = (*found.get(one.version, ()), one.name)
    return dict(sorted(found.items()))


def _renamed(book: Book, major: int, cleaned: list[Cleaned]) -> Book:
    """The book with the versions that stand for those before; a recalled release keeps its own, now gone."""
    now = {name: one for one in cleaned for name in one.names}

    def renamed(one: Release) -> Release:
        if one.major != major or one.name not in now:
            return one
        return replace(one, version=now[one.name].after)

    return Book(tuple(map(renamed, book.releases)), book.recalls)


def _clean_release(
    shelf: Shelf, path: Path, version: int, names: tuple[str, ...], persons: pl.Series
) -> Cleaned:
    """A version set back to, without the persons; as it is where they are not in it."""
    found = _found(path, version, persons)
    if found.is_empty():
        return Cleaned(shelf.product.major, names, version, 0, version, 0)
    table = open_table(path)
    table.restore(version)
    for snapshot in _partitions_of(found):
        rows = _others(path, version, snapshot, persons)
        write_deltalake(table, rows.to_arrow(), mode="overwrite", predicate=predicate(snapshot))
    after = open_table(path).version()
    return Cleaned(
        shelf.product.major, names, version, found.height, after, _found(path, after, persons).height
    )


def _partitions_of(found: pl.DataFrame) -> list[Snapshot]:
    pairs = found.select("country", "snapshot").unique().sort("country", "snapshot")
    return [Snapshot(country, month) for country, month in pairs.iter_rows()]


def _others(path: Path, version: int, snapshot: Snapshot, persons: pl.Series) -> pl.DataFrame:
    """Rows of a partition that are of nobody who withdraws, in the order of the table."""
    rows = rows_at(path, version, snapshot)
    return rows.filter(~pl.col("person_id").is_in(persons.implode()))


def _clean_current(
    shelf: Shelf, path: Path, version: int, names: tuple[str, ...], persons: pl.Series
) -> Cleaned:
    """The current version put in front again, and its partitions replaced by those without the persons."""
    found = _found(path, version, persons)
    table = open_table(path)
    if table.version() != version:
        table.restore(version)
    for snapshot in _partitions_of(found):
        _replace(shelf, path, version, snapshot, persons)
    after = open_table(path).version()
    names = (*names, "current")
    return Cleaned(
        shelf.product.major, names, version, found.height, after, _found(path, after, persons).height
    )


def _replace(shelf: Shelf, path: Path, version: int, snapshot: Snapshot, persons: pl.Series) -> None:
    """One partition without the persons, in a commit that says that its rows came with an earlier one."""
    stood = partitions(path, version)[snapshot]
    rows = _others(path, version, snapshot, persons)
    told = metadata(snapshot, stood.build, rows.height) | {"origin": str(stood.origin)}
    now, _ = put(rows, shelf.product, path, snapshot, told)
    facts = read_json(shelf.facts(snapshot))
    if facts and facts["version"] == stood.version and facts["contract"].startswith(f"{path.name[1:]}."):
        again = {"version": now, "rows": rows.height, "entries": rows["row_id"].n_unique()}
        again["nulls"] = {name: rows[name].null_count() for name in rows.columns}
        write_json(shelf.facts_of(snapshot, now), facts | again)
        write_json(shelf.facts(snapshot), facts | again)
        renew_dictionary(shelf, snapshot, stood.version, now, rows)


def _found(path: Path, version: int, persons: pl.Series) -> pl.DataFrame:
    """Partition and person of every row of these persons in a version."""
    rows = pl.scan_delta(open_table(path, version))
    wanted = rows.filter(pl.col("person_id").is_in(persons.implode()))
    return wanted.select("country", "snapshot", "person_id").collect()


def _vacuum(path: Path, kept: list[int]) -> int:
    """Remove every file that no kept version needs, those of killed writers too; how many."""
    table = open_table(path)
    return len(
        table.vacuum(
            retention_hours=0,
            dry_run=False,
            enforce_retention_duration=False,
            full=True,
            keep_versions=kept,
        )
    )


def search(folder: Path, persons: pl.Series) -> tuple[int, int]:
    """How many files lie below a folder, and how many of them hold one of the persons.

    Parquet files are decoded and every column of numbers is compared; all other files, and the log's own
    Parquet files, are searched for the number as text.
    """
    wanted, texts = pa.array(persons.to_list(), pa.int64()), [str(one).encode() for one in persons]
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    found = 0
    for path in files:
        if path.suffix == ".parquet" and path.parent.name != "_delta_log":
            found += _holds(path, wanted)
        else:
            content = path.read_bytes() if path.suffix != ".parquet" else str(_all_of(path)).encode()
            found += any(text in content for text in texts)
    return len(files), found


def _holds(path: Path, wanted: pa.Array) -> bool:
    with pq.ParquetFile(path) as file:
        names = [field.name for field in file.schema_arrow if field.type == pa.int64()]
        return any(
            pc.any(pc.is_in(column, wanted)).as_py()
            for batch in file.iter_batches(columns=names)
            for column in batch.columns
        )


def _all_of(path: Path) -> list[dict]:
    return pq.read_table(path).to_pylist()


def _record(shelf: Shelf, hand: Hand, done: Withdrawal) -> None:
    """A line of the record that tells versions, and neither how many persons nor who."""
    counts = {"versions": len(done.versions), "removed_files": done.removed_files, "searched": done.searched}
    event = audit.event_of(audit.WITHDRAWN, shelf.product, counts=counts, reason="somebody withdrew")
    audit.record(shelf.home, hand, event)
