"""The one place that every step of every run passes: a handler of Dagster's own log, named in dagster.yaml.

Dagster hands every event of a run to it, in the process that runs the step, whoever launched the run: the
daemon, the command line or a test. So no asset has to measure itself.
"""

import datetime as dt
import logging
from pathlib import Path

import dagster as dg
from dagster._core.events import DagsterEvent
from dagster._core.log_manager import get_log_record_metadata, has_log_record_metadata
from dagster._core.storage.tags import PARTITION_NAME_TAG
from dagster_shared.error import SerializableErrorInfo

from thin_assets.domain.snapshot import Snapshot
from thin_assets.operations.room_lines import RoomsOfRun, fault_of, lines_of
from thin_assets.operations.room_log import append
from thin_assets.resources.lake import Lake

_runs: dict[str, RoomsOfRun] = {}
"""By run: Dagster makes a new handler for the steps of a run and for the run around them."""

_KIND = dg.DagsterEventType


def handler_config(home: Path) -> dict:
    """What `dagster.yaml` says under `python_logs` to have every room measured."""
    handler = f"{RoomHandler.__module__}.{RoomHandler.__qualname__}"
    return {"dagster_handler_config": {"handlers": {"rooms": {"class": handler, "home": str(home)}}}}


class RoomHandler(logging.Handler):
    """Measures steps, and writes a line for each room when the run ends."""

    def __init__(self, home: str) -> None:
        super().__init__()
        self._home = Path(home)

    def emit(self, record: logging.LogRecord) -> None:
        """Called for every event. A line that cannot be written stops no run; standard error tells of it."""
        if not has_log_record_metadata(record):
            return
        told = get_log_record_metadata(record)
        if (event := told["dagster_event"]) is None or (run := told["run_id"]) is None:
            return
        try:
            self._heard(event, run, told["job_tags"].get(PARTITION_NAME_TAG))
        except OSError:
            self.handleError(record)

    def _heard(self, event: DagsterEvent, run: str, partition: str | None) -> None:
        kind = event.event_type
        if kind in (_KIND.STEP_START, _KIND.STEP_RESTARTED):
            _runs.setdefault(run, RoomsOfRun()).step_began(event.step_key or "")
        if (done := _runs.get(run)) is None:  # of a run whose steps are elsewhere
            return
        match kind:
            case _KIND.ASSET_MATERIALIZATION:
                made = event.step_materialization_data.materialization
                done.made(made.asset_key.path, _rows(made))
            case _KIND.STEP_SUCCESS | _KIND.STEP_SKIPPED | _KIND.STEP_UP_FOR_RETRY:
                done.step_ended()
            case _KIND.STEP_FAILURE:
                _failed(done, event)
            case _KIND.RUN_SUCCESS | _KIND.RUN_FAILURE | _KIND.RUN_CANCELED:
                self._write(_runs.pop(run), run, event.job_name, partition)

    def _write(self, done: RoomsOfRun, run: str, job: str, partition: str | None) -> None:
        done.run_ended()
        when = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
        told = {"when": when, "run": run, "job": job, "partition": partition}
        append(self._home, lines_of(done, told, self._reports(partition, done)))

    def _reports(self, partition: str | None, done: RoomsOfRun) -> dict[str, dict]:
        """What the rooms of a partition counted; nothing is counted across partitions."""
        if partition is None or "|" not in partition:
            return {}
        lake, snapshot = Lake(home=str(self._home)), Snapshot.of(partition)
        return {room: lake.reported(room, snapshot) or {} for room in done.rooms}


def _rows(made: dg.AssetMaterialization) -> int | None:
    count = made.metadata.get("dagster/row_count")
    return None if count is None else int(count.value)


def _failed(done: RoomsOfRun, event: DagsterEvent) -> None:
    data = event.event_specific_data
    error = innermost(data.error) if data is not None and data.error is not None else None
    if error is None:
        done.step_ended(fault_of(event.step_key or "", "unknown"))
        return
    done.step_ended(fault_of(event.step_key or "", error.cls_name or "unknown"), error.stack)


def innermost(error: SerializableErrorInfo) -> SerializableErrorInfo:
    """The error that was raised first: Dagster wraps those of a step in its own."""
    while error.cause is not None:
        error = error.cause
    return error
