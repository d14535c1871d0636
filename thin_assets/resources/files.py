"""Writing so that a reader sees the old file or the new one, never half of one."""

import fcntl
import json
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from thin_assets.resources.full_disk import NamingFullDisk
from thin_assets.resources.modes import as_open_as_its_folder, make_folder, open_tree


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary sibling to write to; it replaces `path` when the block ends well, else it vanishes.

    The file may be read by whoever may look into its folder. Raises DiskFull where it cannot be written.
    """
    make_folder(path.parent)
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")
    try:
        with NamingFullDisk(str(path.parent)):
            yield temporary
            with temporary.open("rb") as written:
                os.fsync(written.fileno())
        as_open_as_its_folder(temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def replacing_folder(path: Path) -> Iterator[Path]:
    """A temporary sibling folder to fill; it takes the place of `path` as a whole when the block ends well.

    All in it may be read by whoever may look into the folder that it is made in.
    What stood there is moved aside first and deleted last: a reader sees the old folder, the new, or none.
    """
    make_folder(path.parent)
    temporary, before = (path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}") for _ in range(2))
    make_folder(temporary)
    try:
        yield temporary
        open_tree(temporary)
        if path.exists():
            path.rename(before)
        temporary.rename(path)
    finally:
        if before.exists() and not path.exists():
            before.rename(path)
        remove_tree(temporary)
        remove_tree(before)


@contextmanager
def locked(path: Path, *, shared: bool = False) -> Iterator[None]:
    """Be the only process that changes `path` while the block runs; the others wait.

    shared    let others in that ask so too, and keep only those out that want to be alone
    The lock is a file of its own beside it, because a file that is replaced takes its lock with it.
    """
    make_folder(path.parent)
    with path.with_name(f".{path.name}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
        yield


def write_json(path: Path, value: dict) -> None:
    """A small JSON file, keys sorted, replaced atomically."""
    with replacing(path) as temporary:
        temporary.write_text(
            json.dumps(value, indent=2, sort_keys=True, default=str) + "\n", encoding="utf-8"
        )


def read_json(path: Path) -> dict | None:
    """The content of a JSON file, or None when there is none."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None


def remove_tree(path: Path) -> None:
    """Delete a folder that may be absent."""
    shutil.rmtree(path, ignore_errors=True)
