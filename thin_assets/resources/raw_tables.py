"""How a raw table is read, plain or encrypted.

Whether a file is encrypted is seen from the file, never from a setting: months written plain and months
written encrypted stand together, and are read alike.
"""

import base64
from pathlib import Path

import duckdb

KEY_NAME = "raw"
"""What a query calls the key; dbt_project/macros/sources.sql says the same."""

_MAGIC = b"PARE"
"""First bytes of a Parquet file whose footer is encrypted; any other begins with PAR1."""


def is_encrypted(file: Path) -> bool:
    """Whether a Parquet file can be read with a key only; False for one that is not there."""
    if not file.is_file():
        return False
    with file.open("rb") as opened:
        return opened.read(len(_MAGIC)) == _MAGIC


def read_raw(*files: Path) -> str:
    """What stands after `from` to read a raw table; an encrypted one needs `add_key` on the connection.

    files    all encrypted, or all plain; their rows come in this order
    """
    named = ", ".join(f"'{file}'" for file in files)
    option = f", encryption_config = {{footer_key: '{KEY_NAME}'}}" if is_encrypted(files[0]) else ""
    return f"read_parquet([{named}], hive_partitioning = false{option})"


def add_key(con: duckdb.DuckDBPyConnection, key: bytes) -> None:
    """Let a connection, and every cursor of it, read encrypted raw tables; the key stays in memory.

    key    32 bytes
    """
    con.execute(f"pragma add_parquet_key('{KEY_NAME}', '{base64.b64encode(key).decode('ascii')}')")
