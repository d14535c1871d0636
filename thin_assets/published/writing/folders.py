"""Products that are files, reports and models: a folder for each version, and a pointer replaced last.

v1/country=GB/snapshot=2024-03-01/
    3fa9c1d27b04/index.html    a version: the first 12 digits of the sha256 of what is in it
    current.json               the version that readers see, and every version before it, newest first
"""

import datetime as dt
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import NothingSealed
from thin_assets.resources.files import locked, read_json, replacing_folder, write_json
from thin_assets.resources.modes import as_open_as_its_folder, make_folder


@dataclass(frozen=True)
class Kept:
    """A version of a partition's files.

    version    first 12 digits of the sha256 of the files' names and bytes
    """

    version: str
    build: str
    files: int
    published_at: str

    @property
    def at(self) -> dt.datetime:
        """When it was published."""
        return dt.datetime.fromisoformat(self.published_at)


def publish_folder(source: Path, table: Path, snapshot: Snapshot, build: str, when: dt.datetime) -> Kept:
    """Copy a folder to its place under the name of its content, and point readers to it.

    table    folder of the product's major version
    Publishing the same files again changes nothing but the build that the pointer names.
    Raises NothingSealed when the folder is not there or empty.
    """
    version, files = name_of(source), _files(source)
    folder = partition_of(table, snapshot)
    kept = Kept(version, build, len(files), when.astimezone(dt.UTC).isoformat())
    with locked(folder / "current.json"):
        _keep(source, files, folder / kept.version)
        _point(folder, [kept, *(one for one in versions(folder) if one.version != kept.version)])
    return kept


def partition_of(table: Path, snapshot: Snapshot) -> Path:
    """Folder of one country and month of a product that is files."""
    return table / snapshot.partition_folder


def snapshot_of(folder: Path) -> Snapshot:
    """The partition that a folder of files is of."""
    return Snapshot.of_folder(folder)


def versions(folder: Path) -> list[Kept]:
    """Versions of a partition, the one that readers see first."""
    told = read_json(folder / "current.json") or {"versions": []}
    return [Kept(**one) for one in told["versions"]]


def current(table: Path) -> Iterator[tuple[Path, Kept]]:
    """Folder and version that readers see of every partition that has one, by country and month."""
    for pointer in sorted(table.glob("country=*/snapshot=*/current.json")):
        for now in versions(pointer.parent)[:1]:
            yield pointer.parent, now


def take_back(folder: Path, recalled: set[str]) -> None:
    """Point readers to the newest version that is not recalled, or to none."""
    with locked(folder / "current.json"):
        _point(folder, [one for one in versions(folder) if one.version not in recalled])


def _point(folder: Path, kept: list[Kept]) -> None:
    write_json(folder / "current.json", {"versions": [asdict(one) for one in kept]})


def _keep(source: Path, files: list[Path], target: Path) -> None:
    if target.is_dir():
        return
    with replacing_folder(target) as unfinished:
        for file in files:
            place = unfinished / file
            make_folder(place.parent)
            shutil.copyfile(source / file, place)
            as_open_as_its_folder(place)


def _files(source: Path) -> list[Path]:
    """Files of a folder by name; what begins with a dot is being written."""
    found = (path.relative_to(source) for path in source.rglob("*") if path.is_file())
    return sorted(path for path in found if not any(part.startswith(".") for part in path.parts))


def name_of(source: Path) -> str:
    """The version that a folder's files would have. Raises NothingSealed when there is no file."""
    files, told = _files(source), sha256()
    if not files:
        raise NothingSealed("there is no file to publish", where=str(source), remedy="materialise it first")
    for file in files:
        content = sha256((source / file).read_bytes()).hexdigest()
        told.update(f"{file.as_posix()}\0{content}\n".encode())
    return told.hexdigest()[:12]
