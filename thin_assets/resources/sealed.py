"""A sealed build never changes; whether it did is known from the checksums in its description."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from thin_assets.errors import DamagedFile
from thin_assets.resources.files import read_json
from thin_assets.resources.sums import TABLE, sum_of

DESCRIPTION = "build.json"


def require_undamaged(build: Path) -> None:
    """Every table of a sealed build holds the bytes that were sealed. Raises DamagedFile.

    A build without a description is believed. Looked at once for each process and state of the files.
    """
    told = read_json(build / DESCRIPTION)
    if told is None:
        return
    damaged = list(_damaged(build, told.get("tables", {})))
    if damaged:
        more = f" and {len(damaged) - 1} more" if len(damaged) > 1 else ""
        place = "/".join(build.parts[-4:])
        raise DamagedFile(
            f"{damaged[0]}/{TABLE}{more} of a sealed build is gone, or not as it was sealed",
            where=f"{place}/{damaged[0]}/{TABLE}",
            remedy="build the partition again (thin-assets run, or the job rebuild_omop): the same content"
            " takes the place of the damaged; or bring the folder back from a backup",
        )


def is_damaged(build: Path, tables: Mapping[str, Mapping]) -> bool:
    """Whether a build lacks a table, or has one with other bytes than told."""
    return next(_damaged(build, tables), None) is not None


def _damaged(build: Path, tables: Mapping[str, Mapping]) -> Iterator[str]:
    for name, table in tables.items():
        file = build / name / TABLE
        if not file.is_file() or _sum(file, file.stat().st_size, file.stat().st_mtime_ns) != table["sha256"]:
            yield name


@lru_cache(maxsize=4096)
def _sum(file: Path, size: int, changed: int) -> str:
    return sum_of(file)
