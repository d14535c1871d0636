"""Workers as processes, each as a machine of its own would be, and jobs that do what tests tell them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import dagster as dg
from dagster._core.launcher.base import LaunchRunContext

from tests import waiting
from tests.conftest import ROOT
from thin_assets.instance.celery_launcher import NODE
from thin_assets.instance.launcher import WORKER

PATIENCE_SECONDS = 600
wait_for = partial(waiting.wait_for, seconds=PATIENCE_SECONDS)


@dg.op
def nothing() -> None:
    pass


@dg.op
def wait_for_a_word() -> None:
    """Until a file `go` lies in the home."""
    while not (Path(os.environ["THIN_HOME"]) / "go").exists():
        time.sleep(0.1)


@dg.job(executor_def=dg.in_process_executor)
def quick() -> None:
    nothing()


@dg.job(executor_def=dg.in_process_executor)
def held() -> None:
    wait_for_a_word()


@dataclass
class Machine:
    """A worker that takes one run at a time. name: as its runs tell it, before the `@`."""

    name: str
    process: subprocess.Popen
    log: Path

    def kill(self) -> None:
        """As a power cut does."""
        self.process.kill()
        self.process.wait()


@contextmanager
def machine(home: Path, name: str) -> Iterator[Machine]:
    """A worker that is ready; it is killed by its process id at the end, and its run with it."""
    log = home.with_name(f"{name}.log")
    command = [sys.executable, "-m", "thin_assets.cli", "--home", str(home), "worker", "--name", name]
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=output)
    one = Machine(name, process, log)
    try:
        wait_for(lambda: process.poll() is not None or b" ready." in log.read_bytes(), f"{name} to be ready")
        assert process.poll() is None, log.read_text()
        yield one
    finally:
        one.kill()


def new_run(instance: dg.DagsterInstance, job: dg.JobDefinition) -> dg.DagsterRun:
    """A run that is about to be launched."""
    origin = dg.reconstructable(job).get_python_origin()
    return instance.create_run_for_job(job, job_code_origin=origin, status=dg.DagsterRunStatus.STARTING)


def launched(instance: dg.DagsterInstance, job: dg.JobDefinition) -> str:
    """Id of a run that was sent to the workers."""
    run = new_run(instance, job)
    instance.run_launcher.launch_run(LaunchRunContext(run, None))
    return run.run_id


def reached(instance: dg.DagsterInstance, run_id: str, status: dg.DagsterRunStatus) -> dg.DagsterRun:
    """The run, once it has that status."""

    def there() -> dg.DagsterRun | None:
        run = instance.get_run_by_id(run_id)
        assert run.status is status or not run.is_finished, (run.status, messages(instance, run_id))
        return run if run.status is status else None

    return wait_for(there, f"the run to be {status.value}")


def messages(instance: dg.DagsterInstance, run_id: str) -> str:
    return "\n".join(entry.message for entry in instance.all_logs(run_id))


def node_of(run: dg.DagsterRun) -> str:
    """Name of the machine that executes a run, or nothing."""
    return run.tags.get(NODE, "").partition("@")[0]


def process_of(run: dg.DagsterRun) -> int:
    """Process id of a run."""
    return int(run.tags[WORKER].split(":")[1])


def is_there(pid: int) -> bool:
    """Whether a process is there, and not dead with nobody who asked yet."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def stopped_in_its_course(instance: dg.DagsterInstance, runs: list[dg.DagsterRun]) -> dg.DagsterRun | None:
    """A run whose process stands still from now on, and has not ended; None where there is none."""
    for run in runs:
        if run.status is dg.DagsterRunStatus.STARTED and is_there(process_of(run)):
            os.kill(process_of(run), signal.SIGSTOP)
            if instance.get_run_by_id(run.run_id).status is dg.DagsterRunStatus.STARTED:
                return run
            os.kill(process_of(run), signal.SIGCONT)
    return None
