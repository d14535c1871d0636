"""Work in a process of its own, so that its CPU and peak memory are its own, of what it starts too."""

import os
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Cost:
    """What some work cost.

    wall, cpu    seconds; CPU is user and system time of the process and of all that it started
    peak_mb      resident memory, in 10^6 bytes: the most of any one of these processes
    """

    wall: float
    cpu: float
    peak_mb: int


def cost_of(work: Callable[[], object]) -> Cost:
    """Do some work in a fork of this process, and say what it cost; what it leaves behind is on disk.

    Modules that are imported already cost nothing again. Raises RuntimeError when the work failed, whose
    traceback is on standard error.
    """
    sys.stdout.flush()
    started = time.monotonic()
    child = os.fork()
    if child == 0:
        os._exit(_exit_code(work))
    _, status, usage = os.wait4(child, 0)
    if status:
        raise RuntimeError(f"the measured work failed with exit code {os.waitstatus_to_exitcode(status)}")
    # Linux counts ru_maxrss in KiB
    return Cost(time.monotonic() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024 // 10**6)


def _exit_code(work: Callable[[], object]) -> int:
    """A fork never returns to the code that made it: a failure is told here."""
    try:
        work()
    except BaseException:
        traceback.print_exc()
        return 1
    return 0
