"""Runs on many machines: PostgreSQL, Redis, three workers, which are processes here and share the lake."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.launcher.base import WorkerStatus

from tests.conftest import thin_assets
from tests.journey.test_postgres import left_half_done, rows_of, runs_of, told_of, why
from tests.machines import (
    Machine,
    held,
    is_there,
    launched,
    machine,
    messages,
    new_run,
    node_of,
    process_of,
    quick,
    reached,
    stopped_in_its_course,
    wait_for,
)
from tests.servers.postgres import Postgres, postgres_server
from tests.servers.redis import Redis, redis_server
from thin_assets.definitions import build_definitions
from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import BrokerUnreachable
from thin_assets.instance.backfills import submit_backfill
from thin_assets.instance.broker import EXECUTE, QUEUE, Sign, application, client, send, workers
from thin_assets.instance.code import contents
from thin_assets.instance.config import open_instance
from thin_assets.instance.daemon import daemon
from thin_assets.jobs import partitioned_assets
from thin_assets.resources.lake import Lake
from thin_assets.settings import Settings
from thin_assets.synthetic.delivery import write_delivery

pytestmark = pytest.mark.journey

COUNTRIES, MONTHS = ("GB", "FR", "DE"), ("2024-02", "2024-03")
PARTITIONS = [f"{country}|{month}-01" for country in COUNTRIES for month in MONTHS]
SEALED = PARTITIONS[0]
NAMES = ("one", "two", "three")
ROOMS = {"landing", "raw", "text"}
SILENCE = 15
STARTED, SUCCESS, CANCELED, FAILURE = (
    dg.DagsterRunStatus[name] for name in ("STARTED", "SUCCESS", "CANCELED", "FAILURE")
)


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with postgres_server() as running:
        yield running


@pytest.fixture(scope="module")
def broker() -> Iterator[Redis]:
    with redis_server() as running:
        yield running


@pytest.fixture(scope="module")
def settings(
    postgres: Postgres, broker: Redis, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Settings]:
    """A home with six deliveries, whose runs are for workers."""
    folder = tmp_path_factory.mktemp("machines")
    (folder / "password").write_text(broker.password)
    told = {
        "THIN_INSTANCE_POSTGRES_URL": postgres.create("machines"),
        "THIN_LAUNCHER": "celery",
        "THIN_CELERY_BROKER": broker.url(with_password=False),
        "THIN_CELERY_BROKER_PASSWORD_FILE": str(folder / "password"),
        "THIN_WORKER_SILENCE": str(SILENCE),
        "THIN_MAX_CONCURRENT_RUNS": str(len(NAMES)),
    }
    home = folder / "home"
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (told | {"THIN_HOME": str(home), "DAGSTER_HOME": str(home / "dagster")}).items():
            patch.setenv(name, value)
        for partition in PARTITIONS:
            folders = {"deliveries": home / "deliveries", "truth": home / "truth"}
            write_delivery(Snapshot.of(partition), patients=40, seed=11, **folders)
        thin_assets(home, "doctor", "--fix")
        yield Settings.load()


@pytest.fixture(scope="module")
def machines(settings: Settings) -> Iterator[dict[str, Machine]]:
    """The workers by name."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(machine(settings.home, name)) for name in NAMES}


@pytest.fixture
def instance(settings: Settings, machines: dict[str, Machine]) -> Iterator[dg.DagsterInstance]:
    """The instance, with workers and without a daemon; runs that were held are let go at the end."""
    go = settings.home / "go"
    go.unlink(missing_ok=True)
    with open_instance(settings) as instance:
        yield instance
        go.touch()
        wait_for(lambda: instance.get_runs_count(dg.RunsFilter(statuses=[STARTED])) == 0, "runs to end")


def occupied(instance: dg.DagsterInstance, machines: dict[str, Machine]) -> list[dg.DagsterRun]:
    """A run on each worker that there is, held there."""
    alive = [one for one in machines.values() if one.process.poll() is None]
    sent = [launched(instance, held) for _ in alive]
    runs = [reached(instance, run_id, STARTED) for run_id in sent]
    assert {node_of(run) for run in runs} == {one.name for one in alive}
    return runs


def sign_of(settings: Settings, run_id: str) -> Sign:
    return Sign(client(settings), run_id, SILENCE)


@pytest.mark.fault("a machine lost in mid-backfill")
def test_a_backfill_is_spread_over_machines_and_outlives_one_of_them(
    settings: Settings, machines: dict[str, Machine]
) -> None:
    """Six partitions on three machines. One is lost with its run in it: the run dies too, Dagster says of it
    what to do, and it is built again on another. Every partition ends whole, built once; one is sealed."""
    graph = build_definitions(settings).resolve_asset_graph()

    def assets(rooms: set[str]) -> list[dg.AssetKey]:
        return [key for key in partitioned_assets(graph) if key.path[0] in rooms]

    def is_over(backfill: str) -> bool:
        return instance.get_backfill(backfill).status.value.startswith("COMPLETED")

    with open_instance(settings) as instance, daemon(settings, instance):
        backfill = submit_backfill(instance, graph, assets(ROOMS), PARTITIONS)

        def all_runs() -> list[dg.DagsterRun]:
            return [run for of in runs_of(instance, backfill).values() for run in of]

        victim = wait_for(lambda: stopped_in_its_course(instance, all_runs()), "a run in its course")
        machines[node_of(victim)].kill()
        wait_for(lambda: not is_there(process_of(victim)), "the run to die with its machine")
        wait_for(lambda: is_over(backfill), "the backfill")
        sealing = submit_backfill(instance, graph, assets({"omop", "validated"}), [SEALED])
        wait_for(lambda: is_over(sealing), "dbt and the seal")
        ((sealed,),) = runs_of(instance, sealing).values()
        assert sealed.status is SUCCESS, why(instance, sealed)
        runs = runs_of(instance, backfill)
        failures = {run.run_id: why(instance, run) for of in runs.values() for run in of}

    ends = {key: [run.status.value for run in of] for key, of in runs.items()}
    lost = victim.tags["dagster/partition"]
    assert ends == dict.fromkeys(PARTITIONS, ["SUCCESS"]) | {lost: ["FAILURE", "SUCCESS"]}, failures
    again = runs[lost][1]
    assert again.parent_run_id == victim.run_id
    assert node_of(again) != node_of(victim)
    (told,) = failures[victim.run_id]
    assert f"no sign of this run from {node_of(victim)}@" in told
    assert "Start `thin-assets worker`" in told
    assert {node_of(run) for of in runs.values() for run in of} == set(NAMES)
    assert left_half_done(settings.home) == []
    for key in PARTITIONS:
        assert sum(rows_of(settings, key)) == told_of(settings, key) > 0
    assert Lake(home=str(settings.home)).current_build(Snapshot.of(SEALED)).is_dir()


def test_the_workers_that_are_there_are_listed(settings: Settings, machines: dict[str, Machine]) -> None:
    alive = {one.name for one in machines.values() if one.process.poll() is None}
    assert {node.partition("@")[0]: runs for node, runs in workers(settings).items()} == dict.fromkeys(
        alive, 1
    )
    assert f"{len(alive)} workers, {len(alive)} runs at once" in thin_assets(settings.home, "workers").stdout


def test_a_run_is_stopped_from_any_machine(instance: dg.DagsterInstance, settings: Settings) -> None:
    """Who stops it needs to see neither its process nor its worker."""
    run = reached(instance, launched(instance, held), STARTED)
    assert instance.run_launcher.check_run_worker_health(run).status is WorkerStatus.RUNNING
    with dg.DagsterInstance.from_ref(instance.get_ref()) as of_the_webserver:
        assert of_the_webserver.run_launcher.terminate(run.run_id)
    reached(instance, run.run_id, CANCELED)
    wait_for(lambda: not is_there(process_of(run)), "its process to end")
    assert not instance.run_launcher.terminate(run.run_id)
    assert not sign_of(settings, run.run_id).is_there()


def test_a_run_that_waits_for_a_worker_is_cancelled_at_once(
    instance: dg.DagsterInstance, machines: dict[str, Machine]
) -> None:
    """And is not executed when a worker comes upon it: another that was sent after it is."""
    busy = occupied(instance, machines)
    waits, after = launched(instance, quick), launched(instance, quick)
    assert instance.run_launcher.terminate(waits)
    assert instance.get_run_by_id(waits).status is CANCELED
    assert instance.run_launcher.terminate(busy[0].run_id)
    reached(instance, after, SUCCESS)
    assert "Started process" not in messages(instance, waits)


def test_a_message_that_comes_twice_is_one_run(instance: dg.DagsterInstance, settings: Settings) -> None:
    run = new_run(instance, held)
    for _ in range(2):
        send(application(settings), run.run_id, contents(settings))
    reached(instance, run.run_id, STARTED)
    last = launched(instance, quick)  # the other worker took the second message before it
    reached(instance, last, SUCCESS)
    (settings.home / "go").touch()
    reached(instance, run.run_id, SUCCESS)
    assert messages(instance, run.run_id).count("Started process for run") == 1


def test_a_machine_with_other_code_refuses(instance: dg.DagsterInstance, settings: Settings) -> None:
    run = new_run(instance, quick)
    send(application(settings), run.run_id, "other code")
    reached(instance, run.run_id, FAILURE)
    assert "Bring all machines to the same" in messages(instance, run.run_id)


def test_a_fault_of_a_worker_is_told_in_the_run(instance: dg.DagsterInstance, settings: Settings) -> None:
    """Here: a message that it cannot read."""
    run = new_run(instance, quick)
    application(settings).send_task(EXECUTE, args=[run.run_id], task_id=run.run_id, queue=QUEUE)
    reached(instance, run.run_id, FAILURE)
    assert "TypeError in" in messages(instance, run.run_id)


@pytest.mark.fault("Redis restarted in mid-run")
def test_a_run_goes_on_while_redis_is_restarted(
    instance: dg.DagsterInstance, settings: Settings, broker: Redis
) -> None:
    """It comes back empty: nobody takes the run for lost, and workers take new ones."""
    run = reached(instance, launched(instance, held), STARTED)
    broker.stop()
    try:
        with pytest.raises(BrokerUnreachable) as told:
            instance.run_launcher.check_run_worker_health(run)
    finally:
        broker.start()
    assert broker.password not in str(told.value)
    wait_for(sign_of(settings, run.run_id).is_there, "a sign of the run")
    assert instance.run_launcher.check_run_worker_health(run).status is WorkerStatus.RUNNING
    reached(instance, launched(instance, quick), SUCCESS)
    (settings.home / "go").touch()
    reached(instance, run.run_id, SUCCESS)


def test_a_run_that_is_killed_is_missed_and_its_worker_takes_another(
    instance: dg.DagsterInstance, machines: dict[str, Machine]
) -> None:
    run = reached(instance, launched(instance, held), STARTED)
    os.kill(process_of(run), signal.SIGKILL)

    def missed() -> bool:
        return instance.run_launcher.check_run_worker_health(run).status is WorkerStatus.NOT_FOUND

    wait_for(missed, "the run to be missed")
    instance.report_run_failed(run)
    assert machines[node_of(run)].process.poll() is None
    assert node_of(run) in {node_of(one) for one in occupied(instance, machines)}


def test_a_run_that_was_given_up_ends_by_itself(instance: dg.DagsterInstance) -> None:
    """As when its machine was cut off for a while: it does not go on beside the one that took its place."""
    run = reached(instance, launched(instance, held), STARTED)
    instance.report_run_failed(run)
    wait_for(lambda: not is_there(process_of(run)), "its process to end")


def test_a_worker_that_is_told_to_end_waits_for_its_run(
    instance: dg.DagsterInstance, settings: Settings, machines: dict[str, Machine]
) -> None:
    """And takes no other meanwhile. Of its run there are signs until the end, longer than the patience."""
    with machine(settings.home, "old") as old:
        (run,) = [one for one in occupied(instance, machines | {"old": old}) if node_of(one) == "old"]
        old.process.send_signal(signal.SIGTERM)
        wait_for(lambda: b"Warm shutdown" in old.log.read_bytes(), "the worker to be told")
        beyond = launched(instance, quick)
        with pytest.raises(subprocess.TimeoutExpired):
            old.process.wait(timeout=SILENCE * 1.5)
        assert instance.run_launcher.check_run_worker_health(run).status is WorkerStatus.RUNNING
        (settings.home / "go").touch()
        reached(instance, run.run_id, SUCCESS)
        assert old.process.wait(timeout=300) == 0
        assert node_of(reached(instance, beyond, SUCCESS)) != "old"


def test_no_password_is_in_a_file_of_the_home_in_the_words_of_a_worker_or_on_a_command_line(
    settings: Settings, broker: Redis, machines: dict[str, Machine]
) -> None:
    files = [path for path in settings.home.rglob("*") if path.is_file()]
    files += [one.log for one in machines.values()]
    files += Path("/proc").glob("[0-9]*/cmdline")
    secret = broker.password.encode()
    assert len(files) > 100
    assert [str(path) for path in files if path.exists() and secret in path.read_bytes()] == []
