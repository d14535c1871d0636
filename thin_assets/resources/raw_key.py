"""The key of encrypted raw tables, fetched at the moment of use and only where a table needs it."""

from collections.abc import Iterable
from pathlib import Path

import duckdb

from thin_assets.errors import MissingSecret
from thin_assets.resources.raw_tables import add_key, is_encrypted, read_raw
from thin_assets.resources.warehouse import connect
from thin_assets.settings import Settings


def raw_key(home: Path, tables: Iterable[Path]) -> bytes | None:
    """What raw tables of a home are read with; None where all of them are plain.

    Raises MissingSecret when there is no key, or another than they were written with.
    """
    encrypted = [table for table in tables if is_encrypted(table)]
    if not encrypted:
        return None
    key = Settings.load(home).parquet_key()
    _require_right(key, encrypted)
    return key


def _require_right(key: bytes, tables: list[Path]) -> None:
    """Open the footer of every table: an engine that met a wrong key later would name no file."""
    with connect() as con:
        add_key(con, key)
        for table in tables:
            try:
                con.execute(f"describe from {read_raw(table)}")
            except duckdb.InvalidInputException as error:
                raise MissingSecret(
                    "the key is not the one that this raw table was written with, or the file is damaged",
                    where=str(table),
                    remedy="bring that key back, or build the partition again from its delivery; "
                    "see docs/how-to/encrypt-raw.md",
                ) from error
