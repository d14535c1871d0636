"""What a run did in each room, from its events: when, what it wrote, what it read, how it ended."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import dagster as dg

from thin_assets.operations.room_handler import innermost
from thin_assets.operations.room_lines import room_of

Parents = Callable[[dg.AssetKey], Iterable[dg.AssetKey]]
"""What an asset is made from, by the graph of the definitions."""

COMPLETE, FAIL, ABORT = "COMPLETE", "FAIL", "ABORT"

KINDS = {
    dg.DagsterEventType.STEP_START,
    dg.DagsterEventType.STEP_SUCCESS,
    dg.DagsterEventType.STEP_FAILURE,
    dg.DagsterEventType.ASSET_MATERIALIZATION,
}


@dataclass
class RoomRun:
    """One room of one run.

    began, ended    seconds since 1970
    state           as OpenLineage calls it: ABORT where a step neither ended well nor failed
    written         rows of what was written, null where none are counted, by key
    read            what it was made from in other rooms, or by other runs
    error           class of what stopped it
    """

    room: str
    began: float
    ended: float
    state: str = COMPLETE
    written: dict[tuple[str, ...], int | None] = field(default_factory=dict)
    read: set[tuple[str, ...]] = field(default_factory=set)
    error: str | None = None


def rooms_of(entries: Iterable[dg.EventLogEntry], parents: Parents) -> list[RoomRun]:
    """Rooms in the order in which the run came to them.

    entries    events of the run of `KINDS`, in order
    """
    steps: dict[str, list[dg.EventLogEntry]] = {}
    for entry in entries:
        if entry.dagster_event is not None and entry.step_key is not None:
            steps.setdefault(entry.step_key, []).append(entry)
    rooms: dict[str, RoomRun] = {}
    for step, told in steps.items():
        _add(rooms, step, told)
    for room in rooms.values():
        above = {tuple(key.path) for one in room.written for key in parents(dg.AssetKey(list(one)))}
        room.read = above - set(room.written)
    return list(rooms.values())


def _add(rooms: dict[str, RoomRun], step: str, entries: list[dg.EventLogEntry]) -> None:
    made = [event for one in entries if (event := one.dagster_event).asset_key is not None]
    failure = _failure(entries)
    name = room_of(step, [event.asset_key.path[0] for event in made], failure.stack if failure else ())
    first, last = entries[0].timestamp, entries[-1].timestamp
    room = rooms.setdefault(name, RoomRun(name, first, last))
    room.began, room.ended = min(room.began, first), max(room.ended, last)
    for event in made:
        count = event.step_materialization_data.materialization.metadata.get("dagster/row_count")
        room.written[tuple(event.asset_key.path)] = None if count is None else int(count.value)
    if failure is not None:
        room.state, room.error = FAIL, failure.cls_name
    elif not any(one.dagster_event.event_type == dg.DagsterEventType.STEP_SUCCESS for one in entries):
        room.state = ABORT


def _failure(entries: list[dg.EventLogEntry]) -> object | None:
    found = (
        one.dagster_event.step_failure_data.error
        for one in entries
        if one.dagster_event.event_type == dg.DagsterEventType.STEP_FAILURE
    )
    return next((innermost(error) for error in found if error is not None), None)
