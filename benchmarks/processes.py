"""Work in a process of its own, so that its CPU and peak memory are its own, of what it starts too."""

import ctypes
import os
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass

_PR_SET_CHILD_SUBREAPER = 36
_PATIENCE_SECONDS = 120


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
        os._exit(_waited_for(work))
    _, status, usage = os.wait4(child, 0)
    if status:
        raise RuntimeError(f"the measured work failed with exit code {os.waitstatus_to_exitcode(status)}")
    # Linux counts ru_maxrss in KiB
    return Cost(time.monotonic() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024 // 10**6)


def _waited_for(work: Callable[[], object]) -> int:
    """Do the work in a fork of this fork, and wait for it and for every process that it left behind.

    An orphan comes to this process, for otherwise its CPU would be nobody's.
    """
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)
    child = os.fork()
    if child == 0:
        os._exit(_exit_code(work))
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) or _exit_code(_reap_orphans)


def _exit_code(work: Callable[[], object]) -> int:
    """A fork never returns to the code that made it: a failure is told here."""
    try:
        work()
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def _reap_orphans() -> None:
    """Wait until no process is left. Raises TimeoutError for one that does not end."""
    until = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < until:
        try:
            ended, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not ended:
            time.sleep(0.1)
    raise TimeoutError(f"a process that the work started is there {_PATIENCE_SECONDS} s after it")
