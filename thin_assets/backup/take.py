"""Take a backup of a home while it is at work.

Instance first, what is told last: of what stands in the instance as built, the tables are in the backup, and
of everything published, the ledger and the audit record know. What is built meanwhile is in it as after a
crash at some moment, which the next run mends; never a pointer without what it points to.

Sealed builds, files of Delta tables and versions of reports never change: a later backup does not read them.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from thin_assets.backup.home import Part, part_of, parts
from thin_assets.backup.instance import copy_instance, kept_in
from thin_assets.backup.locks import nobody_tells
from thin_assets.backup.store import Backup, ChangedMeanwhile, Entry, Store
from thin_assets.errors import BackupRefused
from thin_assets.resources.files import locked
from thin_assets.settings import Settings

ATTEMPTS = 3
_MOVED = (FileNotFoundError, ChangedMeanwhile)

Files = dict[str, Entry]


def take_backup(settings: Settings, store: Store) -> Backup:
    """Copy what is not in the store yet, and write the list of the backup.

    Raises BackupRefused for a folder inside the home, or a home that is not there.
    """
    home = settings.home
    _require_apart(home, store.folder)
    store.open()
    with locked(store.folder / "backups"):
        store.clean()
        began = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        before = store.read().files if store.names() else {}
        files: Files = dict(copy_instance(settings, store))
        moving = []
        for part, paths in parts(home).items():
            if part.kind == "rest":
                files |= _each(home, paths, store, before)
            elif part.kind != "told":
                entries = _settled(home, part, store, before)
                if entries is None:
                    moving.append(str(part))
                    entries = _as_before(part, before)
                files |= entries
        files |= _told(home, store, before)
        files |= _sealed_since(home, store, files)
        store.added.unread = sum(before.get(path) == entry for path, entry in files.items())
        ended = f"{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%S.%fZ}"
        done = Backup(began, kept_in(settings), files, _modes(home, files), tuple(sorted(set(moving))))
        return store.write(done, ended)


def _settled(home: Path, part: Part, store: Store, before: Mapping[str, Entry]) -> Files | None:
    """A part as it stood at one moment; None when it moved each time that it was copied."""
    for _ in range(ATTEMPTS):
        try:
            seen = _look(home, part)
            entries = {path.as_posix(): store.copy(home / path, before.get(path.as_posix())) for path in seen}
            if _look(home, part) == seen:
                return entries
        except _MOVED:
            continue
    return None


def _look(home: Path, part: Part) -> dict[Path, tuple]:
    """The files of a part, and what changes when one is written again. Raises FileNotFoundError."""
    told = {path: (home / path).stat() for path in part.files(home)}
    return {path: (one.st_size, one.st_mtime_ns, one.st_ino) for path, one in told.items()}


def _each(home: Path, paths: Iterable[Path], store: Store, before: Mapping[str, Entry]) -> Files:
    """File by file, each as it is; what goes away meanwhile is not in it."""
    files = {}
    for path in paths:
        for _ in range(ATTEMPTS):
            with suppress(*_MOVED):
                files[path.as_posix()] = store.copy(home / path, before.get(path.as_posix()))
                break
    return files


def _as_before(part: Part, before: Mapping[str, Entry]) -> Files:
    """A part as the backup before has it; nothing when there was none."""
    return {path: entry for path, entry in before.items() if part_of(Path(path)) == part}


def _told(home: Path, store: Store, before: Mapping[str, Entry]) -> Files:
    """Once without locks, which takes long and need not be whole; then what came since, under all of them."""
    told = Part("told")
    first = _each(home, told.files(home), store, before)
    with nobody_tells(home):
        return {
            path.as_posix(): store.copy(home / path, first.get(path.as_posix())) for path in told.files(home)
        }


def _sealed_since(home: Path, store: Store, files: Files) -> Files:
    """Builds and vocabularies that came while the rest was copied: what was published may stand on them.

    No pointer to them, for the reports beside it are of before.
    """
    new = (path for paths in parts(home).values() for path in paths if path.as_posix() not in files)
    whole = [path for path in new if any(name.startswith(("build=", "version=")) for name in path.parts)]
    return _each(home, whole, store, {})


def _modes(home: Path, files: Files) -> dict[str, int]:
    folders = {folder for path in files for folder in Path(path).parents}
    there = {folder.as_posix(): home / folder for folder in folders if (home / folder).is_dir()}
    return {name: path.stat().st_mode & 0o777 for name, path in sorted(there.items())}


def _require_apart(home: Path, folder: Path) -> None:
    if not home.is_dir():
        raise BackupRefused("there is no home", where=str(home), remedy="name it with --home or THIN_HOME")
    if folder.is_relative_to(home) or home.is_relative_to(folder):
        raise BackupRefused(
            "a backup lies apart from its home", where=str(folder), remedy="name a folder on another disk"
        )
