"""Tables written aside, then shown together: a reader meets the old partition or the new one."""

import os
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Self

import pyarrow as pa
import pyarrow.parquet as pq

from thin_assets.resources.encryption import EncryptedWriter, connect_to_write
from thin_assets.resources.full_disk import NamingFullDisk
from thin_assets.resources.sums import keep_sum, mark_unfinished


class PendingTables:
    """Parquet files in the making.

    `add` appends rows to a table, `show` moves every table to its place. Leaving the block without `show`,
    by an error for instance, leaves nothing behind. Raises DiskFull where they cannot be written.

    key    encrypts every table; None: all are plain
    """

    def __init__(self, key: bytes | None = None) -> None:
        self._writers: dict[Path, pq.ParquetWriter | EncryptedWriter] = {}
        self._aside: dict[Path, Path] = {}
        self._con = None if key is None else connect_to_write(key)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        for writer in self._writers.values():
            if isinstance(writer, EncryptedWriter):
                writer.discard()
            else:
                with suppress(OSError):  # thrown away: a full disk cannot finish it, and need not
                    writer.close()
        for aside in self._aside.values():
            aside.unlink(missing_ok=True)
        if self._con is not None:
            self._con.close()

    def open(self, target: Path, schema: pa.Schema) -> None:
        """Start a table; without rows it will be an empty one."""
        target.parent.mkdir(parents=True, exist_ok=True)
        self._aside[target] = target.with_name(f".{target.name}.{uuid.uuid4().hex[:8]}")
        self._writers[target] = self._writer(self._aside[target], schema)

    def _writer(self, aside: Path, schema: pa.Schema) -> "pq.ParquetWriter | EncryptedWriter":
        if self._con is not None:
            return EncryptedWriter(aside, schema, self._con)
        return pq.ParquetWriter(aside, schema, compression="zstd")

    def add(self, target: Path, rows: pa.Table) -> None:
        """Append rows, as one row group."""
        if rows.num_rows:
            with NamingFullDisk(str(target.parent)):
                self._writers[target].write_table(rows, row_group_size=rows.num_rows)

    def show(self) -> None:
        """Finish every table and move it to its place; from the first to the last, none can be read."""
        for target, writer in self._writers.items():
            with NamingFullDisk(str(target.parent)):
                writer.close()
            with self._aside[target].open("rb") as written:
                os.fsync(written.fileno())
        mark_unfinished(self._aside)
        for target, aside in self._aside.items():
            aside.replace(target)
        for target in self._aside:
            keep_sum(target)
        self._writers, self._aside = {}, {}
