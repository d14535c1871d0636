"""Dagster's SQLite files: written as before, without waiting for the disk at every event."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import dagster as dg
import pytest
from sqlalchemy import create_engine, event, text
from sqlalchemy.engine import Engine
from sqlalchemy.pool import NullPool

from thin_assets.resources import event_log


@pytest.fixture(autouse=True)
def unwaiting() -> Iterator[None]:
    was = event.contains(Engine, "connect", event_log._opened)
    event_log.write_events_without_waiting()
    yield
    while event_log._held:
        event_log._held.popitem()[1].close()
    if not was:
        event.remove(Engine, "connect", event_log._opened)


@dg.asset
def told() -> None:
    """An asset that does nothing."""


def test_the_log_of_a_file_is_not_folded_at_every_event(tmp_path: Path) -> None:
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        dg.materialize([told], instance=instance)
        logs = {path.name for path in (tmp_path / "history" / "runs").glob("*.db-wal")}
        assert "index.db-wal" in logs
        assert len(logs) == 2


def test_events_are_seen_by_others_at_once(tmp_path: Path) -> None:
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        run = dg.materialize([told], instance=instance)
        with closing(sqlite3.connect(tmp_path / "history" / "runs" / f"{run.run_id}.db")) as other:
            seen = other.execute("select count(*) from event_logs").fetchone()[0]
        assert seen == len(instance.all_logs(run.run_id))


def test_a_process_that_goes_through_many_runs_holds_few_files(tmp_path: Path) -> None:
    for number in range(12):
        engine = create_engine(f"sqlite:///{tmp_path}/{number}.db", poolclass=NullPool)
        with engine.connect() as con:
            con.execute(text("pragma journal_mode=wal"))
            assert con.execute(text("pragma synchronous")).scalar() == 1
    assert [Path(file).name for file in event_log._held] == [f"{number}.db" for number in range(4, 12)]


def test_other_engines_are_left_alone() -> None:
    """A file in memory has no log."""
    with create_engine("sqlite://").connect() as con:
        assert con.execute(text("select 1")).scalar() == 1
    assert not event_log._held
