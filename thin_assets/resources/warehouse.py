"""One in-memory DuckDB per step, with a memory limit and a folder to spill to: no shared file, no lock."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Self

import duckdb

from thin_assets.resources.engine_choice import EngineChoice, engines_told
from thin_assets.resources.full_disk import NamingFullDisk
from thin_assets.resources.raw_tables import add_key
from thin_assets.resources.sealed import require_undamaged
from thin_assets.settings import Settings

if TYPE_CHECKING:
    import pyarrow as pa

    from thin_assets.resources.backends import Connection

HELD, READ_AHEAD = "1TB", "1MB"
"""How much of a result the engine makes before it is fetched. A step fetches all, so all may be made: where
the buffer is full and the first part is not there yet (a union whose other parts read a common table, in
DuckDB up to 1.5.6), the engine waits for the step and the step for the engine, for ever and without CPU."""


def connect(
    *, memory_limit: str = "1GB", threads: int = 2, spill: Path | None = None
) -> duckdb.DuckDBPyConnection:
    """A private in-memory database that downloads nothing and keeps rows in the order they were written.

    It draws no bars of its own into a log: a step tells of its progress by what it works on.
    """
    config = {"memory_limit": memory_limit, "threads": threads, "autoinstall_known_extensions": False}
    if spill is not None:
        spill.mkdir(parents=True, exist_ok=True)
        config["temp_directory"] = str(spill)
    con = duckdb.connect(":memory:", config=config)
    con.execute(f"set streaming_buffer_size = '{HELD}'; set enable_progress_bar = false")
    return con


def streamed(
    con: duckdb.DuckDBPyConnection, query: str, rows: int, values: Sequence[object] = ()
) -> "pa.RecordBatchReader":
    """The rows of one table, so many at a time; the engine reads a MB ahead.

    A query of several parts is no query for this: see `HELD`.
    """
    con.execute(f"set streaming_buffer_size = '{READ_AHEAD}'")
    return con.execute(query, list(values)).to_arrow_reader(rows)


def attach_tables(con: duckdb.DuckDBPyConnection, schema: str, folder: Path) -> None:
    """A view `schema.<table>` over every `<table>/data.parquet` or `<table>.parquet` of a folder."""
    con.execute(f"create schema if not exists {schema}")
    files = {path.parent.name: path for path in sorted(folder.glob("*/data.parquet"))}
    files |= {path.stem: path for path in sorted(folder.glob("*.parquet"))}
    for table, path in files.items():
        con.execute(
            f"create view {schema}.{table} as select * from read_parquet('{path}', hive_partitioning = false)"
        )


class Warehouse(EngineChoice):
    """Opens a private DuckDB for one step, or a session of Spark where a country is computed there."""

    memory_limit: str
    threads: int
    spill: str

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The engines of a home."""
        return cls(
            memory_limit=settings.memory_limit,
            threads=settings.threads,
            spill=str(settings.spill),
            **engines_told(settings),
        )

    @contextmanager
    def open_cdm(
        self, build: Path, vocabulary: Path, key: bytes | None = None, *, country: str | None = None
    ) -> "Iterator[Connection]":
        """A connection whose schema `cdm` holds a sealed build and its vocabulary as views.

        country    whose engine it is to be; None: DuckDB
        Raises DamagedFile where the build is not as it was sealed.
        """
        require_undamaged(build)
        with self.open(key) if country is None else self.open_engine(country) as con:
            attach_tables(con, "cdm", build)
            attach_tables(con, "cdm", vocabulary)
            yield con

    @contextmanager
    def open_engine(self, country: str) -> "Iterator[Connection]":
        """A connection to the engine of a country; closed after the block.

        What is asked is DuckDB's SQL for either. Raises EngineMissing where Spark is chosen and not there.
        """
        if not self.is_on_spark(country):
            with self.open() as con:
                yield con
            return
        from thin_assets.resources.spark import spark_session
        from thin_assets.resources.spark_connection import SparkConnection

        con = SparkConnection(spark_session(self.spark_with(Path(self.spill) / "spark")))
        try:
            with NamingFullDisk(self.spill):
                yield con
        finally:
            con.close()

    @contextmanager
    def beside(self, con: "Connection") -> Iterator[duckdb.DuckDBPyConnection]:
        """DuckDB for files of this home: the same connection, or one beside that to Spark."""
        if isinstance(con, duckdb.DuckDBPyConnection):
            yield con
            return
        with self.open() as beside:
            yield beside

    @contextmanager
    def open(self, key: bytes | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection for the block; closed after it.

        key    reads raw tables that are encrypted; None: only plain ones can be read
        """
        con = connect(memory_limit=self.memory_limit, threads=self.threads, spill=Path(self.spill))
        if key is not None:
            add_key(con, key)
        try:
            with NamingFullDisk(self.spill):
                yield con
        finally:
            con.close()
