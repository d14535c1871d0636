"""Dagster's storage in PostgreSQL, which waits for a server that is restarted rather than losing the run.

Dagster asks for a connection for every event, and gives up after some six seconds without one: shorter than
a server takes to be restarted or moved. Here a process waits for two minutes. Commands ask the server before
they open the instance (`storage.require_reachable`), and say at once that it is away.

Needs `dagster-postgres` (extra `deploy`): only `dagster.yaml` names this module, and what asks for a server.
"""

import logging
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import psycopg2
from dagster import Field, StringSource
from dagster._config.config_schema import UserConfigSchema
from dagster._serdes import ConfigurableClassData
from dagster_postgres import DagsterPostgresStorage
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, CursorResult, Dialect, Transaction
from sqlalchemy.engine.cursor import FullyBufferedCursorFetchStrategy
from sqlalchemy.exc import DBAPIError, DisconnectionError

from thin_assets.instance.storage import read_url, unreachable

PATIENCE_SECONDS = 120.0
"""How long a process waits for a server that went away."""

_ATTEMPTS = 5
_FIRST_WAIT, _LONGEST_WAIT = 0.2, 5.0
_HOPELESS = ("authentication failed", "does not exist", "no pg_hba.conf entry")
"""What a server says that is there, and will say the same in two minutes."""

_log = logging.getLogger("thin_assets")
T = TypeVar("T")


class PatientPostgresStorage(DagsterPostgresStorage):
    """Dagster's own storage, with the password from a file where one is named, and patience.

    Opening and using it raise InstanceUnreachable when the server has not answered for two minutes.
    """

    def __init__(self, url: URL, inst_data: ConfigurableClassData | None = None) -> None:
        patiently(lambda: ask(url), url)
        super().__init__(url.render_as_string(hide_password=False), inst_data=inst_data)

        def connect(dialect: Dialect, record: object, args: Any, parameters: Any) -> object:
            return patiently(lambda: dialect.connect(*args, **parameters), url)

        for part in (self._run_storage, self._event_log_storage, self._schedule_storage):
            event.listen(part._engine, "do_connect", connect)
            part._engine._connection_cls = PatientConnection

    @classmethod
    def config_type(cls) -> UserConfigSchema:
        """What dagster.yaml may say."""
        return {"postgres_url": StringSource, "password_file": Field(StringSource, is_required=False)}

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: dict[str, Any]
    ) -> "PatientPostgresStorage":
        """Made by Dagster from dagster.yaml."""
        file = config_value.get("password_file")
        return cls(read_url(config_value["postgres_url"], Path(file) if file else None), inst_data)


class PatientConnection(Connection):
    """A connection whose statement is said again when the server went away while it was said.

    Dagster's statements are transactions of their own. One that was cut off was undone by the server, but
    for the moment between its end and the answer: then an event stands twice, which is better than a run
    that fails for an event. Within a transaction nothing is said again.
    """

    _in_begun = False

    def begin(self) -> Transaction:
        """Begin a transaction of several statements."""
        self._in_begun = True
        return super().begin()

    def _autobegin(self) -> None:
        """What SQLAlchemy begins by itself, for one statement."""
        super()._autobegin()
        self._in_begun = False

    def execute(self, *arguments: Any, **named: Any) -> CursorResult:
        """Say a statement; where the connection was cut off, say it again with a new one."""
        for _ in range(_ATTEMPTS - 1):
            try:
                return _with_rows(super().execute(*arguments, **named))
            except psycopg2.InterfaceError:
                reason = "it ended with the answer"
                self.invalidate()
            except DBAPIError as error:
                if not error.connection_invalidated or self._in_begun:
                    raise
                reason = first_line(error.orig)
            if self._in_begun:
                raise DisconnectionError(reason)
            _log.warning("said again, for the connection was cut off: %s", reason)
            self.rollback()
        return super().execute(*arguments, **named)


def _with_rows(result: CursorResult) -> CursorResult:
    """The same answer, its rows taken from the driver, which gives out none once a connection is cut off."""
    if result.returns_rows and result.cursor is not None:
        rows = deque(result.cursor.fetchall())
        result.cursor_strategy = FullyBufferedCursorFetchStrategy(result.cursor, initial_buffer=rows)
    return result


def patiently(connect: Callable[[], T], url: URL) -> T:
    """A connection, tried again while the server is away, which is told once. Raises InstanceUnreachable."""
    started, wait = time.monotonic(), _FIRST_WAIT
    while True:
        try:
            return connect()
        except psycopg2.OperationalError as error:
            away = unreachable(url, first_line(error))
        if any(words in away.what for words in _HOPELESS) or time.monotonic() - started > PATIENCE_SECONDS:
            raise away
        if wait == _FIRST_WAIT:
            _log.warning("waiting up to %d s: %s", PATIENCE_SECONDS, away)
        time.sleep(wait)
        wait = min(2 * wait, _LONGEST_WAIT)


def ask(url: URL) -> None:
    """Let us in and out again. Raises OperationalError of the driver, whose text holds no password."""
    psycopg2.connect(**connection_of(url)).close()


def connection_of(url: URL) -> dict[str, Any]:
    """Parameters of a connection, as the driver has them."""
    told = url.translate_connect_args(username="user", database="dbname")
    return {"connect_timeout": 10} | told | dict(url.query)


def require(url: URL) -> None:
    """Raises InstanceUnreachable when a server does not let us in, at once."""
    try:
        ask(url)
    except psycopg2.OperationalError as error:
        raise unreachable(url, first_line(error)) from None


def first_line(error: psycopg2.Error) -> str:
    """What the driver said first: host, port, user and reason."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
