"""A real PostgreSQL of Debian's for tests: on loopback, in a folder of its own, stopped by process id."""

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg2

from tests.waiting import free_port

USER = "thin"
PATIENCE_SECONDS = 120


@dataclass
class Postgres:
    """A server that listens on 127.0.0.1; databases are made as they are asked for.

    password    random; the server lets nobody in without it
    """

    folder: Path
    port: int
    password: str
    binaries: Path
    process: subprocess.Popen | None = field(default=None, repr=False)

    def url(self, database: str, *, with_password: bool = True) -> str:
        """Address of a database."""
        password = f":{self.password}" if with_password else ""
        return f"postgresql://{USER}{password}@127.0.0.1:{self.port}/{database}"

    def create(self, database: str) -> str:
        """A new, empty database; returns its address."""
        with self._connected("postgres") as connection:
            connection.cursor().execute(f'create database "{database}"')
        return self.url(database)

    def ask(self, database: str, query: str) -> list[tuple]:
        """Rows of a query."""
        with self._connected(database) as connection, connection.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchall()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        command = [self.binaries / "postgres", "-D", self.folder / "data", "-h", "127.0.0.1"]
        command += ["-p", str(self.port), "-k", self.folder, "-c", "fsync=off"]
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, **_as_nobody_special())
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                self.ask("postgres", "select 1")
                return
            except psycopg2.OperationalError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise AssertionError((self.folder / "server.log").read_text()) from None
                time.sleep(0.1)

    def stop(self) -> None:
        """Stop it as `restart` does: connections are cut, what they were doing is undone."""
        if self.process is not None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(PATIENCE_SECONDS)
            self.process = None

    @contextmanager
    def _connected(self, database: str) -> Iterator:
        connection = psycopg2.connect(self.url(database))
        connection.autocommit = True
        try:
            yield connection
        finally:
            connection.close()


@contextmanager
def postgres_server() -> Iterator[Postgres]:
    """A running server for the block."""
    folder = Path(tempfile.mkdtemp(prefix="thin-postgres-"))  # not pytest's: that is closed to other users
    server = Postgres(folder, free_port(), secrets.token_hex(16), _binaries())
    try:
        _make(server)
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _make(server: Postgres) -> None:
    """Fill the folder of a server. It refuses to be run by root, who hands it to Debian's user `postgres`."""
    (server.folder / "password").write_text(server.password)
    if os.getuid() == 0:
        for path in (server.folder, server.folder / "password"):
            shutil.chown(path, "postgres", "postgres")
    command = [server.binaries / "initdb", "-D", server.folder / "data", "-U", USER, "--auth=scram-sha-256"]
    command += [f"--pwfile={server.folder / 'password'}", "--no-sync", "--locale=C.UTF-8", "--encoding=UTF8"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, **_as_nobody_special())
    assert done.returncode == 0, done.stderr


def _as_nobody_special() -> dict:
    """Options of a process that must not be root's."""
    if os.getuid() != 0:
        return {}
    return {"user": "postgres", "group": pwd.getpwnam("postgres").pw_gid, "extra_groups": [], "cwd": "/"}


def _binaries() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    assert found, "apt-get install postgresql"
    return found[-1].parent
