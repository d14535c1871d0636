"""From steps to rooms: one line for each room that a run went through, with counts and costs.

A step is of the room whose assets it made; one that failed before it made any, of the room that its name or
the trace of its error tells.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from thin_assets import errors
from thin_assets.domain.rooms import ROOMS
from thin_assets.operations.measure import Meter, Usage

BUILT, FAILED, STOPPED = "built", "failed", "stopped"
"""Outcomes of a room: every step ended well, a step failed, or the run ended in the middle of a step."""

OTHERS = ("vocabulary", "operations")
"""Groups of assets that no delivery walks through."""

_DOOR = re.compile(rf"thin_assets/({'|'.join((*ROOMS, *OTHERS))})/")


@dataclass(frozen=True)
class Fault:
    """What stopped a step: the class of the error, never what it says.

    exit_code    of an error of ours, null for any other
    """

    step: str
    error: str
    exit_code: int | None


@dataclass
class _Room:
    usage: Usage = Usage()
    steps: int = 0
    rows: int | None = None
    fault: Fault | None = None
    outcome: str = BUILT


@dataclass
class RoomsOfRun:
    """What one run did, room by room, as its events come in."""

    rooms: dict[str, _Room] = field(default_factory=dict)
    _meter: Meter | None = None
    _step: str = ""
    _keys: list[str] = field(default_factory=list)
    _rows: int | None = None

    def step_began(self, step: str) -> None:
        """Begin to measure."""
        self._step, self._keys, self._rows, self._meter = step, [], None, Meter()

    def made(self, asset: Iterable[str], rows: int | None) -> None:
        """An asset of the step was written.

        asset    the path of its key
        rows     null where it does not count any
        """
        self._keys.append(next(iter(asset)))
        if rows is not None:
            self._rows = (self._rows or 0) + rows

    def step_ended(self, fault: Fault | None = None, trace: Iterable[str] = ()) -> None:
        """Add the step to its room."""
        self._add(FAILED if fault else BUILT, fault, trace)

    def run_ended(self) -> None:
        """A step that is still open was stopped."""
        if self._meter is not None:
            self._add(STOPPED, None, ())

    def _add(self, outcome: str, fault: Fault | None, trace: Iterable[str]) -> None:
        if self._meter is None:
            return
        room = self.rooms.setdefault(room_of(self._step, self._keys, trace), _Room())
        room.usage, room.steps = room.usage + self._meter.stop(), room.steps + 1
        if self._rows is not None:
            room.rows = (room.rows or 0) + self._rows
        if outcome != BUILT:
            room.outcome, room.fault = outcome, fault
        self._meter = None


def room_of(step: str, keys: Iterable[str], trace: Iterable[str]) -> str:
    """The room of a step; its own name where nothing tells.

    >>> room_of("features__lung_cancer", [], []), room_of("profile", ["evidence"], [])
    ('features', 'evidence')
    """
    prefix = step.partition("__")[0]
    if prefix in {*ROOMS, *OTHERS}:
        return prefix
    doors = (found[1] for line in trace if (found := _DOOR.search(line)))
    return next(iter(keys), None) or next(doors, step)


def fault_of(step: str, error: str) -> Fault:
    """A fault by the name of the class of its error."""
    kind = error_of_ours(error)
    return Fault(step, error, kind.exit_code if kind else None)


def error_of_ours(name: str) -> type[errors.ThinError] | None:
    """The class of that name in `errors.py`; None for an error that is no state of ours."""
    found = getattr(errors, name, None)
    return found if isinstance(found, type) and issubclass(found, errors.ThinError) else None


def lines_of(
    done: RoomsOfRun, run: Mapping[str, str | None], reports: Mapping[str, Mapping]
) -> list[dict[str, object]]:
    """A line for each room, in the order in which the run came to them.

    run        what every line says of the run: when, run, job, partition
    reports    what rooms counted, by room
    """
    return [
        {
            **run,
            "room": name,
            "outcome": room.outcome,
            "steps": room.steps,
            **_counts(name, room, reports.get(name) or {}),
            "seconds": round(room.usage.seconds, 3),
            "cpu_seconds": round(room.usage.cpu_seconds, 3),
            "peak_bytes": room.usage.peak_bytes,
            "child_peak_bytes": room.usage.child_peak_bytes,
            "written_bytes": room.usage.written_bytes,
            "failed_step": room.fault and room.fault.step,
            "error": room.fault and room.fault.error,
            "exit_code": room.fault and room.fault.exit_code,
        }
        for name, room in done.rooms.items()
    ]


_COUNTED = {
    "raw": ("delivered", "accepted", "rejected"),
    "omop": (None, "rows", None),
    "validated": ("delivered", "rows", "rejected"),
}
"""Where the report of a room has its rows in, out and rejected."""


def _counts(name: str, room: _Room, report: Mapping) -> dict[str, int | None]:
    """Of a room that was built; the report of one that was not may be of the run before."""
    columns = ("rows_in", "rows_out", "rejected")
    if room.outcome != BUILT:
        return dict.fromkeys(columns)
    told = [report.get(key) if key else None for key in _COUNTED.get(name, (None, None, None))]
    counts = dict(zip(columns, told, strict=True))
    return counts | ({"rows_out": room.rows} if counts["rows_out"] is None else {})
