"""Dagster's own SQLite files, written without waiting for the disk at every event.

Dagster opens a connection for each event. When the last connection to a file closes, SQLite folds its
write-ahead log into it and waits for the disk, twice: a fifth of the time of a small partition. One
connection that stays open spares the folding. With a log, `synchronous=normal` is safe: a power cut may lose
the last events, never the file.
"""

import sqlite3
from collections import OrderedDict
from threading import Lock

from sqlalchemy import event
from sqlalchemy.engine import Engine

_AT_MOST = 8
"""Files held open: a run writes to three; a daemon or a webserver goes through those of many runs."""

_PATIENCE_SECONDS = 20

_held: OrderedDict[str, sqlite3.Connection] = OrderedDict()
_holding = Lock()


def write_events_without_waiting() -> None:
    """Do so for every SQLite file that Dagster opens from now on; for the beginning of a process."""
    if not event.contains(Engine, "connect", _opened):
        event.listen(Engine, "connect", _opened)


def _opened(connection: object, record: object) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.execute("pragma synchronous=normal")
        _, _, file = connection.execute("pragma database_list").fetchone()
        if file:
            with _holding:
                _hold(file)


def _hold(file: str) -> None:
    """Keep a connection to a file that has looked into it, for only then does it hold the log open."""
    if file not in _held:
        _held[file] = sqlite3.connect(file, timeout=_PATIENCE_SECONDS, check_same_thread=False)
    _held.move_to_end(file)
    _held[file].execute("select count(*) from sqlite_master").fetchone()
    if len(_held) > _AT_MOST:
        _held.popitem(last=False)[1].close()
