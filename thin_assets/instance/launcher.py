"""Runs start warm: each in a process of its own, forked from one that has loaded the definitions already.

Dagster's default starts a fresh Python for every run; loading the definitions again is then a quarter of what
a small partition costs. A run launched here is known by its process id and the time that process began, kept
as a tag: whoever shares the machine, the webserver too, can ask after it or end it. It outlives the daemon.
"""

import multiprocessing
import os
import signal
import socket
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Self

import dagster as dg
from dagster._core.launcher import RunLauncher
from dagster._core.launcher.base import CheckRunHealthResult, LaunchRunContext, WorkerStatus
from dagster._grpc.types import ExecuteRunArgs
from dagster._serdes import ConfigurableClass, ConfigurableClassData, serialize_value

from thin_assets.instance.code import fingerprint
from thin_assets.resources.dbt_process import stand_by
from thin_assets.settings import Settings

WORKER = "thin_assets/worker"
"""Tag of a run: `<host>:<process id>:<ticks from the machine's start to the process's>`."""

TEMPLATE = "thin_assets.instance.warm"


class WarmRunLauncher(RunLauncher, ConfigurableClass):
    """Launches runs on this machine; for `dagster.yaml`, where the daemon and the webserver are of one user.

    A run must not do what the code no longer says: once a file of the code, or of the home's own cohorts and
    studies, has changed, runs start cold until the daemon is started again.
    """

    def __init__(self, inst_data: ConfigurableClassData | None = None):
        self._inst_data = inst_data
        self._loaded: str | None = None
        self._running: list[BaseProcess] = []
        super().__init__()

    @property
    def inst_data(self) -> ConfigurableClassData | None:
        """Where `dagster.yaml` names this class."""
        return self._inst_data

    @classmethod
    def config_type(cls) -> dict:
        """There is nothing to configure."""
        return {}

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: dict) -> Self:
        """Made by Dagster from `dagster.yaml`."""
        return cls(inst_data=inst_data)

    def launch_run(self, context: LaunchRunContext) -> None:
        """Start the run in a process of its own and tag it with the process."""
        run = context.dagster_run
        arguments = ExecuteRunArgs(run.job_code_origin, run.run_id, self._instance.get_ref(), True)
        warm = self._is_fresh()
        processes = multiprocessing.get_context("forkserver" if warm else "spawn")
        if warm:
            processes.set_forkserver_preload([TEMPLATE])
        process = processes.Process(target=execute_run, args=(serialize_value(arguments),))
        process.start()
        self._running = [*(one for one in self._running if one.is_alive()), process]
        self._instance.add_run_tags(run.run_id, {WORKER: _name(process.pid)})
        why = "" if warm else ", cold: the code changed; start the daemon again for warm ones"
        self._instance.report_engine_event(f"Started process {process.pid}{why}.", run, cls=type(self))

    def _is_fresh(self) -> bool:
        """Whether the code is what runs are forked from; the first run decides what that is."""
        now = fingerprint(Settings.load())
        self._loaded = self._loaded or now
        return now == self._loaded

    def terminate(self, run_id: str) -> bool:
        """Ask the run's process to end in order; False where there is none any more."""
        run = self._instance.get_run_by_id(run_id)
        if run is None or run.is_finished:
            return False
        self._instance.report_run_canceling(run)
        if not (pid := _alive(run.tags.get(WORKER, ""))):
            return False
        os.kill(pid, signal.SIGTERM)
        return True

    @property
    def supports_check_run_worker_health(self) -> bool:
        """Dagster's monitoring may ask whether a run's process is there."""
        return True

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        """Whether the process of a run is alive; of another machine's it is taken to be.

        Dagster fails a run whose worker is not known to be running.
        """
        worker = run.tags.get(WORKER, "")
        if worker.partition(":")[0] not in {"", socket.gethostname()}:
            return CheckRunHealthResult(WorkerStatus.RUNNING, "runs on another machine", run_worker_id=worker)
        status = WorkerStatus.RUNNING if _alive(worker) else WorkerStatus.NOT_FOUND
        return CheckRunHealthResult(status, f"process {worker or 'unknown'}", run_worker_id=worker)

    def join(self, timeout: int = 30) -> None:
        """Wait for the runs that this process started."""
        for process in self._running:
            process.join(timeout)


def execute_run(arguments: str) -> None:
    """The life of a run's process."""
    stand_by()
    execute(arguments)


def execute(arguments: str) -> None:
    """Do what `dagster api execute_run` does; dbt stands by already."""
    from dagster._cli.api import execute_run_command
    from dagster._utils.interrupts import setup_interrupt_handlers

    setup_interrupt_handlers()
    execute_run_command.main([arguments], standalone_mode=False)


def this_process() -> dict[str, str]:
    """Tag of a run that is executed in this process: whether it is still there can then be told."""
    return {WORKER: _name(os.getpid())}


def _name(pid: int) -> str:
    return f"{socket.gethostname()}:{pid}:{_began(pid)}"


def _began(pid: int) -> str:
    """When a process began; nothing where there is none. Tells it from a later one of the same number."""
    try:
        told = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    state, *fields = told.rpartition(")")[2].split()
    return "" if state == "Z" else fields[18]


def _alive(worker: str) -> int | None:
    host, _, process = worker.partition(":")
    pid, _, began = process.partition(":")
    there = host == socket.gethostname() and began and _began(int(pid)) == began
    return int(pid) if there else None
