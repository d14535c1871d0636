"""A run waits for a slot asleep, gives it back however it ends, and tells what it took."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import dagster as dg
import pytest
import yaml
from dagster._core.execution.plan.instance_concurrency_context import InstanceConcurrencyContext
from dagster._core.execution.retries import RetryMode
from dagster._daemon.monitoring.concurrency import execute_concurrency_slots_iteration

from tests.conftest import ROOT
from thin_assets.domain.pools import MEMORY
from thin_assets.instance import measured as measuring
from thin_assets.instance.launcher import this_process
from thin_assets.instance.measured import CPU_SECONDS, PEAK_MB, MeasuredExecutor
from thin_assets.instance.queue import free_slots_of_the_dead

SETTINGS = {
    "run_launcher": {"module": "thin_assets.instance.launcher", "class": "WarmRunLauncher"},
    "concurrency": {"pools": {"granularity": "op"}},
    "run_monitoring": {"enabled": True, "free_slots_after_run_end_seconds": 1},
}


@dg.executor(name="in_process_measured")
def in_process_measured(context: dg.InitExecutorContext) -> MeasuredExecutor:
    """The executor of a run, without a home around it."""
    return MeasuredExecutor(retries=RetryMode.ENABLED)


@dg.op(pool=MEMORY)
def heavy() -> None:
    """A step of the pool."""


@dg.op(pool=MEMORY)
def broken() -> None:
    """A step of the pool that fails."""
    raise dg.Failure("on purpose")


@dg.job(executor_def=in_process_measured)
def measured() -> None:
    """A run of one step."""
    heavy()


@dg.job(executor_def=in_process_measured)
def failing() -> None:
    """A run whose step fails."""
    broken()


@pytest.fixture(autouse=True)
def asleep(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "interval_to_next_pending_claim_check"
    monkeypatch.setattr(InstanceConcurrencyContext, name, getattr(InstanceConcurrencyContext, name))
    measuring.wait_asleep()


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.local_temp(str(tmp_path), overrides=SETTINGS) as instance:
        instance.event_log_storage.set_concurrency_slots(MEMORY, 1)
        yield instance


def free_slots(instance: dg.DagsterInstance) -> int:
    told = instance.event_log_storage.get_concurrency_info(MEMORY)
    return told.slot_count - told.active_slot_count - told.pending_step_count


def taken(instance: dg.DagsterInstance) -> None:
    """Let another run have the slot."""
    claimed = instance.event_log_storage.claim_concurrency_slot(MEMORY, "another run", "step")
    assert claimed.is_claimed


@contextmanager
def when_it_waits(instance: dg.DagsterInstance, act: Callable[[], object]) -> Iterator[None]:
    """Do something once a step of a run of this test waits for the slot."""

    def watch() -> None:
        while not instance.event_log_storage.get_concurrency_info(MEMORY).pending_step_count:
            time.sleep(0.1)
        act()

    watcher = threading.Thread(target=watch)
    watcher.start()
    yield
    watcher.join()


def test_a_run_that_waits_takes_no_cpu(instance: dg.DagsterInstance) -> None:
    waited = 4.0
    used = []

    def free_later() -> None:
        before = time.process_time()
        time.sleep(waited)
        used.append(time.process_time() - before)
        instance.event_log_storage.free_concurrency_slots_for_run("another run")

    taken(instance)
    with when_it_waits(instance, free_later):
        assert measured.execute_in_process(instance=instance).success
    assert used[0] < waited / 2
    assert free_slots(instance) == 1


def test_a_run_that_is_cancelled_while_it_waits_ends_without_a_slot(instance: dg.DagsterInstance) -> None:
    taken(instance)
    with (
        when_it_waits(instance, lambda: signal.raise_signal(signal.SIGINT)),
        pytest.raises(dg.DagsterExecutionInterruptedError),
    ):
        measured.execute_in_process(instance=instance)
    (run,) = instance.get_runs()
    assert run.is_finished
    instance.event_log_storage.free_concurrency_slots_for_run("another run")
    assert free_slots(instance) == 1


@pytest.mark.parametrize(("job", "ended"), [(measured, "SUCCESS"), (failing, "FAILURE")])
def test_a_run_that_ended_gave_its_slot_back_and_tells_what_it_took(
    job: dg.JobDefinition, ended: str, instance: dg.DagsterInstance
) -> None:
    with dg.execute_job(dg.reconstructable(globals()[job.name]), instance=instance) as result:
        run = instance.get_run_by_id(result.run_id)
    assert run.status.value == ended
    assert float(run.tags[CPU_SECONDS]) >= 0
    assert int(run.tags[PEAK_MB]) > 50
    assert free_slots(instance) == 1


_HOLD = """
import sys, time
import dagster as dg
from thin_assets.instance.launcher import this_process

@dg.asset(pool="memory")
def held():
    time.sleep(600)

with dg.DagsterInstance.from_config(sys.argv[1]) as instance:
    dg.materialize([held], instance=instance, tags=this_process())
"""


@pytest.fixture
def killed(instance: dg.DagsterInstance, tmp_path: Path) -> dg.DagsterRun:
    """A run that held the slot when it was killed, as a machine kills: it can give nothing back itself."""
    (tmp_path / "dagster.yaml").write_text(yaml.safe_dump(SETTINGS))
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", _HOLD, str(tmp_path)], stderr=subprocess.DEVNULL, cwd=ROOT
    )
    while free_slots(instance):
        assert process.poll() is None
        time.sleep(0.2)
    process.kill()
    process.wait()
    (run,) = instance.get_runs()
    return run


def test_run_monitoring_takes_back_the_slot_of_a_killed_run(
    instance: dg.DagsterInstance, killed: dg.DagsterRun
) -> None:
    instance.report_run_failed(killed, "its process is gone")
    assert free_slots(instance) == 0
    time.sleep(1.1)  # free_slots_after_run_end_seconds, which Dagster counts in whole seconds
    while not free_slots(instance):
        list(execute_concurrency_slots_iteration(SimpleNamespace(instance=instance), _Silent()))
        time.sleep(0.2)
    assert free_slots(instance) == 1


def test_a_command_without_a_daemon_does_not_wait_for_the_dead(
    instance: dg.DagsterInstance, killed: dg.DagsterRun
) -> None:
    free_slots_of_the_dead(instance)
    assert free_slots(instance) == 1
    assert instance.get_run_by_id(killed.run_id).status is dg.DagsterRunStatus.FAILURE


def test_the_living_keep_their_slots(instance: dg.DagsterInstance) -> None:
    run = instance.create_run_for_job(measured, tags=this_process(), status=dg.DagsterRunStatus.STARTED)
    instance.event_log_storage.claim_concurrency_slot(MEMORY, run.run_id, "step")
    free_slots_of_the_dead(instance)
    assert free_slots(instance) == 0
    assert instance.get_run_by_id(run.run_id).status is dg.DagsterRunStatus.STARTED


class _Silent:
    def info(self, message: str) -> None: ...
