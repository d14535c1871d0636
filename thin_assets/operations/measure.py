"""What a stretch of work cost this process and the children that ended in it."""

import resource
import time
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

_PROC = Path("/proc/self")
_FORGET_PEAK = "5"
"""What Linux wants to read in `clear_refs` to begin the peak anew."""

_highest = 0
"""Bytes: the highest peak that was forgotten."""


@dataclass(frozen=True)
class Usage:
    """The cost of a stretch of work.

    seconds            on the wall
    cpu_seconds        of the process and of children that ended meanwhile
    peak_bytes         most memory of the process itself
    child_peak_bytes   most memory of one child: of those that have ended since the process began; 0 where no
                       child worked meanwhile
    written_bytes      handed to the operating system to write, by children that ended too; null where it does
                       not tell
    """

    seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_bytes: int = 0
    child_peak_bytes: int = 0
    written_bytes: int | None = None

    def __add__(self, other: "Usage") -> "Usage":
        """Both stretches, one after the other."""
        written = [one.written_bytes for one in (self, other) if one.written_bytes is not None]
        return Usage(
            self.seconds + other.seconds,
            self.cpu_seconds + other.cpu_seconds,
            max(self.peak_bytes, other.peak_bytes),
            max(self.child_peak_bytes, other.child_peak_bytes),
            sum(written) if written else None,
        )


class _Reading(NamedTuple):
    seconds: float
    own: float
    children: float
    written: int | None


class Meter:
    """Measures from where it is made to `stop`; one at a time in a process, for the peak is the process's."""

    def __init__(self) -> None:
        _forget_peak()
        self._start = _read()

    def stop(self) -> Usage:
        """What was used since the meter was made."""
        start, end = self._start, _read()
        children = end.children - start.children
        written = None if end.written is None or start.written is None else end.written - start.written
        return Usage(
            end.seconds - start.seconds,
            end.own - start.own + children,
            _peak(),
            _maxrss(resource.RUSAGE_CHILDREN) if children > 0 else 0,
            written,
        )


def cpu_seconds() -> float:
    """User and system time of this process and of those it started that have ended."""
    now = _read()
    return now.own + now.children


def highest_peak() -> int:
    """Bytes: the most memory of this process since it began, or of one that it started and that ended."""
    return max(_highest, _peak(), _maxrss(resource.RUSAGE_CHILDREN))


def _read() -> _Reading:
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return _Reading(
        time.perf_counter(), own.ru_utime + own.ru_stime, children.ru_utime + children.ru_stime, _written()
    )


def _written() -> int | None:
    return _field(_PROC / "io", "wchar")


def _peak() -> int:
    kilobytes = _field(_PROC / "status", "VmHWM")
    return _maxrss(resource.RUSAGE_SELF) if kilobytes is None else 1024 * kilobytes


def _maxrss(who: int) -> int:
    return 1024 * resource.getrusage(who).ru_maxrss


def _forget_peak() -> None:
    """Without the right to do so, the peak stays that of the process since it began."""
    global _highest
    _highest = max(_highest, _peak())
    try:
        (_PROC / "clear_refs").write_text(_FORGET_PEAK)
    except OSError:
        return


def _field(file: Path, name: str) -> int | None:
    """A number of a file of `name: number` lines; null where the system has no such file."""
    try:
        lines = file.read_text().splitlines()
    except OSError:
        return None
    found = (line.split()[1] for line in lines if line.startswith(f"{name}:"))
    return next(map(int, found), None)
