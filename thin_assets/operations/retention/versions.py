"""Published versions that may go: of Delta tables by vacuuming, of files by the pointer that lists them.

What stays, besides what is current: what a release names that was not recalled, the last good versions of
each partition that a recall would put back, and what is young enough to be promised without a release.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from deltalake import DeltaTable

from thin_assets.domain.snapshot import Snapshot
from thin_assets.operations.disk import bytes_of
from thin_assets.operations.retention.policy import Versions
from thin_assets.published.declared.shelf import Shelf
from thin_assets.published.record.releases import Book, open_book
from thin_assets.published.writing import folders
from thin_assets.published.writing.commits import commits, majors
from thin_assets.resources.files import locked, remove_tree
from thin_assets.resources.modes import as_open_as


@dataclass(frozen=True)
class Vacuum:
    """Files of versions of one product that nobody can ask for any more.

    partition    of a product that is files; null for a table, whose files are of many
    """

    shelf: Shelf
    table: Path
    files: int
    bytes: int
    partition: Snapshot | None = None
    version: str | None = None


def plan_versions(shelf: Shelf, policy: Versions, now: dt.datetime) -> Iterator[Vacuum]:
    """What may go of a product."""
    for major, path in majors(shelf.folder).items():
        told = _vacuum(path, kept_versions(shelf, major, policy), policy, dry_run=True)
        files = [file for file in told if (path / file).is_file()]  # those that went before are told again
        if files:
            size = sum(bytes_of(path / file) for file in files)
            yield Vacuum(shelf, path, len(files), size)
    for table in sorted(shelf.folder.glob("v*")):
        for folder, _ in list(folders.current(table)):
            for kept in _old_files(shelf, table, folder, policy, now):
                path = folder / kept.version
                yield Vacuum(
                    shelf, table, kept.files, bytes_of(path), folders.snapshot_of(folder), kept.version
                )


def remove_versions(found: Vacuum, policy: Versions, now: dt.datetime) -> int:
    """Remove what may still go, asked again under the lock of writers; how many files went."""
    shelf = found.shelf
    with locked(shelf.releases), locked(found.table), as_open_as(shelf.folder):
        if found.partition is None:
            major = int(found.table.name.removeprefix("v"))
            return len(_vacuum(found.table, kept_versions(shelf, major, policy), policy, dry_run=False))
        folder = folders.partition_of(found.table, found.partition)
        old = {one.version for one in _old_files(shelf, found.table, folder, policy, now)}
        if found.version not in old:
            return 0
        folders.take_back(folder, {found.version})
        remove_tree(folder / found.version)
        return found.files


def kept_versions(shelf: Shelf, major: int, policy: Versions) -> list[int]:
    """Versions of a Delta table whose files stay however old they are."""
    book = open_book(shelf.releases)
    recalled = book.recalled(major)
    named = {
        one.version
        for one in book.releases
        if one.major == major and one.version is not None and not book.is_recalled(one)
    }
    seen: Counter[Snapshot] = Counter()
    for commit in commits(shelf.folder / f"v{major}"):
        if commit.version not in recalled and not commit.withdrawn:
            if seen[commit.snapshot] <= policy.earlier:  # the current one, and so many before it
                named.add(commit.version)
            seen[commit.snapshot] += 1
    return sorted(named)


def _vacuum(table: Path, kept: list[int], policy: Versions, *, dry_run: bool) -> list[str]:
    return DeltaTable(str(table)).vacuum(
        retention_hours=24 * policy.days,
        dry_run=dry_run,
        enforce_retention_duration=False,
        keep_versions=kept,
    )


def _old_files(
    shelf: Shelf, table: Path, folder: Path, policy: Versions, now: dt.datetime
) -> list[folders.Kept]:
    """Versions of the files of a partition that are neither named, current, young, nor next for a recall."""
    book = open_book(shelf.releases)
    major = int(table.name.removeprefix("v"))
    recalled, named = book.recalled(major), _named_files(book, major, folders.snapshot_of(folder))
    _, *earlier = folders.versions(folder)
    good = [one.version for one in earlier if one.version not in recalled][: policy.earlier]
    limit = now - dt.timedelta(days=policy.days)
    return [
        one for one in earlier if one.version not in {*named, *good} and one.at.astimezone(dt.UTC) < limit
    ]


def _named_files(book: Book, major: int, snapshot: Snapshot) -> set[str]:
    parts = (
        one.partitions.get(snapshot.key)
        for one in book.releases
        if one.major == major and not book.is_recalled(one)
    )
    return {str(part.version) for part in parts if part is not None}
