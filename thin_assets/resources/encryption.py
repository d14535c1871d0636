"""Encrypted Parquet for the raw room: footer and columns under one 256-bit key, by AES-GCM.

DuckDB writes it, because DuckDB reads it: of what pyarrow encrypts it reads some queries only. It writes with
the OpenSSL of its extension httpfs, which is loaded here and on no connection that reads.
"""

from pathlib import Path

import duckdb
import pyarrow as pa

from thin_assets.resources.extensions import load_extension
from thin_assets.resources.raw_tables import KEY_NAME, add_key, read_raw

_FORMAT = f"format parquet, compression zstd, encryption_config {{footer_key: '{KEY_NAME}'}}"

_ENGINE = {
    "memory_limit": "1GB",
    "threads": 2,
    "temp_directory": "",  # what spilled to disk would be plain
    "autoinstall_known_extensions": False,
}


def connect_to_write(key: bytes) -> duckdb.DuckDBPyConnection:
    """A private connection that can write encrypted Parquet; pip installed its extension, nothing is fetched.

    key    32 bytes
    """
    con = duckdb.connect(config=_ENGINE)
    load_extension(con, "httpfs")
    add_key(con, key)
    return con


class EncryptedWriter:
    """Writes one Parquet file batch by batch, as `pyarrow.parquet.ParquetWriter` does.

    The engine cannot add to a file. So every batch is a file of its own beside the target, encrypted as well;
    `close` makes one file of them, rows in the order in which they came. Without a batch that is an empty
    table.

    con    of `connect_to_write`
    """

    def __init__(self, file: Path, schema: pa.Schema, con: duckdb.DuckDBPyConnection) -> None:
        self._file, self._schema, self._con = file, schema, con
        self._parts: list[Path] = []

    def write_table(self, rows: pa.Table, row_group_size: int | None = None) -> None:
        """Append rows; the engine decides how they are grouped."""
        part = self._file.with_name(f"{self._file.name}.{len(self._parts)}")
        self._parts.append(part)
        self._con.register("batch", rows)
        self._con.execute(f"copy (from batch) to '{part}' ({_FORMAT})")
        self._con.unregister("batch")

    def close(self) -> None:
        """Finish the file."""
        if not self._parts:
            self.write_table(self._schema.empty_table())
        self._con.execute(f"copy (from {read_raw(*self._parts)}) to '{self._file}' ({_FORMAT})")
        self.discard()

    def discard(self) -> None:
        """Remove what was written and is not finished."""
        for part in self._parts:
            part.unlink(missing_ok=True)
        self._parts = []
