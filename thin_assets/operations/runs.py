"""`operations/runs`: what every ended run cost in every room, from its lines and from Dagster's event log.

A run that left no lines was killed, or is older than the log of rooms: of it Dagster's own events tell which
rooms it came to, and for how long.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from pathlib import Path

import dagster as dg
import polars as pl
from dagster._core.storage.tags import PARTITION_NAME_TAG

from thin_assets.operations.contract import RoomOfRun
from thin_assets.operations.room_lines import BUILT, FAILED, STOPPED, room_of
from thin_assets.operations.room_log import read
from thin_assets.promises import OUR_FAULT, columns_of, require
from thin_assets.resources.files import replacing

ENDED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]

_STEPS = {
    dg.DagsterEventType.STEP_START,
    dg.DagsterEventType.STEP_SUCCESS,
    dg.DagsterEventType.STEP_FAILURE,
    dg.DagsterEventType.ASSET_MATERIALIZATION,
}


def runs_file(home: Path) -> Path:
    """Where the table lies."""
    return home / "lake" / "operations" / "runs" / "data.parquet"


def read_runs(home: Path) -> pl.DataFrame:
    """The table as it was written last; empty before."""
    path = runs_file(home)
    return pl.read_parquet(path) if path.is_file() else _frame([])


def write_runs(instance: dg.DagsterInstance, home: Path) -> pl.DataFrame:
    """Add the runs that ended since; those that Dagster has forgotten stay. Returns the whole table."""
    before = read_runs(home)
    new = list(_rows_of_runs(instance, home, set(before["run"])))
    whole = pl.concat([before, _frame(new)]).sort("started", "run", maintain_order=True)
    require(RoomOfRun, whole, name="operations/runs", where="operations", remedy=OUR_FAULT)
    with replacing(runs_file(home)) as unfinished:
        whole.write_parquet(unfinished, compression="zstd")
    return whole


def _frame(rows: list[dict]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=columns_of(RoomOfRun), orient="row")


def _rows_of_runs(instance: dg.DagsterInstance, home: Path, known: set[str]) -> Iterator[dict]:
    lines: dict[str, list[dict]] = {}
    for line in read(home):
        lines.setdefault(line["run"], []).append(line)
    for record in instance.get_run_records(dg.RunsFilter(statuses=ENDED)):
        run = record.dagster_run
        if run.run_id not in known:
            started = record.start_time or record.create_timestamp.timestamp()
            told = {
                "run": run.run_id,
                "job": run.job_name,
                "partition": run.tags.get(PARTITION_NAME_TAG),
                "started": dt.datetime.fromtimestamp(started, dt.UTC),
            }
            measured = lines.get(run.run_id)
            rooms = measured if measured is not None else _from_events(instance, run.run_id)
            yield from ({name: (room | told).get(name) for name in columns_of(RoomOfRun)} for room in rooms)


def _from_events(instance: dg.DagsterInstance, run: str) -> Iterable[dict]:
    """Rooms of a run without lines: outcome and seconds."""
    rooms: dict[str, dict] = {}
    for step, events in _by_step(instance, run).items():
        keys = [event.asset_key.path[0] for _, event in events if event.asset_key]
        room = rooms.setdefault(
            room_of(step, keys, ()),
            {"outcome": BUILT, "steps": 0, "seconds": 0.0, "failed_step": None},
        )
        outcome = _outcome(event.event_type for _, event in events)
        room["steps"] += 1
        room["seconds"] += events[-1][0] - events[0][0]
        if outcome != BUILT:
            room |= {"outcome": outcome, "failed_step": step}
    return [{"room": name} | told for name, told in rooms.items()]


def _by_step(instance: dg.DagsterInstance, run: str) -> dict[str, list[tuple[float, dg.DagsterEvent]]]:
    found: dict[str, list] = {}
    for entry in instance.all_logs(run, of_type=_STEPS):
        if entry.dagster_event is not None and entry.step_key is not None:
            found.setdefault(entry.step_key, []).append((entry.timestamp, entry.dagster_event))
    return found


def _outcome(kinds: Iterable[dg.DagsterEventType]) -> str:
    there = set(kinds)
    if dg.DagsterEventType.STEP_FAILURE in there:
        return FAILED
    return BUILT if dg.DagsterEventType.STEP_SUCCESS in there else STOPPED
