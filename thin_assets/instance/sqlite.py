"""Dagster's own SQLite files, held open, and written without waiting for the disk at every event.

Dagster makes an engine and a connection for each of some 800 events of a partition, and closes it. That costs
more than all else the event log does: SQLAlchemy compiles each statement again, and when the last connection
to a file closes, SQLite folds its write-ahead log into the file and waits for the disk, twice. With a log,
`synchronous=normal` is safe: a power cut may lose the last events, never the file.
"""

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any, Self

from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.runs import SqliteRunStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._core.storage.sqlite_storage import (
    DagsterSqliteStorage,
    _event_logs_directory,
    _runs_directory,
)
from dagster._serdes import ConfigurableClassData
from sqlalchemy import create_engine, event
from sqlalchemy.engine import Connection, Engine

AT_MOST = 8
"""Files held open by a storage: a run writes to two; a daemon goes through those of many runs."""


class _Engines:
    """An engine for each of the last files that were asked for."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Engine] = OrderedDict()
        self._lock = Lock()

    def of(self, address: str) -> Engine:
        with self._lock:
            if address not in self._kept:
                self._kept[address] = _engine(address)
            self._kept.move_to_end(address)
            if len(self._kept) > AT_MOST:
                self._kept.popitem(last=False)[1].dispose()
            return self._kept[address]

    def close(self) -> None:
        with self._lock:
            while self._kept:
                self._kept.popitem()[1].dispose()


def _engine(address: str) -> Engine:
    engine = create_engine(address, connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS})
    event.listen(engine, "connect", lambda con, record: con.execute("pragma synchronous=normal"))
    return engine


class HeldEventLog(SqliteEventLogStorage):
    """The event log of runs, a file each, and the index of all."""

    def __init__(self, base_dir: str) -> None:
        super().__init__(base_dir)
        self._engines = _Engines()

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock:
            engine = self._engines.of(self.conn_string_for_shard(shard))
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.begin() as con:
                yield con

    def wipe(self) -> None:
        """Delete all files; none is held any more."""
        self._engines.close()
        super().wipe()

    def dispose(self) -> None:
        """Let go of all files."""
        super().dispose()
        self._engines.close()


class HeldRuns(SqliteRunStorage):
    """The runs, in one file."""

    _engines: _Engines | None = None

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """A connection in a transaction."""
        self._engines = self._engines or _Engines()
        with self._engines.of(self._conn_string).begin() as con:
            yield con

    def dispose(self) -> None:
        """Let go of the file."""
        super().dispose()
        if self._engines is not None:
            self._engines.close()


class HeldSqliteStorage(DagsterSqliteStorage):
    """For `dagster.yaml`: what Dagster keeps in SQLite, in the folders where it would keep it."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        super().__init__(base_dir, inst_data)
        self._run_storage = HeldRuns.from_local(_runs_directory(base_dir))
        self._event_log_storage = HeldEventLog(_event_logs_directory(base_dir))

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData, config_value: dict[str, Any]) -> Self:
        """Made by Dagster from `dagster.yaml`."""
        return cls.from_local(inst_data=inst_data, **config_value)
