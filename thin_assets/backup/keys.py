"""Keys of a home, in a file of their own: whoever has a backup shall not have what opens it."""

import os
import tarfile
from pathlib import Path

from thin_assets.backup.home import KEYS
from thin_assets.backup.store import relative_files
from thin_assets.errors import BackupRefused
from thin_assets.settings import Settings


def write_keys(settings: Settings, file: Path, store: Path) -> int:
    """Put every file of `secrets/` into one, mode 600, which is new; how many.

    Raises BackupRefused for a place inside the backups, a file that is there, and a home without key files.
    """
    folder = settings.home / KEYS
    names = list(relative_files(folder)) if folder.is_dir() else []
    if not names:
        raise _refused("there is no key file", folder, "keep keys of the environment where they are from")
    if file.resolve().is_relative_to(store):
        raise _refused("keys lie apart from the backups", file, "name a file on another disk, or in a vault")
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise _refused("there is such a file", file, "name another") from error
    with os.fdopen(handle, "wb") as target, tarfile.open(fileobj=target, mode="w") as keys:
        for name in names:
            keys.add(folder / name, arcname=name.as_posix())
    return len(names)


def bring_keys(file: Path, home: Path) -> int:
    """Put keys back below a home, for their owner only; how many. Raises BackupRefused."""
    folder = home / KEYS
    try:
        with tarfile.open(file) as keys:
            members = [one for one in keys.getmembers() if one.isfile()]
            for member in members:
                target = folder / member.name
                if not target.resolve().is_relative_to(folder.resolve()):
                    raise _refused("it names files elsewhere", file, "it was not written by `--with-keys`")
                target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                target.write_bytes(keys.extractfile(member).read())
                target.chmod(0o600)
    except (OSError, tarfile.TarError) as error:
        raise _refused("keys cannot be read", file, "name the file that `--with-keys` wrote") from error
    return len(members)


def _refused(what: str, where: Path, remedy: str) -> BackupRefused:
    return BackupRefused(what, where=str(where), remedy=remedy)
