"""One run at a time for a partition: a lock that its process holds, and that ends with it in any case."""

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from thin_assets.errors import DamagedFile, PartitionBusy

_LOOK_SECONDS = 0.5

WRITER_SECONDS = 60.0
"""How long a reader waits for another run that is replacing what it reads; tables take much less."""


def lock_file(home: Path, partition: str) -> Path:
    """Where the lock of a partition lies."""
    return home / "locks" / f"{partition.replace('|', '_')}.lock"


@contextmanager
def alone(
    home: Path, partition: str, holder: str, patience: float, waiting: Callable[[str], None]
) -> Iterator[None]:
    """Be the only one who builds a partition while the block runs.

    holder      who asks, as others are told: a run id, a command
    patience    seconds to wait for another to end
    waiting     told once who is waited for
    Raises PartitionBusy when the other did not end in time.
    The lock is the operating system's: a process that is killed gives it back.
    """
    path = lock_file(home, partition)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        _take(file, partition, path, patience, waiting)
        _write(file, {"holder": holder, "process": os.getpid()})
        yield
        _write(file, {})


def is_held(home: Path, partition: str) -> bool:
    """Whether somebody builds a partition just now."""
    path = lock_file(home, partition)
    if not path.is_file():
        return False
    with path.open("a+", encoding="utf-8") as file:
        return not _try(file)


def is_held_by_another(home: Path, partition: str) -> bool:
    """Whether somebody builds a partition who is neither this process nor the run that it is a step of."""
    if not is_held(home, partition):
        return False
    with lock_file(home, partition).open(encoding="utf-8") as file:
        return _told(file).get("process") not in {os.getpid(), os.getppid()}


def outlast_writers(
    home: Path, partition: str, look: Callable[[], object], patience: float = WRITER_SECONDS
) -> None:
    """Look whether what a partition has is whole; again while another run replaces it, and once after that.

    Countries are pooled, and a month is held against the one before, while either may be built again.
    Raises DamagedFile as `look` does, where nobody is at work or the other takes longer than `patience`.
    """
    began, is_last = time.monotonic(), False
    while True:
        try:
            look()
        except DamagedFile:
            if is_last or time.monotonic() - began >= patience:
                raise
        else:
            return
        is_last = not is_held_by_another(home, partition)
        time.sleep(0 if is_last else _LOOK_SECONDS)


def held(home: Path) -> list[str]:
    """Names of the locks that are held just now."""
    names = (path.stem for path in sorted((home / "locks").glob("*.lock")))
    return [name for name in names if is_held(home, name)]


def _take(file: IO[str], partition: str, path: Path, patience: float, waiting: Callable[[str], None]) -> None:
    began, is_told = time.monotonic(), False
    while not _try(file):
        other = _holder(file)
        if time.monotonic() - began >= patience:
            raise PartitionBusy(
                f"{partition} is being built by {other}",
                where=f"locks/{path.name}",
                remedy="wait until it has ended, or stop it, and run again; THIN_PARTITION_PATIENCE says how "
                "many seconds a run waits",
            )
        if not is_told:
            waiting(other)
            is_told = True
        time.sleep(_LOOK_SECONDS)


def _try(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(file: IO[str]) -> str:
    told = _told(file)
    return f"{told['holder']} (process {told['process']})" if told else "another run"


def _told(file: IO[str]) -> dict:
    """Who holds a lock; empty where nobody does, or the file is being written just now."""
    file.seek(0)
    try:
        return json.load(file)
    except json.JSONDecodeError:
        return {}


def _write(file: IO[str], told: dict) -> None:
    file.seek(0)
    file.truncate()
    json.dump(told, file)
    file.flush()
