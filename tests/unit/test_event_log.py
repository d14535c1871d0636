"""Dagster's SQLite files: written as before, without waiting for the disk at every event."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import dagster as dg
import pytest

from thin_assets.instance.config import open_instance
from thin_assets.instance.sqlite import AT_MOST
from thin_assets.settings import Settings


@pytest.fixture
def history(tmp_path: Path) -> Path:
    return tmp_path / "dagster" / "history" / "runs"


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    with open_instance(Settings(home=tmp_path)) as instance:
        yield instance


@dg.asset
def told() -> None:
    """An asset that does nothing."""


def test_the_log_of_a_file_is_not_folded_at_every_event(instance: dg.DagsterInstance, history: Path) -> None:
    dg.materialize([told], instance=instance)
    logs = {path.name for path in history.glob("*.db-wal")}
    assert "index.db-wal" in logs
    assert len(logs) == 2
    instance.dispose()
    assert not list(history.glob("*.db-wal"))


def test_events_are_seen_by_others_at_once(instance: dg.DagsterInstance, history: Path) -> None:
    run = dg.materialize([told], instance=instance)
    with closing(sqlite3.connect(history / f"{run.run_id}.db")) as other:
        seen = other.execute("select count(*) from event_logs").fetchone()[0]
    assert seen == len(instance.all_logs(run.run_id)) > 0


def test_the_disk_is_not_waited_for(instance: dg.DagsterInstance) -> None:
    with instance.event_log_storage.index_connection() as con:
        assert con.exec_driver_sql("pragma synchronous").scalar() == 1
        assert con.exec_driver_sql("pragma journal_mode").scalar() == "wal"


def test_a_process_that_goes_through_many_runs_holds_few_files(
    instance: dg.DagsterInstance, history: Path
) -> None:
    for _ in range(AT_MOST + 4):
        dg.materialize([told], instance=instance)
    assert len(list(history.glob("*.db-wal"))) <= AT_MOST
    assert len(instance.get_run_ids()) == AT_MOST + 4


def test_what_dagster_wrote_before_is_read_on(tmp_path: Path) -> None:
    """A home that was served by Dagster's own storage keeps its history."""
    (tmp_path / "dagster").mkdir()
    with dg.DagsterInstance.local_temp(str(tmp_path / "dagster")) as before:
        run_id = dg.materialize([told], instance=before).run_id
    with open_instance(Settings(home=tmp_path)) as instance:
        assert instance.get_run_by_id(run_id).is_success
        assert instance.get_latest_materialization_event(told.key) is not None


def test_a_wiped_log_begins_anew(instance: dg.DagsterInstance) -> None:
    dg.materialize([told], instance=instance)
    instance.wipe()
    run = dg.materialize([told], instance=instance)
    assert instance.get_run_ids() == [run.run_id]
    assert instance.all_logs(run.run_id)
