"""The Dagster daemon of a home: whether one is at work, and one for as long as a command needs it."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from thin_assets.instance.config import WORKSPACE, environment
from thin_assets.settings import Settings

PATIENCE_SECONDS = 90
"""A daemon that did not report for so long is thought to be gone."""

STARTING_SECONDS = 600
"""A daemon that was started reports for the first time within this, on a busy machine as well."""

_STOPPING_SECONDS = 120


def daemon_is_alive(instance: dg.DagsterInstance) -> bool:
    """True when a daemon that launches backfills reported within the last minute and a half."""
    heartbeat = instance.get_daemon_heartbeats().get("BACKFILL")
    return heartbeat is not None and time.time() - heartbeat.timestamp < PATIENCE_SECONDS


@contextmanager
def daemon(settings: Settings, instance: dg.DagsterInstance) -> Iterator[bool]:
    """A Dagster daemon for the block, unless one serves this home already; stopped by process id after.

    Gives whether it was started here, and so ends with the block.
    """
    if daemon_is_alive(instance):
        yield False
        return
    log = settings.dagster_home / "daemon.log"
    command = [sys.executable, "-m", "dagster._daemon", "run", "-w", str(WORKSPACE)]
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, env=environment(settings), stdout=output, stderr=subprocess.STDOUT, cwd=WORKSPACE.parent
        )
    try:
        yield True
    finally:
        _stop(process)
        instance.wipe_daemon_heartbeats()


def _stop(process: subprocess.Popen) -> None:
    """Let a daemon end in order; kill one that does not."""
    process.terminate()
    try:
        process.wait(timeout=_STOPPING_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
