"""Who may read what a process writes: its owner, and of what is published those whom its zone is for."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PRIVATE = 0o077
"""What is taken from the mode of everything that is written: 700 for folders, 600 for files."""


def keep_private() -> None:
    """Write everything for the owner only from now on; for the beginning of a process."""
    os.umask(PRIVATE)


@contextmanager
def as_open_as(folder: Path) -> Iterator[None]:
    """Write with the mode of a folder while the block runs, libraries too: the mask is the process's."""
    before = os.umask(_mode(folder) ^ 0o777)
    try:
        yield
    finally:
        os.umask(before)


def make_folder(path: Path) -> None:
    """A folder, and those above it, as open as the one that they are made in."""
    missing = [one for one in (path, *path.parents) if not one.exists()]
    for folder in reversed(missing):
        folder.mkdir(exist_ok=True)
        folder.chmod(_mode(folder.parent))


def as_open_as_its_folder(path: Path) -> None:
    """Give a new file the mode of its folder: who may look into a folder may read what is in it."""
    path.chmod(_mode(path.parent) & 0o666)


def open_tree(folder: Path) -> None:
    """Make everything in a folder as open as the folder."""
    for path in folder.rglob("*"):
        path.chmod(_mode(folder) if path.is_dir() else _mode(folder) & 0o666)


def _mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def is_private(path: Path) -> bool:
    """Whether only its owner may do anything with a file or folder; one that is not there is."""
    return not path.exists() or path.stat().st_mode & PRIVATE == 0
