"""What a row of the suite gives: ours, the floor that moves the same bytes, the peer that others use."""

import pickle
import resource
import tempfile
import time
import timeit
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from benchmarks.processes import Cost, cost_of

Result = TypeVar("Result")
ENOUGH_SECONDS, MOST_TIMES = 2.0, 5
"""CPU that a figure should rest on, and how often a short work is done again for it."""


@dataclass(frozen=True)
class Trio:
    """One claim, measured in one run.

    floor, peer    null where there is none
    rows, bytes    that ours read or wrote, whichever the row speaks of; 0 where it speaks of none
    """

    row: str
    ours: Cost
    floor: Cost | None = None
    peer: Cost | None = None
    rows: int = 0
    bytes: int = 0

    def as_record(self) -> dict[str, object]:
        """As a line of the history: CPU seconds, and the ratios that can be compared between machines."""
        return {
            "row": self.row,
            "ours_cpu": _rounded(self.ours.cpu),
            "floor_cpu": self.floor and _rounded(self.floor.cpu),
            "peer_cpu": self.peer and _rounded(self.peer.cpu),
            "to_floor": _ratio(self.ours, self.floor),
            "to_peer": _ratio(self.ours, self.peer),
            "rows": self.rows,
            "bytes": self.bytes,
            "peak_mb": self.ours.peak_mb,
        }


def _ratio(ours: Cost, other: Cost | None) -> float | None:
    return None if other is None else _rounded(ours.cpu / max(other.cpu, 1e-9))


def _rounded(value: float) -> float:
    """Four digits: more would only be noise in a file that people compare."""
    return float(f"{value:.4g}")


def steady(work: Callable[[], object]) -> Cost:
    """The cheapest of some times that a work was done, each in a process of its own.

    Other work on a machine makes a process dearer, never cheaper: the least is the nearest to its own cost.
    """
    costs = [cost_of(work)]
    while sum(cost.cpu for cost in costs) < ENOUGH_SECONDS and len(costs) < MOST_TIMES:
        costs.append(cost_of(work))
    return min(costs, key=lambda cost: cost.cpu)


def apart(measure: Callable[[], Result]) -> Result:
    """What a measurement says that makes its own data: done in a fork, so that no thread of it stays here."""
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "told"
        cost_of(lambda: told.write_bytes(pickle.dumps(measure())))
        return pickle.loads(told.read_bytes())


def timed(work: Callable[[], object]) -> Cost:
    """What a work costs in this process, all its threads; its peak is that of the process.

    A short work is done as often as it takes for a fifth of a second, and that three times; the least counts.
    """
    began, timer = time.monotonic(), timeit.Timer(work, timer=time.process_time)
    number, cpu = timer.autorange()
    wall = (time.monotonic() - began) / number
    if cpu < ENOUGH_SECONDS:
        cpu = min(cpu, *timer.repeat(2, number))
    return Cost(wall, cpu / number, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 // 10**6)
