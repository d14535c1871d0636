"""Whether the code is still what a process loaded, and the same as on another machine."""

import hashlib
import os
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from thin_assets.resources.dbt import PROJECT_DIR
from thin_assets.settings import Settings

_PACKAGE = Path(__file__).parents[1]
_LEFT_OUT = {"__pycache__", "target", "logs"}
_ENGINES = ("dagster", "dbt-core", "dbt-duckdb", "deltalake", "duckdb", "numpy", "polars", "pyarrow")


def fingerprint(settings: Settings) -> str:
    """Names, sizes and times of all that decides what a run does: the package, dbt's, the home's own."""
    digest = hashlib.sha256()
    for path in (path for root in _roots(settings) for path in sorted(_files(root))):
        told = path.stat()
        digest.update(f"{path} {told.st_size} {told.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def contents(settings: Settings) -> str:
    """What all that says, wherever it lies, and versions of the engines: the same on machines that agree."""
    engines = ((name, version(name)) for name in _ENGINES)
    digest = hashlib.sha256(repr([sys.version_info[:2], *engines]).encode())
    for number, root in enumerate(_roots(settings)):
        for path in sorted(_files(root)):
            digest.update(f"{number} {path.relative_to(root).as_posix()}\n".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _roots(settings: Settings) -> tuple[Path, ...]:
    return _PACKAGE, PROJECT_DIR, settings.cohorts_folder, settings.studies_folder


def _files(folder: Path) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name not in _LEFT_OUT and not name.startswith(".")]
        yield from (Path(parent, name) for name in files)
