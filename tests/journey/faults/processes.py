"""Real processes that are stopped, held or starved at a precise moment, without waiting for luck.

A process is forked from a server that has imported everything, so that it costs what it builds and no more.
It is the leader of its own group: what it started, dbt for instance, is killed with it. A trap is an audit
hook of Python: it acts right before the process opens, moves or starts something whose name matches. The
code under test knows nothing of it.
"""

import multiprocessing
import os
import re
import resource
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Thread

from thin_assets.domain.rooms import ROOMS
from thin_assets.domain.snapshot import Snapshot

PATIENCE_SECONDS = 600
"""For a machine under load; nothing waits so long that is not broken."""

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["thin_assets.instance.warm", "thin_assets.cli.main", "deltalake", "polars"])


@dataclass(frozen=True)
class Trap:
    """What happens to a process right before something.

    event     audit event: `os.rename` (a file is moved to its place), `os.mkdir`, `open`, `subprocess.Popen`
    what      pattern of the paths or words of the event
    time      the how-manieth such event it is
    action    `kill` the group; `hold` until the test goes on; or let no file grow beyond so many bytes
    """

    event: str
    what: str
    time: int = 1
    action: str | int = "kill"

    def set(self, sign: Path) -> None:
        """Set the trap in this process, for good. `sign` is where it says that it holds."""
        pattern, seen = re.compile(self.what), 0

        def hook(event: str, arguments: tuple) -> None:
            nonlocal seen
            if event != self.event or not any(pattern.search(_word(one)) for one in arguments):
                return
            seen += 1
            if seen == self.time:
                self._act(sign)

        sys.addaudithook(hook)

    def _act(self, sign: Path) -> None:
        if self.action == "kill":
            os.killpg(0, signal.SIGKILL)
        elif self.action == "hold":
            sign.mkdir()
            wait_for(lambda: not sign.exists())
        else:
            limit_files(self.action)


def _word(argument: object) -> str:
    if isinstance(argument, list | tuple):
        return " ".join(map(_word, argument))
    return argument if isinstance(argument, str) else str(argument) if isinstance(argument, Path) else ""


def limit_files(size: int) -> None:
    """Let no file of this process, or of those that it starts, grow beyond so many bytes: a full disk.

    The operating system says `File too large` where a disk says `No space left on device`; that needs no
    right to mount anything, and holds in any container.
    """
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def wait_for(come: Callable[[], object], what: str = "what is waited for") -> None:
    """Wait until something is true."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not come():
        if time.monotonic() > until:
            raise TimeoutError(f"{what} did not come")
        time.sleep(0.005)


@dataclass(frozen=True)
class Job:
    """What a process does: a command of the command line, or some assets of a partition.

    without_log    keep Dagster's own record in memory: for a process that can write nothing
    """

    home: Path
    command: tuple[str, ...] = ()
    assets: tuple[str, ...] = ()
    partition: str = ""
    trap: Trap | None = None
    environment: dict[str, str] = field(default_factory=dict)
    without_log: bool = False


@dataclass
class Running:
    """A process at work, and what it says."""

    process: multiprocessing.Process
    output: Path
    sign: Path
    writer: Thread

    @property
    def said(self) -> str:
        """Everything it said so far, in one line."""
        return " ".join(self.output.read_text(encoding="utf-8").replace("│", " ").split())

    def holds(self) -> None:
        """Wait until its trap holds it."""
        wait_for(lambda: self.sign.exists() or not self.process.is_alive(), "the trap")
        assert self.sign.exists(), self.said

    def go_on(self) -> None:
        """Let it go on from where its trap holds it."""
        self.sign.rmdir()

    def kill(self) -> None:
        """Kill it and everything that it started."""
        os.killpg(self.process.pid, signal.SIGKILL)

    def end(self) -> int:
        """Wait for its end; the exit code, negative where a signal ended it."""
        self.process.join(PATIENCE_SECONDS)
        assert self.process.exitcode is not None, f"it never ended: {self.said}"
        self.writer.join(10)
        return self.process.exitcode


def start(job: Job, output: Path) -> Running:
    """Start a process, whose words go to a file."""
    output.touch()
    sign = output.with_suffix(".held")
    heard, spoken = _FORKS.Pipe(duplex=False)  # a file would be full when the disk is
    process = _FORKS.Process(target=_work, args=(job, spoken, sign))
    process.start()
    spoken.close()
    writer = Thread(target=_write_down, args=(heard, output), daemon=True)
    writer.start()
    return Running(process, output, sign, writer)


def _write_down(heard: Connection, output: Path) -> None:
    with output.open("wb", buffering=0) as file, heard:
        while words := os.read(heard.fileno(), 1 << 16):
            file.write(words)


def done(job: Job, output: Path) -> Running:
    """Start a process and wait until it has succeeded."""
    running = start(job, output)
    assert running.end() == 0, running.said
    return running


def _work(job: Job, spoken: Connection, sign: Path) -> None:
    """The life of such a process."""
    os.setsid()
    os.dup2(spoken.fileno(), 1)
    os.dup2(spoken.fileno(), 2)
    os.environ.update(job.environment | {"COLUMNS": "200", "NO_COLOR": "1", "THIN_HOME": str(job.home)})
    time.tzset()
    if job.trap:
        job.trap.set(sign)
    if job.command:
        from thin_assets.cli.main import main

        sys.argv = ["thin-assets", "--home", str(job.home), *job.command]
        main()
    else:
        from thin_assets.cli.main import exit_as_told

        with exit_as_told():
            materialise(job)


def materialise(job: Job) -> None:
    """Build some assets of a partition in this process, alone in it as every run is."""
    import dagster as dg

    from thin_assets.definitions import build_definitions
    from thin_assets.instance.alone import alone_in
    from thin_assets.instance.config import QUIET, open_instance
    from thin_assets.instance.launcher import this_process
    from thin_assets.instance.queue import free_slots_of_the_dead
    from thin_assets.jobs import partitioned_assets
    from thin_assets.settings import Settings

    settings = Settings.load(job.home)
    definitions = build_definitions(settings)
    wanted = [
        key
        for key in partitioned_assets(definitions.resolve_asset_graph())
        if key.path[0] in job.assets or key.to_user_string() in job.assets
    ]
    opened = dg.DagsterInstance.ephemeral() if job.without_log else open_instance(settings)
    with opened as instance, alone_in(settings, job.partition, "a test", print):
        if not job.without_log:
            free_slots_of_the_dead(instance)
        definitions.resolve_implicit_global_asset_job_def().execute_in_process(
            instance=instance,
            partition_key=job.partition,
            asset_selection=wanted,
            run_config=QUIET,
            tags=this_process(),
        )


def room_job(home: Path, snapshot: Snapshot, *assets: str, **more: object) -> Job:
    """A job of some rooms, or assets, of a partition."""
    assert all(one.split("/")[0] in ROOMS for one in assets)
    return Job(home, assets=assets, partition=snapshot.key, **more)
