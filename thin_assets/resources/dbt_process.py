"""dbt in a process of its own: what it is told is told to it alone, and what it says is not repeated.

A run that starts warm forks this process first of all, while it has no threads and everything is loaded
(`stand_by`); elsewhere it is started when it is needed, and loads dbt itself. It does not outlive its parent.
"""

import multiprocessing
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from thin_assets.resources.full_disk import words_of

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult

_KIND = re.compile(r"[A-Z][a-z]+ Error")
OUT_OF_MEMORY = "Out of Memory Error"
"""As DuckDB calls it when a statement needs more than THIN_MEMORY_LIMIT and cannot spill."""


class _Waiting(NamedTuple):
    line: Connection
    kill: Callable[[], None]
    wait: Callable[[], object]


_standing_by: list[_Waiting] = []


def stand_by() -> None:
    """Fork the process that dbt will run in, for the first `faults_of` of this process."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, ours), daemon=True)
    process.start()
    theirs.close()
    _standing_by.append(_Waiting(ours, process.kill, process.join))


def faults_of(arguments: Sequence[str], environment: Mapping[str, str], folder: Path) -> list[str] | None:
    """Run one dbt command; None when it succeeded, else model and kind of error of every failed model.

    environment    all that dbt is told
    folder         dbt's working folder
    An empty list: dbt's process died.
    """
    waiting = _standing_by.pop() if _standing_by else _fresh()
    try:
        waiting.line.send((list(arguments), dict(environment), str(folder)))
        return waiting.line.recv()
    except (EOFError, ConnectionError):
        return []
    except BaseException:
        waiting.kill()
        raise
    finally:
        waiting.line.close()
        waiting.wait()


def _fresh() -> _Waiting:
    """A new interpreter: unlike `spawn` of multiprocessing it does not run the caller's script again."""
    ours, theirs = multiprocessing.Pipe()
    line = theirs.fileno()
    process = subprocess.Popen([sys.executable, "-m", __name__, str(line)], pass_fds=[line])
    theirs.close()
    return _Waiting(ours, process.kill, process.wait)


def _serve(line: Connection, other_end: Connection | None = None) -> None:
    """Wait for one command at the end of a line, run it and tell what became of it.

    other_end    a fork has it too, and must let go of it to hear that the parent is gone
    """
    if other_end is not None:
        other_end.close()
    try:
        arguments, environment, folder = line.recv()
    except EOFError:  # the run needed no dbt
        return
    threading.Thread(target=_end_with_the_parent, args=(line,), daemon=True).start()
    _be_told(environment, folder)
    from dbt.cli.main import dbtRunner

    done = dbtRunner().invoke(arguments)
    line.send(None if done.success else list(_faults(done)))


def _end_with_the_parent(line: Connection) -> None:
    """Nothing more is said on the line: what comes next is its end."""
    wait([line])
    os._exit(1)


def _be_told(environment: dict[str, str], folder: str) -> None:
    """Take environment and folder, and fall silent: an engine may quote a value of a patient's row."""
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.stdout = sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115 as long as the process
    for stream in (1, 2):
        os.dup2(sys.stdout.fileno(), stream)


def _faults(done: "dbtRunnerResult") -> Iterator[str]:
    if done.exception is not None:
        yield f"project ({_kind(str(done.exception))})"
    for result in getattr(done.result, "results", []):
        if result.status in {"error", "fail", "runtime error"}:
            yield f"{result.node.name} ({_kind(result.message or '')})"


def _kind(message: str) -> str:
    if OUT_OF_MEMORY in message:  # dbt calls whatever an engine says a runtime error
        return OUT_OF_MEMORY
    found = _KIND.search(message)
    return words_of(message) or (found[0] if found else "error")


if __name__ == "__main__":
    _serve(Connection(int(sys.argv[1])))
