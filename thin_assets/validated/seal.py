"""The seal: a judged candidate becomes a build that never changes, named after its content.

A crash at any moment leaves the last sealed build current and readable; two seals of one partition at once
end with one of them current and both whole. The pointer `current.json` is replaced last and atomically.
"""

import errno
import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from thin_assets.resources.files import locked, read_json, write_json
from thin_assets.resources.sealed import DESCRIPTION, is_damaged
from thin_assets.resources.sums import sum_of

ID_LENGTH = 16
POINTER = "current.json"


@dataclass(frozen=True)
class Build:
    """A sealed build.

    id        first 16 hex digits of a SHA-256 over what it was made from and what it holds
    tables    rows, bytes and SHA-256 of each table's file
    is_new    False when the same content had been sealed before
    """

    id: str
    folder: Path
    identity: dict[str, str]
    tables: dict[str, dict]
    is_new: bool

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(table["rows"] for table in self.tables.values())


def seal(candidate: Path, sealed: Path, identity: Mapping[str, str]) -> Build:
    """Move a candidate to the sealed builds of its partition and point readers to it.

    candidate    folder of `<table>/data.parquet`; gone afterwards, or a build that is sealed and stays
    sealed       folder of the partition's builds, on the same file system
    identity     what it was made from: delivery id, vocabulary version, code version, key fingerprint
    """
    tables = {path.parent.name: _describe(path) for path in sorted(candidate.glob("*/data.parquet"))}
    build_id = identify(identity, tables)
    folder = sealed / f"build={build_id}"
    write_json(candidate / DESCRIPTION, {"build": build_id, "identity": dict(identity), "tables": tables})
    sealed.mkdir(parents=True, exist_ok=True)
    with locked(sealed / POINTER):  # a build that is there already is not tidied away meanwhile
        is_new = _move(candidate, folder, tables)
        write_json(sealed / POINTER, _pointer(sealed, build_id))
    return Build(build_id, folder, dict(identity), tables, is_new)


def identify(identity: Mapping[str, str], tables: Mapping[str, dict]) -> str:
    """The id of a build: the same inputs and the same bytes give the same id, on any machine and day."""
    content = {
        "identity": dict(identity),
        "tables": {name: table["sha256"] for name, table in tables.items()},
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:ID_LENGTH]


def _pointer(sealed: Path, build_id: str) -> dict[str, str]:
    """The build that readers see from now on, and the one that they saw before it."""
    told = read_json(sealed / POINTER) or {}
    before = told.get("before") if told.get("build") == build_id else told.get("build")
    return {"build": build_id} | ({"before": before} if before else {})


def _describe(path: Path) -> dict:
    return {
        "rows": pq.read_metadata(path).num_rows,
        "bytes": path.stat().st_size,
        "sha256": sum_of(path),
    }


def _move(candidate: Path, folder: Path, tables: Mapping[str, dict]) -> bool:
    """Rename into place; a build that is there already wins, where it still holds the same bytes."""
    if candidate == folder:
        return False
    _flush(candidate)
    if folder.is_dir() and is_damaged(folder, tables):
        _put_away(folder)
    try:
        candidate.rename(folder)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
        _put_away(candidate)
        return False
    return True


def _put_away(folder: Path) -> None:
    """Delete a folder that is gone from the first moment on, though its deletion be interrupted."""
    aside = folder.with_name(f".{folder.name}.{uuid.uuid4().hex[:8]}")
    folder.rename(aside)
    shutil.rmtree(aside)


def _flush(folder: Path) -> None:
    """Ask for the bytes of a build to be on disk before anyone is pointed to them."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
