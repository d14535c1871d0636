"""The daemon is killed in the middle of a backfill, alone or with the run at work: all is built once."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.execution.backfill import BULK_ACTION_TERMINAL_STATUSES, BulkActionStatus

from tests.journey.conftest import MONTH
from tests.journey.faults.processes import Job, done, wait_for
from thin_assets.definitions import build_definitions
from thin_assets.domain.snapshot import Snapshot
from thin_assets.instance.backfills import submit_backfill
from thin_assets.instance.config import WORKSPACE, environment, open_instance
from thin_assets.jobs import partitioned_assets
from thin_assets.resources.alone import alone, held
from thin_assets.resources.lake import Lake
from thin_assets.settings import Settings

pytestmark = pytest.mark.journey

COUNTRIES = ("BE", "FR", "IT")
PARTITIONS = {Snapshot.named(country, MONTH).key: country for country in COUNTRIES}
STATUS = dg.DagsterRunStatus


@pytest.fixture
def settings(old_home: Path, words: Callable[[], Path]) -> Settings:
    """A home with a delivery of three countries, which are built one at a time."""
    for country in COUNTRIES[1:]:
        told = ("--country", country, "--snapshot", MONTH, "--patients", "25", "--seed", "13")
        done(Job(old_home, ("generate", *told)), words())
    return Settings(home=old_home, max_concurrent_runs=1)


@contextmanager
def daemon(settings: Settings) -> Iterator[subprocess.Popen]:
    """A real daemon of the home, the leader of its own group."""
    log = (settings.dagster_home / "daemon.log").open("ab")
    process = subprocess.Popen(
        [sys.executable, "-m", "dagster._daemon", "run", "-w", str(WORKSPACE)],
        env=environment(settings),
        stdout=log,
        stderr=log,
        cwd=WORKSPACE.parent,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait()
        log.close()


def backfill(settings: Settings, instance: dg.DagsterInstance, keys: Iterable[str] = PARTITIONS) -> str:
    """Ask for raw of the three partitions, or of some."""
    graph = build_definitions(settings).resolve_asset_graph()
    assets = [key for key in partitioned_assets(graph) if key.path[0] in ("landing", "raw")]
    return submit_backfill(instance, graph, assets, list(keys))


def runs(instance: dg.DagsterInstance, *statuses: STATUS) -> list[dg.DagsterRun]:
    return instance.get_runs(dg.RunsFilter(statuses=list(statuses)))


@contextmanager
def one_at_work(settings: Settings, instance: dg.DagsterInstance) -> Iterator[ExitStack]:
    """The first run of the backfill is at work, and stays so in the block: its partition is not free."""
    with ExitStack() as locks:
        for key in PARTITIONS:
            locks.enter_context(alone(settings.home, key, "a test", 0, print))
        wait_for(lambda: runs(instance, STATUS.STARTED), "a run")
        yield locks


def wait_for_end(instance: dg.DagsterInstance, backfill_id: str) -> BulkActionStatus:
    """How the backfill ended."""
    wait_for(lambda: instance.get_backfill(backfill_id).status in BULK_ACTION_TERMINAL_STATUSES, "its end")
    return instance.get_backfill(backfill_id).status


def built(instance: dg.DagsterInstance) -> dict[str, int]:
    """How often each partition was built by runs of a backfill that succeeded."""
    found = [
        run.tags["dagster/partition"]
        for run in runs(instance, STATUS.SUCCESS)
        if "dagster/backfill" in run.tags
    ]
    return {key: found.count(key) for key in set(found)}


@pytest.mark.fault("daemon killed")
def test_a_backfill_goes_on_under_the_next_daemon(settings: Settings) -> None:
    """The run at work outlives its daemon; those that wait are started by the next."""
    with open_instance(settings) as instance:
        asked = backfill(settings, instance)
        with daemon(settings) as process, one_at_work(settings, instance):
            process.send_signal(signal.SIGKILL)
            process.wait()
        wait_for(lambda: len(built(instance)) == 1, "the run that was at work")
        with daemon(settings):
            assert wait_for_end(instance, asked) is BulkActionStatus.COMPLETED_SUCCESS
        assert built(instance) == dict.fromkeys(PARTITIONS, 1)
    for country in COUNTRIES:
        Lake(home=str(settings.home)).require_raw(Snapshot.named(country, MONTH))


@pytest.mark.fault("run killed in a backfill")
def test_a_run_that_died_with_its_daemon_is_known_to_be_dead(settings: Settings) -> None:
    """As after a power cut: no process is left, and the instance says that a run is at work."""
    with open_instance(settings) as instance:
        asked = backfill(settings, instance)
        with daemon(settings) as process, one_at_work(settings, instance):
            (dead,) = runs(instance, STATUS.STARTED)
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        wait_for(lambda: not held(settings.home), "the end of the run")
        with daemon(settings):
            wait_for(lambda: runs(instance, STATUS.FAILURE), "its being known as dead")
            wait_for_end(instance, asked)
            if missing := sorted(PARTITIONS.keys() - built(instance).keys()):  # where runs are not retried
                again = backfill(settings, instance, missing)
                assert wait_for_end(instance, again) is BulkActionStatus.COMPLETED_SUCCESS
        assert instance.get_run_by_id(dead.run_id).status is STATUS.FAILURE
        assert built(instance) == dict.fromkeys(PARTITIONS, 1)
