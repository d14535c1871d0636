"""The Dagster instance in a backup: SQLite files by SQLite's own online copy, PostgreSQL by pg_dump."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import dagster as dg
from dagster._core.storage.dagster_run import IN_PROGRESS_RUN_STATUSES, DagsterRunStatus
from sqlalchemy.engine import URL

from thin_assets.backup.home import INSTANCE
from thin_assets.backup.store import ChangedMeanwhile, Entry, Store, relative_files
from thin_assets.errors import BackupRefused
from thin_assets.instance.storage import server_url
from thin_assets.settings import Settings

DUMP = f"{INSTANCE}/postgres.dump"
"""Path of the dump in a backup; in a home there is no such file."""

_NOT_COPIED = {"daemon.log", "postgres.dump"}
_BUSY_SECONDS = 60


def kept_in(settings: Settings) -> str:
    """Where the instance is kept: `sqlite` or `postgres`."""
    return "sqlite" if settings.instance_postgres_url is None else "postgres"


def copy_instance(settings: Settings, store: Store) -> Iterator[tuple[str, Entry]]:
    """Take in runs, events, schedules and what runs printed, while a daemon may be at work."""
    folder = settings.dagster_home
    for name in relative_files(folder) if folder.is_dir() else ():
        path = f"{INSTANCE}/{name.as_posix()}"
        if name.suffix == ".db":
            yield path, _copy_sqlite(folder / name, store)
        elif name.name not in _NOT_COPIED and not name.name.endswith(("-wal", "-shm", "-journal")):
            try:
                yield path, store.copy(folder / name)
            except (FileNotFoundError, ChangedMeanwhile):
                continue  # what a run at work is printing
    if settings.instance_postgres_url is not None:
        yield DUMP, _dump(server_url(settings), store)


def _copy_sqlite(path: Path, store: Store) -> Entry:
    with store.aside() as copy:
        with (
            closing(sqlite3.connect(path, timeout=_BUSY_SECONDS)) as source,
            closing(sqlite3.connect(copy)) as target,
        ):
            source.backup(target)
        return replace(store.copy(copy), mode=path.stat().st_mode & 0o777)


def _dump(url: URL, store: Store) -> Entry:
    with store.aside() as copy:
        _run(url, "pg_dump", "--format=custom", "--no-owner", f"--file={copy}")
        return store.copy(copy)


def load_dump(settings: Settings, dump: Path) -> None:
    """Bring runs and events back into an empty database, all or nothing. Raises BackupRefused."""
    _run(
        server_url(settings), "pg_restore", "--no-owner", "--exit-on-error", "--single-transaction", str(dump)
    )


def require_empty_database(settings: Settings) -> None:
    """Raises BackupRefused where the database of the instance has a table already."""
    import psycopg2

    from thin_assets.instance.postgres import connection_of

    url = server_url(settings)
    with closing(psycopg2.connect(**connection_of(url))) as connection, connection.cursor() as cursor:
        cursor.execute("select count(*) from pg_tables where schemaname = current_schema()")
        if cursor.fetchone()[0]:
            raise BackupRefused(
                "the database of the instance is not empty",
                where=f"{url.host}/{url.database}",
                remedy="create another database, and name it in THIN_INSTANCE_POSTGRES_URL",
            )


def fail_unfinished(instance: dg.DagsterInstance, when: str) -> int:
    """Fail the runs that were at work when the backup was taken, for the daemon to try again; how many."""
    at_work = {*IN_PROGRESS_RUN_STATUSES, DagsterRunStatus.NOT_STARTED, DagsterRunStatus.CANCELING}
    runs = instance.get_runs(dg.RunsFilter(statuses=sorted(at_work, key=str)))
    for run in runs:
        instance.report_run_failed(run, f"was at work when the backup of {when} was taken; run it again")
    return len(runs)


def _run(url: URL, tool: str, *arguments: str) -> None:
    """Run a tool of PostgreSQL on a database; the password goes by its environment, not by its arguments."""
    address = url.set(password=None).render_as_string(hide_password=False)
    environment = os.environ | ({"PGPASSWORD": url.password} if url.password else {})
    done = subprocess.run(
        [_tool(tool), f"--dbname={address}", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BackupRefused(
            f"{tool} ended with {done.returncode}: {next(iter(done.stderr.strip().splitlines()), '')}",
            where=f"{url.host}/{url.database}",
            remedy="PostgreSQL's clients must not be older than the server; mend, and try again",
        )


def _tool(name: str) -> str:
    """A tool of PostgreSQL, the newest that is installed. Raises BackupRefused."""
    installed = sorted(
        Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3])
    )
    found = str(installed[-1]) if installed else shutil.which(name)
    if found is None:
        raise BackupRefused(
            f"{name} is not installed", where="PATH", remedy="apt-get install postgresql-client"
        )
    return found
