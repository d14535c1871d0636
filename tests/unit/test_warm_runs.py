"""Runs start in a process forked from one that has loaded everything: known, healthy, ended in order."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.launcher.base import LaunchRunContext, WorkerStatus

from thin_assets.instance.config import open_instance
from thin_assets.instance.launcher import WORKER
from thin_assets.settings import Settings

PATIENCE_SECONDS = 120


@dg.op
def say_who(context: dg.OpExecutionContext) -> None:
    import sys

    context.log.info(f"loaded: {'thin_assets.definitions' in sys.modules}")


@dg.op
def wait_forever() -> None:
    time.sleep(600)


@dg.job(executor_def=dg.in_process_executor)
def quick() -> None:
    say_who()


@dg.job(executor_def=dg.in_process_executor)
def endless() -> None:
    wait_forever()


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    monkeypatch.setenv("THIN_HOME", str(tmp_path))
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "dagster"))
    with open_instance(Settings.load()) as instance:
        yield instance
        instance.run_launcher.join(timeout=PATIENCE_SECONDS)


def launched(instance: dg.DagsterInstance, job: dg.JobDefinition) -> str:
    origin = dg.reconstructable(job).get_python_origin()
    run = instance.create_run_for_job(job, job_code_origin=origin, status=dg.DagsterRunStatus.STARTING)
    instance.run_launcher.launch_run(LaunchRunContext(run, None))
    return run.run_id


def wait_until(
    instance: dg.DagsterInstance, run_id: str, reached: Callable[[dg.DagsterRun], bool]
) -> dg.DagsterRun:
    until = time.monotonic() + PATIENCE_SECONDS
    while not reached(run := instance.get_run_by_id(run_id)):
        assert time.monotonic() < until, f"the run is still {run.status}"
        time.sleep(0.1)
    return run


def messages(instance: dg.DagsterInstance, run_id: str) -> str:
    return "\n".join(entry.message for entry in instance.all_logs(run_id))


def test_a_run_starts_where_everything_is_loaded(instance: dg.DagsterInstance) -> None:
    run_id = launched(instance, quick)
    run = wait_until(instance, run_id, lambda run: run.is_finished)
    assert run.status is dg.DagsterRunStatus.SUCCESS
    assert "cold" not in messages(instance, run_id)
    assert "loaded: True" in messages(instance, run_id)
    instance.run_launcher.join(timeout=PATIENCE_SECONDS)
    assert instance.run_launcher.check_run_worker_health(run).status is WorkerStatus.NOT_FOUND


def test_once_the_code_changed_a_run_starts_cold(instance: dg.DagsterInstance, tmp_path: Path) -> None:
    assert instance.run_launcher._is_fresh()
    own = tmp_path / "cohorts"
    own.mkdir()
    (own / "smokers.json").write_text("{}", encoding="utf-8")
    run_id = launched(instance, quick)
    assert wait_until(instance, run_id, lambda run: run.is_finished).status is dg.DagsterRunStatus.SUCCESS
    assert "cold: the code changed" in messages(instance, run_id)
    assert "loaded: False" in messages(instance, run_id)


def test_a_run_is_ended_by_whoever_shares_the_machine(instance: dg.DagsterInstance) -> None:
    run_id = launched(instance, endless)
    run = wait_until(instance, run_id, lambda run: run.status is dg.DagsterRunStatus.STARTED)
    assert instance.run_launcher.check_run_worker_health(run).status is WorkerStatus.RUNNING
    with dg.DagsterInstance.from_ref(instance.get_ref()) as of_the_webserver:
        assert of_the_webserver.run_launcher.terminate(run_id)
    assert wait_until(instance, run_id, lambda run: run.is_finished).status is dg.DagsterRunStatus.CANCELED
    assert not instance.run_launcher.terminate(run_id)


def test_a_killed_run_is_missed(instance: dg.DagsterInstance) -> None:
    run_id = launched(instance, endless)
    run = wait_until(instance, run_id, lambda run: run.status is dg.DagsterRunStatus.STARTED)
    os.kill(int(run.tags[WORKER].split(":")[1]), signal.SIGKILL)
    instance.run_launcher.join(timeout=PATIENCE_SECONDS)
    assert instance.run_launcher.check_run_worker_health(run).status is WorkerStatus.NOT_FOUND
    assert not instance.run_launcher.terminate(run_id)


def test_another_machine_does_not_judge(instance: dg.DagsterInstance) -> None:
    """Dagster fails a run that is said to be anything but running, as what a command elsewhere executes."""
    run = dg.DagsterRun("endless", tags={WORKER: "elsewhere:1:1"})
    assert instance.run_launcher.check_run_worker_health(run).status is WorkerStatus.RUNNING
