"""A worker: takes runs from the broker, and executes each in a process forked from one that has all loaded.

The process ends with its run, and with its worker: Celery asks the kernel for that. A worker that is told to
end (SIGTERM) takes no more, and waits for what is under way.
"""

import multiprocessing
import os
import socket

import dagster as dg
from celery import Celery, Task
from dagster._core.execution.run_cancellation_thread import start_run_cancellation_thread
from dagster._grpc.types import ExecuteRunArgs
from dagster._serdes import serialize_value

from thin_assets.instance.broker import EXECUTE, QUEUE, Sign, application, client
from thin_assets.instance.celery_launcher import NODE
from thin_assets.instance.code import contents
from thin_assets.instance.config import environment, prepare_instance
from thin_assets.instance.launcher import execute, this_process
from thin_assets.instance.launchers import HOW_TO
from thin_assets.instance.storage import require_reachable
from thin_assets.resources.dbt_process import stand_by
from thin_assets.settings import Settings


def serve(settings: Settings, runs: int, name: str) -> None:
    """Take runs until told to end.

    runs    how many at once
    name    tells workers of one machine apart
    Raises SettingsError, and InstanceUnreachable before it begins.
    """
    require_reachable(settings)
    prepare_instance(settings)
    os.environ.update(environment(settings))
    from thin_assets.instance import warm  # noqa: F401  what every run needs is loaded before it is forked

    node = f"{name}@{socket.gethostname()}"
    app = application(settings)
    _register(app, settings, node)
    app.worker_main(
        [
            *("worker", "--hostname", node, "--queues", QUEUE, "--concurrency", str(runs)),
            *("--loglevel", "INFO", "--without-gossip", "--without-mingle"),
        ]
    )


def _register(app: Celery, settings: Settings, node: str) -> None:
    """Give the application its one task."""
    loaded = contents(settings)

    @app.task(name=EXECUTE, on_failure=_say_failed)
    def execute_run(run_id: str, code: str) -> None:
        work_off(settings, run_id, node, is_same=code == loaded == contents(settings))


def work_off(settings: Settings, run_id: str, node: str, *, is_same: bool) -> None:
    """Execute a run in this process, unless another has it or it is not to start any more.

    is_same    whether this machine's code is what the run was asked of; otherwise the run fails
    """
    multiprocessing.current_process()._config["daemon"] = False  # of Celery's making; dbt is a child of it
    stand_by()
    sign = Sign(client(settings), run_id, settings.worker_silence)
    if not sign.claim(node):
        return
    with sign.kept(node), dg.DagsterInstance.get() as instance:
        run = instance.get_run_by_id(run_id)
        if run is None or not _may_start(instance, run):
            return
        instance.add_run_tags(run_id, {NODE: node, **this_process()})
        if not is_same:
            instance.report_run_failed(run, _other_code(node))
            return
        _execute(instance, run)


def _say_failed(task: Task, error: Exception, run_id: str, *_: object) -> None:
    """What fails outside of a run is told in it: nobody else would miss it for long."""
    with dg.DagsterInstance.get() as instance:
        run = instance.get_run_by_id(run_id)
        if run is not None and not run.is_finished:
            told = f"{type(error).__name__} in {task.request.hostname}, outside of the run; its log says more"
            instance.report_run_failed(run, told)


def _may_start(instance: dg.DagsterInstance, run: dg.DagsterRun) -> bool:
    """Whether a run still waits for a worker; one that is to be cancelled is."""
    if run.status is dg.DagsterRunStatus.CANCELING:
        instance.report_run_canceled(run)
    return run.status is dg.DagsterRunStatus.STARTING


def _execute(instance: dg.DagsterInstance, run: dg.DagsterRun) -> None:
    """Do what the run is to do; it stops when the instance says that it is to, or that it was given up."""
    arguments = ExecuteRunArgs(run.job_code_origin, run.run_id, instance.get_ref(), False)
    thread, ended = start_run_cancellation_thread(instance, run.run_id)
    try:
        execute(serialize_value(arguments))
    finally:
        ended.set()
        thread.join()


def _other_code(node: str) -> str:
    return (
        f"{node} has other code, cohorts, studies or versions of engines than who asked for this run. Bring "
        f"all machines to the same, and start their workers and the daemon again; see {HOW_TO}"
    )
