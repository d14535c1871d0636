"""A checksum beside every table of the lake: a file that was cut, changed or left half done is known as such.

It lies beside the table as `.data.parquet.sha256`, written as `sha256sum` writes it, so that `sha256sum -c`
reads it too. Before tables that belong together are replaced, all are marked as unfinished; the checksums
come last. A table without a checksum was written by hand or by an older version: it is believed.
"""

import hashlib
import uuid
from collections.abc import Iterable
from pathlib import Path

from thin_assets.errors import DamagedFile

UNFINISHED = "unfinished\n"

TABLE = "data.parquet"
"""Name of the file of every table of the lake."""


def sum_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sum_file(table: Path) -> Path:
    """Where the checksum of a table lies."""
    return table.with_name(f".{table.name}.sha256")


def mark_unfinished(tables: Iterable[Path]) -> None:
    """Say that tables are about to be replaced: none may be read until each has its checksum again."""
    for table in tables:
        table.parent.mkdir(parents=True, exist_ok=True)
        _write(sum_file(table), UNFINISHED)


def keep_sum(table: Path, digest: str | None = None) -> None:
    """Say that a table is finished, and what it holds.

    digest    its SHA-256, where it is known
    """
    _write(sum_file(table), f"{digest or sum_of(table)}  {table.name}\n")


def forget_sum(table: Path) -> None:
    """For who is about to replace a table by other means: until it is kept again, the table is believed."""
    sum_file(table).unlink(missing_ok=True)


def drop_table(table: Path) -> None:
    """Delete a table, or any other file, on purpose: nobody shall miss it."""
    forget_sum(table)
    table.unlink(missing_ok=True)


def _write(file: Path, text: str) -> None:
    """Replaced as a whole: on a full disk the checksum of the table that stands stays."""
    temporary = file.with_name(f"{file.name}.{uuid.uuid4().hex[:8]}")
    try:
        temporary.write_text(text, encoding="ascii")
        temporary.replace(file)
    finally:
        temporary.unlink(missing_ok=True)


def require_whole(table: Path, where: str, remedy: str) -> Path:
    """The table's path, when it holds what was written. Raises DamagedFile.

    where    how an error names the table
    """
    kept = sum_file(table)
    if not kept.is_file():
        return table
    told = kept.read_text(encoding="ascii")
    if told == UNFINISHED:
        raise DamagedFile("a run ended while it replaced this table", where=where, remedy=remedy)
    if not table.is_file():
        raise DamagedFile("the table was written, and is gone", where=where, remedy=remedy)
    if told.partition(" ")[0] != sum_of(table):
        raise DamagedFile("the table is not as it was written", where=where, remedy=remedy)
    return table
