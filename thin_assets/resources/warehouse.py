"""One in-memory DuckDB per step, with a memory limit and a folder to spill to: no shared file, no lock."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import duckdb

from thin_assets.resources.raw_tables import add_key


def connect(
    *, memory_limit: str = "1GB", threads: int = 2, spill: Path | None = None
) -> duckdb.DuckDBPyConnection:
    """A private in-memory database that downloads nothing and keeps rows in the order they were written."""
    config = {"memory_limit": memory_limit, "threads": threads, "autoinstall_known_extensions": False}
    if spill is not None:
        spill.mkdir(parents=True, exist_ok=True)
        config["temp_directory"] = str(spill)
    return duckdb.connect(":memory:", config=config)


def attach_tables(con: duckdb.DuckDBPyConnection, schema: str, folder: Path) -> None:
    """A view `schema.<table>` over every `<table>/data.parquet` or `<table>.parquet` of a folder."""
    con.execute(f"create schema if not exists {schema}")
    files = {path.parent.name: path for path in sorted(folder.glob("*/data.parquet"))}
    files |= {path.stem: path for path in sorted(folder.glob("*.parquet"))}
    for table, path in files.items():
        con.execute(
            f"create view {schema}.{table} as select * from read_parquet('{path}', hive_partitioning = false)"
        )


class Warehouse(dg.ConfigurableResource):
    """Opens a private DuckDB for one step."""

    memory_limit: str
    threads: int
    spill: str

    @contextmanager
    def open_cdm(
        self, build: Path, vocabulary: Path, key: bytes | None = None
    ) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection whose schema `cdm` holds a sealed build and its vocabulary as views."""
        with self.open(key) as con:
            attach_tables(con, "cdm", build)
            attach_tables(con, "cdm", vocabulary)
            yield con

    @contextmanager
    def open(self, key: bytes | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection for the block; closed after it.

        key    reads raw tables that are encrypted; None: only plain ones can be read
        """
        con = connect(memory_limit=self.memory_limit, threads=self.threads, spill=Path(self.spill))
        if key is not None:
            add_key(con, key)
        try:
            yield con
        finally:
            con.close()
