"""Find published files, reports and models, as far as they may be read."""

import datetime as dt
from pathlib import Path

from thin_assets.domain.snapshot import Snapshot
from thin_assets.domain.zones import ZONES
from thin_assets.errors import NothingPublished
from thin_assets.published.reading.place import pull_zones
from thin_assets.published.record.releases import Book, open_book
from thin_assets.published.writing import folders
from thin_assets.resources.shared import working_copy


def find_files(
    name: str,
    home: Path,
    *,
    country: str,
    snapshot: str | dt.date,
    version: str | None = None,
    release: str | None = None,
) -> Path:
    """Folder of one version of a partition's files; the current one when none is named.

    Raises NothingPublished, ReleaseRefused, and Recalled when it was taken back.
    """
    wanted = Snapshot.named(country, str(snapshot))
    pull_files(name, home)
    product = _folder_of(name, home)
    book = open_book(product / "releases.json")
    if release is not None:
        major, version = _released(book, release, wanted)
    else:
        major = max(_majors(product))
    partition = folders.partition_of(product / f"v{major}", wanted)
    if version is None:
        version = next((one.version for one in folders.versions(partition)), None)
    if version is not None:
        book.require_readable(name, major, [version])
    if version is None or not (partition / version).is_dir():
        raise NothingPublished(
            f"{name} holds no such files",
            where=f"{wanted.key} {version or ''}".strip(),
            remedy="see what is there with `thin-assets status`; build it with `thin-assets run`",
        )
    return partition / version


def pull_files(name: str, home: Path) -> None:
    """Bring a product of files to what stands in the store, where the home shares one."""
    if (copy := working_copy(home)) is not None:
        pull_zones(copy, name)


def list_files(name: str, home: Path) -> dict[Snapshot, Path]:
    """Current folder of every partition. Raises NothingPublished when there is no such product."""
    product = _folder_of(name, home)
    standing = folders.current(product / f"v{max(_majors(product))}")
    return {folders.snapshot_of(folder): folder / now.version for folder, now in standing}


def _released(book: Book, release: str, wanted: Snapshot) -> tuple[int, str]:
    """Major version of the contract and version of the files that a release holds of a partition."""
    named = book.release(release)
    if wanted.key not in named.partitions:
        raise NothingPublished(
            f"release {release} does not hold it", where=wanted.key, remedy="read another release or month"
        )
    return named.major, str(named.partitions[wanted.key].version)


def _folder_of(name: str, home: Path) -> Path:
    for zone in ZONES:
        if any((home / zone / name).glob("v*/country=*/snapshot=*/current.json")):
            return home / zone / name
    raise NothingPublished(
        f"no published files {name!r}", where=str(home), remedy="publish them with `thin-assets run`"
    )


def _majors(product: Path) -> set[int]:
    return {int(path.name.removeprefix("v")) for path in product.glob("v*")}
