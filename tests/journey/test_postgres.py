"""A team's instance on a real PostgreSQL: queue, two runs at once, a worker killed, a server restarted."""

import itertools
import json
import os
import signal
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import dagster as dg
import pyarrow.parquet as pq
import pytest

from tests import waiting
from tests.conftest import thin_assets
from tests.journey.conftest import MONTH, deliver
from tests.servers.postgres import Postgres, postgres_server
from thin_assets.backup.bring_back import restore
from thin_assets.backup.instance import DUMP
from thin_assets.backup.store import Store
from thin_assets.backup.take import take_backup
from thin_assets.definitions import build_definitions
from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import BackupRefused, InstanceUnreachable
from thin_assets.instance.backfills import submit_backfill
from thin_assets.instance.config import open_instance
from thin_assets.instance.daemon import daemon
from thin_assets.jobs import partitioned_assets
from thin_assets.resources.lake import Lake
from thin_assets.resources.leftovers import all_leftovers
from thin_assets.settings import Settings

pytestmark = pytest.mark.journey

PARTITIONS = [f"{country}|{MONTH}-01" for country in ("GB", "FR")]
ROOMS = {"landing", "raw", "text"}
PATIENCE_SECONDS = 900
wait_for = partial(waiting.wait_for, seconds=PATIENCE_SECONDS)


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with postgres_server() as running:
        yield running


@pytest.fixture(scope="module")
def settings(server: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A home with two deliveries; its instance is on the server, what runs print in a store beside it."""
    folder = tmp_path_factory.mktemp("team")
    (folder / "password").write_text(server.password)
    server.create("dagster")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("THIN_INSTANCE_POSTGRES_URL", server.url("dagster", with_password=False))
        patch.setenv("THIN_INSTANCE_POSTGRES_PASSWORD_FILE", str(folder / "password"))
        patch.setenv("THIN_COMPUTE_LOGS", f"file://{folder}/logs")
        for country in ("GB", "FR"):
            deliver(folder / "home", country, patients="40")
        thin_assets(folder / "home", "doctor", "--fix")
        yield Settings.load(folder / "home")


def runs_of(instance: dg.DagsterInstance, backfill: str) -> dict[str, list[dg.DagsterRun]]:
    """Runs of each partition, oldest first."""
    found: dict[str, list[dg.DagsterRun]] = {}
    for run in reversed(instance.get_runs(dg.RunsFilter(tags={"dagster/backfill": backfill}))):
        found.setdefault(run.tags["dagster/partition"], []).append(run)
    return found


def worker_of(instance: dg.DagsterInstance, run: dg.DagsterRun) -> int | None:
    """Process id of the worker of a run, as Dagster's own event tells it."""
    for event in instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ENGINE_EVENT):
        for name, value in event.dagster_event.engine_event_data.metadata.items():
            if name == "pid":
                return int(value.value)
    return None


def materialized(instance: dg.DagsterInstance, run: dg.DagsterRun) -> set[str]:
    events = instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION)
    return {event.dagster_event.asset_key.path[0] for event in events}


def rows_of(settings: Settings, key: str) -> list[int]:
    """Rows of each raw table of a partition, those that were rejected among them."""
    tables = Lake(home=str(settings.home)).raw_tables(Snapshot.of(key))
    return [pq.read_metadata(path).num_rows for path in tables.values()]


def told_of(settings: Settings, key: str) -> int:
    """Rows of a partition that the report of the room tells of."""
    report = Lake(home=str(settings.home)).reported("raw", Snapshot.of(key))
    return report["delivered"]


def left_half_done(home: Path) -> list[Path]:
    """Files that somebody began to write in the lake and nobody finished."""
    return [path for path in all_leftovers(home, settled=0) if path.is_relative_to(home / "lake")]


def why(instance: dg.DagsterInstance, run: dg.DagsterRun) -> list[str]:
    """What the failures of a run say."""
    kinds = {dg.DagsterEventType.RUN_FAILURE, dg.DagsterEventType.STEP_FAILURE}
    events = [entry.dagster_event for entry in instance.all_logs(run.run_id, of_type=kinds)]
    return [f"{one.message} {getattr(one.event_specific_data, 'error', '')}" for one in events]


def test_the_history_of_the_home_is_on_the_server_and_nowhere_else(
    settings: Settings, server: Postgres
) -> None:
    """What `doctor --fix` did, loading the vocabulary, is a run there."""
    assert server.ask("dagster", "select pipeline_name, status from runs") == [("load_vocabulary", "SUCCESS")]
    assert list(settings.dagster_home.rglob("*.db")) == []


def test_the_password_is_in_no_file_of_the_home_and_in_no_event(settings: Settings, server: Postgres) -> None:
    secret = server.password.encode()
    files = [path for path in settings.home.rglob("*") if path.is_file()]
    assert [str(path) for path in files if secret in path.read_bytes()] == []
    events = server.ask("dagster", "select count(*) from event_logs")[0][0]
    held = server.ask("dagster", f"select count(*) from event_logs where event like '%{server.password}%'")
    assert (events > 0, held) == (True, [(0,)])


@pytest.mark.fault("connections to PostgreSQL cut off in mid-run")
def test_no_event_is_lost_while_connections_are_cut_off(settings: Settings, server: Postgres) -> None:
    """While a run tells what it does every connection is ended again and again; the run does not notice."""
    stop, ended = threading.Event(), []

    def cut_off() -> None:
        others = "datname = 'dagster' and pid <> pg_backend_pid()"
        while not stop.wait(0.2):
            query = f"select pg_terminate_backend(pid) from pg_stat_activity where {others}"
            ended.extend(server.ask("postgres", query))

    @dg.asset
    def talkative(context: dg.AssetExecutionContext) -> None:
        culprit = threading.Thread(target=cut_off)
        culprit.start()
        try:
            while len(ended) < 10:
                context.log.info("message %d", next(numbers))
        finally:
            stop.set()
            culprit.join()

    numbers = itertools.count()
    with open_instance(settings) as instance:
        done = dg.materialize([talkative], instance=instance, raise_on_error=False)
        entries = instance.all_logs(done.run_id)
        assert done.success, why(instance, done.dagster_run)
    assert {f"message {one}" for one in range(next(numbers))} <= {entry.user_message for entry in entries}


@pytest.mark.fault("PostgreSQL restarted in mid-backfill")
def test_a_backfill_survives_a_worker_that_is_killed_and_a_server_that_is_restarted(
    settings: Settings, server: Postgres
) -> None:
    """Two partitions at once through daemon and queue. The worker of one is killed; then the server is
    stopped until a process has told that it waits, and started. Every partition ends whole."""
    graph = build_definitions(settings).resolve_asset_graph()
    assets = [key for key in partitioned_assets(graph) if key.path[0] in ROOMS]
    log = settings.dagster_home / "daemon.log"
    with open_instance(settings) as instance, daemon(settings, instance):
        backfill = submit_backfill(instance, graph, assets, PARTITIONS)

        def both_at_work() -> list[dg.DagsterRun]:
            runs = [run for of in runs_of(instance, backfill).values() for run in of]
            started = [run for run in runs if run.status is dg.DagsterRunStatus.STARTED]
            return started if len(started) == 2 and materialized(instance, started[0]) else []

        victim, other = wait_for(both_at_work, "two runs at once")
        os.kill(worker_of(instance, victim), signal.SIGKILL)
        wait_for(lambda: instance.get_run_by_id(victim.run_id).is_finished, "the killed run to be failed")

        server.stop()
        wait_for(lambda: b"waiting up to" in log.read_bytes(), "the daemon to tell that it waits")
        server.start()
        wait_for(lambda: instance.get_backfill(backfill).status.value.startswith("COMPLETED"), "the backfill")
        runs = runs_of(instance, backfill)
        failures = {run.run_id: why(instance, run) for of in runs.values() for run in of}

    ends = {key: of[-1].status.value for key, of in runs.items()}
    assert ends == dict.fromkeys(PARTITIONS, "SUCCESS"), failures
    of_victim = runs[victim.tags["dagster/partition"]]
    assert of_victim[0].status.value == "FAILURE"
    assert of_victim[1].parent_run_id == victim.run_id
    assert "start it, or mend address" in log.read_text()
    assert left_half_done(settings.home) == []
    for key in PARTITIONS:
        assert sum(rows_of(settings, key)) == told_of(settings, key)


def test_no_delivered_key_is_on_the_server_or_in_what_runs_printed(
    settings: Settings, server: Postgres
) -> None:
    """The marker of each delivery, a key of a patient, is searched in events and in what was printed."""
    told = [json.loads(path.read_text()) for path in (settings.home / "truth").rglob("*.json")]
    markers = [spelling for one in told for spelling in (one["marker"], one["marker"].replace("|", ""))]
    printed = [path for path in settings.home.with_name("logs").rglob("*") if path.is_file()]
    assert (len(markers), len(printed) > 3) == (4, True)
    for marker in markers:
        query = f"select count(*) from event_logs where position('{marker}' in event) > 0"
        assert server.ask("dagster", query) == [(0,)]
        assert [path for path in printed if marker.encode() in path.read_bytes()] == []


def test_the_history_comes_back_into_another_database(
    settings: Settings, server: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By pg_dump and pg_restore; a database that is not empty is left alone."""
    store = Store(tmp_path / "backups")
    assert DUMP in take_backup(settings, store).files
    server.create("again")
    monkeypatch.setenv("THIN_INSTANCE_POSTGRES_URL", server.url("again", with_password=False))
    restore(Settings.load(tmp_path / "home"), store)
    for query in ("select run_id, status from runs order by id", "select count(*) from event_logs"):
        assert server.ask("again", query) == server.ask("dagster", query)
    again = Settings.load(tmp_path / "home")
    assert [rows_of(again, key) for key in PARTITIONS] == [rows_of(settings, key) for key in PARTITIONS]
    assert not (tmp_path / "home" / DUMP).exists()
    with pytest.raises(BackupRefused, match="database of the instance is not empty"):
        restore(Settings.load(tmp_path / "other"), store)
    assert not (tmp_path / "other").exists()
    secret = server.password.encode()
    assert not [path for path in store.folder.rglob("*") if path.is_file() and secret in path.read_bytes()]


def test_a_command_says_at_once_that_the_server_is_away(settings: Settings, server: Postgres) -> None:
    server.stop()
    try:
        done = thin_assets(settings.home, "forget-runs", check=False)
    finally:
        server.start()
    assert done.returncode == InstanceUnreachable.exit_code
    assert "remedy" in done.stderr
    assert "THIN_INSTANCE_POSTGRES_URL" in done.stderr.replace("\n", "")
    assert server.password not in done.stderr + done.stdout


def test_a_wrong_password_is_told_at_once(
    settings: Settings, server: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits two minutes for a server that is there and says no."""
    (tmp_path / "password").write_text("not this one")
    monkeypatch.setenv("THIN_INSTANCE_POSTGRES_PASSWORD_FILE", str(tmp_path / "password"))
    with (
        pytest.raises(InstanceUnreachable, match="password authentication failed"),
        open_instance(Settings.load(settings.home)),
    ):
        pass
