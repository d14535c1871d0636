"""Named releases of a product, and recalls: one small file that several processes may add to.

A release is a name for a version of a table, or for the versions of the files of every partition: nothing is
copied. It is given once. A recall keeps the reason, and every version that may no longer be read.
"""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from thin_assets.errors import NothingPublished, Recalled, ReleaseRefused
from thin_assets.published.declared.shelf import Shelf
from thin_assets.published.record.audit import Hand, stamp
from thin_assets.published.writing.commits import partitions
from thin_assets.published.writing.folders import current, snapshot_of
from thin_assets.resources.files import locked, read_json, write_json
from thin_assets.resources.tables import is_table, open_table

Version = int | str
"""Of a Delta table a number; of the files of a partition the digits of their sha256."""


@dataclass(frozen=True)
class Part:
    """A partition as a release holds it."""

    build: str
    version: Version
    rows: int


@dataclass(frozen=True)
class Release:
    """A version with a name.

    major         version of the contract whose table it is in
    version       of that Delta table; None for a product that is files
    partitions    what it holds, by partition key
    notes         line for the changelog
    """

    name: str
    contract: str
    major: int
    version: int | None
    partitions: dict[str, Part]
    notes: str
    who: str
    when: str


@dataclass(frozen=True)
class Recall:
    """Versions that may no longer be read, and why.

    asked       the version or the name of the release that was asked for
    versions    whose rows, or files, were taken back: those that brought them or put them back
    """

    asked: str
    major: int
    versions: tuple[Version, ...]
    reason: str
    who: str
    when: str


@dataclass(frozen=True)
class Book:
    """All releases and recalls of a product, oldest first."""

    releases: tuple[Release, ...] = ()
    recalls: tuple[Recall, ...] = ()

    def release(self, name: str) -> Release:
        """The release of that name. Raises ReleaseRefused."""
        for one in self.releases:
            if one.name == name:
                return one
        known = ", ".join(one.name for one in self.releases) or "none so far"
        raise ReleaseRefused(f"there is no release {name!r}", where="releases", remedy=f"there are: {known}")

    def recalled(self, major: int) -> dict[Version, Recall]:
        """The recall of each version of a table that was recalled."""
        return {version: one for one in self.recalls if one.major == major for version in one.versions}

    def require_readable(self, product: str, major: int, versions: Iterable[Version]) -> None:
        """Raises Recalled, with the reason, when rows or files that a version brought were taken back.

        versions    those that brought what is to be read
        """
        recalled = self.recalled(major)
        for version in versions:
            if version in recalled:
                raise Recalled(
                    f"what version {version} brought was recalled: {recalled[version].reason}",
                    where=f"{product} v{major}",
                    remedy=f"read what is current, or a release: thin-assets releases {product}",
                )

    def is_recalled(self, release: Release) -> bool:
        """Whether a release holds anything that was taken back."""
        recalled = self.recalled(release.major)
        return any(part.version in recalled for part in release.partitions.values())


def open_book(path: Path) -> Book:
    """Releases and recalls as they stand; empty when there are none.

    path    `releases.json` of the product
    """
    told = read_json(path) or {"releases": [], "recalls": []}
    return Book(
        tuple(_release(one) for one in told["releases"]),
        tuple(Recall(**one | {"versions": tuple(one["versions"])}) for one in told["recalls"]),
    )


def write_book(path: Path, book: Book) -> None:
    """Replace releases and recalls; for a caller that holds the lock since it opened the book."""
    write_json(path, asdict(book))


def release(shelf: Shelf, name: str, notes: str, hand: Hand) -> Release:
    """Give a name to what is published now.

    Raises ReleaseRefused when the name is taken, Recalled when what is published was taken back,
    NothingPublished when there is nothing.
    """
    product = shelf.product
    with locked(shelf.releases):
        book, (version, held) = open_book(shelf.releases), held_now(shelf)
        _require_new(book, product.name, name)
        book.require_readable(product.name, product.major, (part.version for part in held.values()))
        made = Release(name, product.version, product.major, version, held, notes, hand.who, stamp(hand.when))
        write_book(shelf.releases, Book((*book.releases, made), book.recalls))
    return made


def _require_new(book: Book, product: str, name: str) -> None:
    if any(one.name == name for one in book.releases):
        raise ReleaseRefused(
            f"{name!r} is the name of a release already, and a name is given once",
            where=product,
            remedy="choose another name, such as the same with .1 behind it",
        )


def is_published(shelf: Shelf) -> bool:
    """Whether there is any partition of a product to release."""
    return is_table(shelf.table) or any(_parts_of_files(shelf.table))


def held_now(shelf: Shelf) -> tuple[int | None, dict[str, Part]]:
    """Version and partitions of what is published now. Raises NothingPublished."""
    if is_table(shelf.table):
        version = open_table(shelf.table).version()
        found = {
            snapshot.key: Part(commit.build, commit.version, commit.rows)
            for snapshot, commit in partitions(shelf.table, version).items()
        }
    else:
        found, version = dict(_parts_of_files(shelf.table)), None
    if not found:
        raise nothing_of(shelf)
    return version, found


def nothing_of(shelf: Shelf) -> NothingPublished:
    """The error of a product of which no partition is published."""
    return NothingPublished(
        f"nothing of {shelf.product.name} is published", where=str(shelf.table), remedy="run a partition"
    )


def _parts_of_files(table: Path) -> Iterator[tuple[str, Part]]:
    for folder, now in current(table):
        yield snapshot_of(folder).key, Part(now.build, now.version, now.files)


def _release(told: dict) -> Release:
    return Release(**told | {"partitions": {key: Part(**one) for key, one in told["partitions"].items()}})
