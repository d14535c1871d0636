"""A folder of backups: every content once, under its sha256, and a list of files for each backup.

objects/3f/3fa9c1d2...    content, whatever it was called; never changed
backups/20260401T060000.123456Z-<12 digits>.json    files of one backup; the digits are of its own sha256
"""

import hashlib
import json
import os
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from thin_assets.errors import BackupRefused
from thin_assets.resources.files import locked
from thin_assets.resources.sums import sum_of

FORMAT = 1
_CHECKSUM = ".parquet.sha256"
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Entry:
    """A file of a backup.

    mode                 as chmod has it
    inode, changed_ns    of the file when it was copied: unchanged, it need not be read again
    """

    sha256: str
    size: int
    mode: int
    inode: int
    changed_ns: int


@dataclass(frozen=True)
class Backup:
    """One state of a home.

    name      time of its end, UTC, and digits of its checksum; empty before it was written
    began     ISO time, UTC
    kept_in   `sqlite` or `postgres`: where the Dagster instance was kept
    moving    partitions that were being built all the while: their unsealed tables are not in it
    folders   mode of every folder with files, by path
    """

    began: str
    kept_in: str
    files: Mapping[str, Entry]
    folders: Mapping[str, int]
    moving: tuple[str, ...] = ()
    name: str = ""

    @property
    def size(self) -> int:
        """Bytes of its files."""
        return sum(entry.size for entry in self.files.values())


@dataclass
class Added:
    """What a backup brought: contents that were not there, and their bytes; files that were not read."""

    objects: int = 0
    size: int = 0
    unread: int = 0


@dataclass
class Store:
    """Contents and backups below a folder; for its owner only."""

    folder: Path
    added: Added = field(default_factory=Added)

    def object(self, sha256: str) -> Path:
        """File of a content."""
        return self.folder / "objects" / sha256[:2] / sha256

    def open(self) -> None:
        """Make the folder, for its owner only."""
        for name in ("objects", "backups", "parts"):
            self._private(self.folder / name)

    def clean(self) -> None:
        """Drop what an interrupted backup left half written; for the only one at work."""
        for part in (self.folder / "parts").iterdir():
            part.unlink()

    @contextmanager
    def aside(self) -> Iterator[Path]:
        """Path of a file to write, which is gone after the block."""
        part = self._part()
        try:
            yield part
        finally:
            part.unlink(missing_ok=True)

    def copy(self, source: Path, before: Entry | None = None) -> Entry:
        """Take a file in, unless its content is there; `before`: how it was last time.

        Raises FileNotFoundError when it is gone, ChangedMeanwhile when it was written to.
        """
        told = source.stat()
        if before is not None and _is_same(told, before) and self._has(before.sha256, before.size):
            return before
        with self.aside() as part:
            with source.open("rb") as read, part.open("xb") as write:
                os.fchmod(write.fileno(), 0o600)
                digest, size = _copy(read, write)
                now = os.fstat(read.fileno())
            if (now.st_size, now.st_mtime_ns) != (told.st_size, told.st_mtime_ns) or size != told.st_size:
                raise ChangedMeanwhile(source)
            self._keep(part, digest, size)
        return Entry(digest, size, told.st_mode & 0o777, told.st_ino, told.st_mtime_ns)

    def write(self, backup: Backup, ended: str) -> Backup:
        """Write the list of a backup, last: before it, nothing of it is one. Returns it with its name."""
        os.sync()
        body = json.dumps({"format": FORMAT} | asdict(backup), sort_keys=True, indent=0).encode()
        name = f"{ended}-{hashlib.sha256(body).hexdigest()[:12]}"
        folder = self.folder / "backups"
        with self.aside() as part:
            part.write_bytes(body)
            part.chmod(0o600)
            _flush(part)
            part.replace(folder / f"{name}.json")
        return self.read(name)

    def names(self) -> list[str]:
        """Backups, the oldest first."""
        return sorted(path.stem for path in (self.folder / "backups").glob("*.json"))

    def read(self, name: str | None = None) -> Backup:
        """A backup by name, or the newest. Raises BackupRefused."""
        names = self.names()
        if not names or name not in (None, *names):
            raise BackupRefused(
                f"no backup {name or ''}".strip(),
                where=str(self.folder),
                remedy=f"there are: {', '.join(names)}" if names else "take one with `thin-assets backup`",
            )
        chosen = name or names[-1]
        body = (self.folder / "backups" / f"{chosen}.json").read_bytes()
        if hashlib.sha256(body).hexdigest()[:12] != chosen.rpartition("-")[2]:
            raise damaged(self.folder, f"the list of {chosen}")
        told = json.loads(body)
        if told.pop("format") != FORMAT:
            raise BackupRefused(
                "written by another version", where=chosen, remedy="restore it with the version that wrote it"
            )
        files = {path: Entry(**entry) for path, entry in told.pop("files").items()}
        return Backup(**told | {"files": files, "moving": tuple(told["moving"]), "name": chosen})

    def bring(self, entry: Entry, target: Path) -> None:
        """Put a content to its place, held against its checksum. Raises BackupRefused."""
        try:
            with self.object(entry.sha256).open("rb") as read, target.open("xb") as write:
                digest, _ = _copy(read, write)
        except FileNotFoundError:
            digest = ""
        if digest != entry.sha256:
            raise damaged(self.folder, f"the content of {target.name}")
        target.chmod(entry.mode)

    def verify(self) -> tuple[int, int]:
        """Hold every content of every backup against its checksum; how many backups and contents there are.

        Raises BackupRefused, with how many are gone or are not what was written.
        """
        wanted = self._wanted()
        bad = sum(not self._is_whole(sha256) for sha256 in wanted)
        if bad:
            raise damaged(self.folder, f"{bad} of {len(wanted)} contents")
        return len(self.names()), len(wanted)

    def keep_newest(self, count: int) -> int:
        """Forget all backups but so many, and what only they hold; how many contents went."""
        with locked(self.folder / "backups"):
            for name in self.names()[:-count]:
                (self.folder / "backups" / f"{name}.json").unlink()
            wanted = self._wanted()
            gone = [path for path in (self.folder / "objects").glob("*/*") if path.name not in wanted]
            for path in gone:
                path.unlink()
        return len(gone)

    def _wanted(self) -> set[str]:
        """Contents that a backup names."""
        return {entry.sha256 for name in self.names() for entry in self.read(name).files.values()}

    def _has(self, sha256: str, size: int) -> bool:
        """Whether a content is there; one that a power cut left shorter is not."""
        path = self.object(sha256)
        return path.is_file() and path.stat().st_size == size

    def _is_whole(self, sha256: str) -> bool:
        path = self.object(sha256)
        return path.is_file() and sum_of(path) == sha256

    def _keep(self, part: Path, digest: str, size: int) -> None:
        if self._has(digest, size):
            return
        target = self.object(digest)
        self._private(target.parent)
        part.replace(target)
        self.added.objects += 1
        self.added.size += size

    def _part(self) -> Path:
        return self.folder / "parts" / uuid.uuid4().hex

    @staticmethod
    def _private(folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)


class ChangedMeanwhile(Exception):
    """A file was written to while it was copied: it is copied again."""


def damaged(folder: Path, what: str) -> BackupRefused:
    """The error of a backup that is not what was written."""
    return BackupRefused(
        f"{what} is gone or is not what was written",
        where=str(folder),
        remedy="restore another backup (`--at`) or another copy of this folder; then look at the disk",
    )


def _copy(read: object, write: object) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    while block := read.read(_CHUNK):
        digest.update(block)
        write.write(block)
        size += len(block)
    return digest.hexdigest(), size


def _is_same(told: os.stat_result, before: Entry) -> bool:
    now = (told.st_size, told.st_mtime_ns, told.st_ino, told.st_mode & 0o777)
    return now == (before.size, before.changed_ns, before.inode, before.mode)


def _flush(path: Path) -> None:
    with path.open("rb") as written:
        os.fsync(written.fileno())


def relative_files(folder: Path) -> Iterator[Path]:
    """Files below a folder, but for locks and unfinished ones: they, or their folders, begin with a dot.

    So do the checksums of tables, which belong to them: without its checksum a table is believed.
    """
    for top, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(top, name)
            if (
                (not name.startswith(".") or name.endswith(_CHECKSUM))
                and path.is_file()
                and not path.is_symlink()
            ):
                yield path.relative_to(folder)
