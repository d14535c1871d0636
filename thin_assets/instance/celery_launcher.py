"""Runs are executed by workers on many machines, which Celery hands them to.

Celery does what a queue does, and no more: whether a run is alive its own process says (`broker.Sign`), and
that it is to stop it reads in the instance. docs/decisions/0041-a-launcher-on-celery.md says why.
"""

import time
from functools import cached_property

import dagster as dg
import redis
from celery import Celery
from dagster._core.launcher.base import CheckRunHealthResult, LaunchRunContext, WorkerStatus
from dagster._serdes import ConfigurableClassData

from thin_assets.instance.broker import Sign, application, client, reaching, send
from thin_assets.instance.code import contents, fingerprint
from thin_assets.instance.launcher import WarmRunLauncher
from thin_assets.instance.launchers import HOW_TO, REMEDY, WAITING_SECONDS
from thin_assets.settings import Settings

NODE = "thin_assets/node"
"""Tag of a run: the worker that executes it, `<name>@<host>`."""


class CeleryRunLauncher(WarmRunLauncher):
    """Sends runs to the workers; for `dagster.yaml`. Runs of commands are processes of a machine, as ever."""

    def __init__(self, inst_data: ConfigurableClassData | None = None) -> None:
        super().__init__(inst_data)
        self._settings = Settings.load()
        self._heard: dict[str, float] = {}
        self._code: tuple[str, str] | None = None

    @cached_property
    def _app(self) -> Celery:
        return application(self._settings)

    @cached_property
    def _server(self) -> redis.Redis:
        return client(self._settings)

    def launch_run(self, context: LaunchRunContext) -> None:
        """Put the run into the queue of the workers. Raises BrokerUnreachable, after some two minutes."""
        run = context.dagster_run
        with reaching(self._settings):
            send(self._app, run.run_id, self._contents())
        self._instance.report_engine_event("Sent to the workers.", run, cls=type(self))

    def _contents(self) -> str:
        """The digest of the code, read anew when a file changed."""
        now = fingerprint(self._settings)
        if self._code is None or self._code[0] != now:
            self._code = now, contents(self._settings)
        return self._code[1]

    def terminate(self, run_id: str) -> bool:
        """Write down that the run is to stop, which its process reads; one that nobody has is ended here.

        Raises BrokerUnreachable where it is not known whether anybody has it; it stops all the same.
        """
        run = self._instance.get_run_by_id(run_id)
        if run is None or run.is_finished:
            return False
        if NODE not in run.tags and run.status is not dg.DagsterRunStatus.STARTING:
            return super().terminate(run_id)
        self._instance.report_run_canceling(run)
        with reaching(self._settings):
            is_taken = self._sign(run_id).is_there()
        if not is_taken and NODE not in run.tags:
            self._instance.report_run_canceled(self._instance.get_run_by_id(run_id))
        return True

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        """Whether the run gave a sign of itself lately. Raises BrokerUnreachable: nothing is known then."""
        node = run.tags.get(NODE)
        if node is None:
            return super().check_run_worker_health(run)
        with reaching(self._settings):
            is_there = self._sign(run.run_id).is_there()
        now = time.monotonic()
        heard = now if is_there else self._heard.setdefault(run.run_id, now)
        self._heard[run.run_id] = heard
        if now - heard <= self._settings.worker_silence:
            return CheckRunHealthResult(WorkerStatus.RUNNING, f"at work on {node}", run_worker_id=node)
        del self._heard[run.run_id]
        told = (
            f"no sign of this run from {node} for {self._settings.worker_silence:.0f} s: the machine, its "
            "worker or the run's process is gone. The run is tried again, on whichever machine is free. "
            f"Start `thin-assets worker` on that one; see {HOW_TO}"
        )
        return CheckRunHealthResult(WorkerStatus.NOT_FOUND, told, run_worker_id=node)

    def get_run_worker_debug_info(
        self, run: dg.DagsterRun, include_container_logs: bool | None = True
    ) -> str | None:
        """What to do about a run that was given up."""
        if NODE in run.tags:
            return f"It was executed by {run.tags[NODE]}; see {HOW_TO}"
        return (
            f"No worker took it within {WAITING_SECONDS} s: start `thin-assets worker` on more machines, or "
            f"lower THIN_MAX_CONCURRENT_RUNS to what they take at once. If they are idle: {REMEDY}"
        )

    def _sign(self, run_id: str) -> Sign:
        return Sign(self._server, run_id, self._settings.worker_silence)
