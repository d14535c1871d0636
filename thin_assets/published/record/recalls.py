"""Take back what was published: the rows that a version brought, wherever they stand by now.

A version is recalled by the partition that its commit brought; a release by all that came since the release
before. Every version that holds such rows is refused from then on. Where they are current, what stood there
before is published again, one commit for each partition: a restore of the whole table would undo what other
countries published since. A partition that was never published before is withdrawn.

The files of a recalled version stay until the table is vacuumed: readers of ours refuse it, and whoever names
the version to Delta Lake itself can still read it until then.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import ReleaseRefused
from thin_assets.published.contract.croissant import write_croissant
from thin_assets.published.declared.shelf import Shelf
from thin_assets.published.record.audit import Hand, stamp
from thin_assets.published.record.releases import (
    Book,
    Recall,
    Release,
    Version,
    nothing_of,
    open_book,
    write_book,
)
from thin_assets.published.writing import folders
from thin_assets.published.writing.commits import (
    Commit,
    commits,
    data_files,
    metadata,
    partitions,
    rows_at,
)
from thin_assets.published.writing.publish import put_over
from thin_assets.resources.files import locked, read_json, write_json
from thin_assets.resources.tables import is_table, missing_files, open_table


@dataclass(frozen=True)
class Undone:
    """What a recall did.

    recall       as it was written down
    put_back     partitions in which what stood before is current again
    withdrawn    partitions of which nothing is left
    """

    recall: Recall
    put_back: tuple[Snapshot, ...]
    withdrawn: tuple[Snapshot, ...]


def recall_version(shelf: Shelf, version: Version, reason: str, hand: Hand) -> Undone:
    """Take back the partition that a version brought. Recalling it again finishes what was interrupted.

    version    of the Delta table, a number; of a product that is files, the digits of their sha256
    Raises ReleaseRefused when no publication has that version, NothingPublished when there is none at all.
    """
    with locked(shelf.releases):
        return _recall(shelf, str(version), {_as_kept(shelf, version)}, reason, hand)


def recall_release(shelf: Shelf, name: str, reason: str, hand: Hand) -> Undone:
    """Take back everything that a release brought since the release before. Raises ReleaseRefused."""
    with locked(shelf.releases):
        book = open_book(shelf.releases)
        return _recall(shelf, name, _brought(book, book.release(name)), reason, hand)


def _as_kept(shelf: Shelf, version: Version) -> Version:
    is_number = is_table(shelf.table) and str(version).isdigit()
    return int(version) if is_number else str(version)


def _brought(book: Book, release: Release) -> set[Version]:
    """Commits, or versions of files, that the release before did not stand on."""
    same = [one for one in book.releases if one.major == release.major]
    before = same[: same.index(release)][-1:]
    held = {part.version for one in before for part in one.partitions.values()}
    return {part.version for part in release.partitions.values()} - held


def _recall(shelf: Shelf, asked: str, brought: set[Version], reason: str, hand: Hand) -> Undone:
    book, of_table = open_book(shelf.releases), is_table(shelf.table)
    same = _same_rows(shelf, brought) if of_table else _known_files(shelf, brought)
    recall = Recall(
        asked, shelf.product.major, tuple(sorted(same, key=str)), reason, hand.who, stamp(hand.when)
    )
    if (recall.asked, recall.versions) not in {(one.asked, one.versions) for one in book.recalls}:
        book = Book(book.releases, (*book.recalls, recall))
        write_book(shelf.releases, book)
    bad = set(book.recalled(shelf.product.major))
    undo = _undo_commits if of_table else _undo_files
    return Undone(recall, *undo(shelf, bad))


def _same_rows(shelf: Shelf, brought: set[Version]) -> set[Version]:
    """Commits that brought these rows, and those that put them back later. Raises ReleaseRefused."""
    known = {commit.version: commit for commit in commits(shelf.table)}
    if unknown := brought - set(known):
        raise _unknown(shelf, unknown, known)
    origins = {known[version].origin for version in brought}
    return {commit.version for commit in known.values() if commit.origin in origins}


def _known_files(shelf: Shelf, brought: set[Version]) -> set[Version]:
    known = {one.version for folder, _ in folders.current(shelf.table) for one in folders.versions(folder)}
    known |= set(open_book(shelf.releases).recalled(shelf.product.major))
    if not known:
        raise nothing_of(shelf)
    if unknown := brought - known:
        raise _unknown(shelf, unknown, known)
    return brought


def _unknown(shelf: Shelf, asked: set[Version], known: Iterable[Version]) -> ReleaseRefused:
    last = ", ".join(str(version) for version in sorted(known, key=str)[-5:])
    return ReleaseRefused(
        f"nothing was published in version {', '.join(sorted(map(str, asked)))}",
        where=str(shelf.table),
        remedy=f"the last versions are {last}; thin-assets audit --product {shelf.product.name} lists all",
    )


def _undo_commits(shelf: Shelf, bad: set[Version]) -> tuple[tuple[Snapshot, ...], tuple[Snapshot, ...]]:
    """Put back, or withdraw, every partition that stands by a recalled commit."""
    put_back, withdrawn = [], []
    history = list(commits(shelf.table))
    for snapshot, current in partitions(shelf.table).items():
        if current.version in bad:
            good = next(
                (one for one in history if _is_good(one, snapshot, bad) and _is_there(shelf, one)), None
            )
            (put_back if good else withdrawn).append(snapshot)
            _put_back(shelf, current, good)
    write_croissant(shelf)
    return tuple(put_back), tuple(withdrawn)


def _is_good(commit: Commit, snapshot: Snapshot, bad: set[Version]) -> bool:
    return commit.snapshot == snapshot and commit.version not in bad and not commit.withdrawn


def _is_there(shelf: Shelf, commit: Commit) -> bool:
    """Whether the files of an earlier commit were not vacuumed: what is gone is not brought back."""
    table = open_table(shelf.table, commit.version)
    return not missing_files(shelf.table, data_files(table, commit.snapshot))


def _put_back(shelf: Shelf, current: Commit, good: Commit | None) -> None:
    """Replace a partition by what an earlier commit had there, unless somebody has replaced it meanwhile."""
    snapshot, path = current.snapshot, shelf.table
    rows = rows_at(path, (good or current).version, snapshot)
    rows = rows if good else rows.clear()
    told = metadata(snapshot, (good or current).build, rows.height)
    told |= {"withdrawn": "true"} if good is None else {"origin": str(good.origin)}
    done = put_over(current.version, rows, path, snapshot, told)
    if done is None:
        return
    facts = shelf.facts(snapshot)
    before = None if good is None else read_json(shelf.facts_of(snapshot, good.version))
    if before is None:
        facts.unlink(missing_ok=True)
    else:
        told_again = before | {"version": done[0], "puts_back": good.version}
        write_json(shelf.facts_of(snapshot, done[0]), told_again)
        write_json(facts, told_again)


def _undo_files(shelf: Shelf, bad: set[Version]) -> tuple[tuple[Snapshot, ...], tuple[Snapshot, ...]]:
    """Point away from recalled files; the partition's facts follow."""
    put_back, withdrawn = [], []
    for folder, now in list(folders.current(shelf.table)):
        if now.version in bad:
            snapshot = folders.snapshot_of(folder)
            folders.take_back(folder, {str(version) for version in bad})
            left = folders.versions(folder)[:1]
            (put_back if left else withdrawn).append(snapshot)
            before = read_json(shelf.facts_of(snapshot, left[0].version)) if left else None
            if before is None:
                shelf.facts(snapshot).unlink(missing_ok=True)
            else:
                write_json(shelf.facts(snapshot), before)
    return tuple(put_back), tuple(withdrawn)
