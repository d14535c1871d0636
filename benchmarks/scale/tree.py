"""A command and all that it starts: its CPU, the most memory of all of it at once, and how parallel it is."""

import os
import subprocess
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.processes import Cost, cost_of

_PROC = Path("/proc")
_TICKS = os.sysconf("SC_CLK_TCK")
EVERY_SECONDS = 1.0
STRETCH = 2.0
"""CPU seconds of all threads that make a stretch. A stretch of the clock would be too short where others use
the machine: threads that take turns would look like one that works alone."""


@dataclass(frozen=True)
class TreeCost:
    """What a command cost, of all processes that it started.

    wall, cpu    seconds
    alone        CPU seconds of the busiest thread of each stretch, added up: what the work takes at the least
                 with these threads, whoever else uses the machine; all of what ended within a first stretch
    peak_mb      10^6 bytes: the most of any one process, from the kernel's own mark
    tree_mb      10^6 bytes: the most of all processes together, looked at every second; memory that processes
                 share counts once; 0 for what ended before the first look
    """

    wall: float
    cpu: float
    alone: float
    peak_mb: int
    tree_mb: int


def cost_of_command(command: Sequence[str], env: Mapping[str, str], log: Path) -> TreeCost:
    """Run a command and say what it cost. Raises RuntimeError, naming its log, when it failed."""

    def run() -> None:
        with log.open("w") as told:
            subprocess.run(command, env=dict(env), stdout=told, stderr=subprocess.STDOUT, check=True)

    try:
        return with_tree(lambda: cost_of(run))
    except RuntimeError as error:
        raise RuntimeError(f"{' '.join(command)} failed: see {log}") from error


def with_tree(measured: Callable[[], Cost]) -> TreeCost:
    """Measure, while a thread looks at all descendants of this process."""
    seen, ended = _Seen(), threading.Event()

    def look() -> None:
        while not ended.wait(EVERY_SECONDS):
            seen.look()

    watching = threading.Thread(target=look, daemon=True)
    watching.start()
    try:
        cost = measured()
    finally:
        ended.set()
        watching.join()
    return TreeCost(cost.wall, cost.cpu, cost.cpu * seen.share_alone, cost.peak_mb, seen.bytes // 10**6)


@dataclass
class _Seen:
    """What was seen of the descendants until now: most bytes, and CPU seconds of whole stretches.

    begun    CPU seconds of each thread when the stretch began
    """

    bytes: int = 0
    all_threads: float = 0.0
    busiest: float = 0.0
    begun: dict[int, float] = field(default_factory=dict)

    def look(self) -> None:
        family = descendants(os.getpid())
        self.bytes = max(self.bytes, sum(map(_resident, family)))
        now = dict(thread for pid in family for thread in _threads(pid))
        spent = [cpu - self.begun.get(thread, 0.0) for thread, cpu in now.items()]
        if sum(spent) >= STRETCH:
            self.all_threads, self.busiest = self.all_threads + sum(spent), self.busiest + max(spent)
            self.begun = now

    @property
    def share_alone(self) -> float:
        """CPU of the busiest threads to that of all."""
        return self.busiest / self.all_threads if self.all_threads else 1.0


def descendants(root: int) -> list[int]:
    """Process ids of all that a process started, and of what they started, by now."""
    children = defaultdict(list)
    for folder in _PROC.iterdir():
        if folder.name.isdigit() and (told := _stat(folder)):
            children[int(told[1])].append(int(folder.name))
    found, new = [], children[root]
    while new:
        found += new
        new = [child for parent in new for child in children[parent]]
    return found


def _threads(pid: int) -> Iterator[tuple[int, float]]:
    """Id and CPU seconds of each thread of a process."""
    try:
        folders = list((_PROC / str(pid) / "task").iterdir())
    except OSError:
        return
    for folder in folders:
        if told := _stat(folder):
            yield int(folder.name), (int(told[11]) + int(told[12])) / _TICKS


def _stat(folder: Path) -> list[str]:
    """What the kernel tells of a process or thread, from its state on; nothing where it has ended meanwhile.

    The name of a program stands in brackets before, and may hold anything.
    """
    try:
        return (folder / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _resident(pid: int) -> int:
    """Bytes of a process, of shared memory its share; 0 for one that has ended meanwhile."""
    try:
        lines = (_PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((1024 * int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
