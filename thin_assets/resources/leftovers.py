"""What a run that was killed left behind: files and folders that were being written, and candidates unnamed.

Every file is written beside its place, under a name that begins with a dot and ends in eight hexadecimal
digits, and moved there last. So what bears such a name while nobody is at work is of no use to anyone.
"""

import re
import time
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from thin_assets.domain.snapshot import Snapshot
from thin_assets.resources.files import read_json, remove_tree
from thin_assets.resources.lake import Lake, partitions_in

_BEING_WRITTEN = re.compile(r"\..+\.[0-9a-f]{8}(\.\d+)?")

SETTLED_SECONDS = 3600
"""Where nobody says that he is at work, what was written to so recently is left alone all the same."""

_OTHERS_WRITE_TOO = ("features", "first_seen")
"""A table that the runs of later months of a country write as well: swept by `doctor` alone."""


def is_being_written(path: Path) -> bool:
    """Whether a file or folder bears the name of one that is being written."""
    return _BEING_WRITTEN.fullmatch(path.name) is not None


def being_written(folder: Path) -> Iterator[Path]:
    """Files and folders directly in a folder that were being written."""
    if folder.is_dir():
        yield from filter(is_being_written, folder.iterdir())


def leftovers_of(lake: Lake, snapshot: Snapshot) -> list[Path]:
    """Leftovers of one partition in the lake; ask only while nobody else works on it."""
    own = f"country={snapshot.country}/snapshot={snapshot.month.isoformat()}"
    folders = [*lake.root.glob(f"*/{own}"), *lake.root.glob(f"*/*/{own}")]
    inside = chain.from_iterable(being_written(folder) for folder in folders if not _is_shared(lake, folder))
    beside = chain.from_iterable(
        (path for path in being_written(folder.parent) if path.name.startswith(f".{folder.name}."))
        for folder in folders
    )
    return sorted({*inside, *beside, *unnamed_candidates(lake, snapshot)})


def all_leftovers(home: Path, settled: float = SETTLED_SECONDS) -> list[Path]:
    """Leftovers anywhere in a home that nobody wrote to for some seconds."""
    lake = Lake(home=str(home))
    written = (lake.root, *(home / zone for zone in ("project", "published", "restricted")))
    found = (path for folder in written for path in folder.rglob(".*") if is_being_written(path))
    spilled = (home / "spill").iterdir() if (home / "spill").is_dir() else ()
    unnamed = (path for one, _ in partitions_in(lake.root / "omop") for path in unnamed_candidates(lake, one))
    now = time.time()
    return sorted(path for path in {*found, *spilled, *unnamed} if now - path.stat().st_mtime >= settled)


def remove(paths: list[Path]) -> int:
    """Delete files and folders; returns how many there were."""
    for path in paths:
        if path.is_dir():
            remove_tree(path)
        else:
            path.unlink(missing_ok=True)
    return len(paths)


def _is_shared(lake: Lake, folder: Path) -> bool:
    return folder.relative_to(lake.root).parts[:2] == _OTHERS_WRITE_TOO


def unnamed_candidates(lake: Lake, snapshot: Snapshot) -> Iterator[Path]:
    """Builds whose run did not live to name them, and that nobody will therefore judge."""
    folder = lake.candidates(snapshot)
    named = (read_json(folder / "candidate.json") or {}).get("candidate")
    yield from (path for path in folder.glob("candidate=*") if path.name != named)
