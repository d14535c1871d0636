"""The Dagster instance of a home: its configuration, its daemon, and backfills submitted to it.

Belongs here: what the command line needs to drive Dagster from outside.
Does not belong here: definitions of assets, jobs or sensors.
"""

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
from dagster._core.definitions.assets.graph.base_asset_graph import BaseAssetGraph
from dagster._core.execution.backfill import BulkActionStatus, PartitionBackfill

from thin_assets.errors import RunFailed
from thin_assets.resources.files import replacing
from thin_assets.settings import Settings

WORKSPACE = Path(__file__).parents[1] / "workspace.yaml"

_CONFIG = """\
# Written by thin-assets; change THIN_MAX_CONCURRENT_RUNS rather than this file.
telemetry:
  enabled: false
nux:
  enabled: false
run_coordinator:
  module: dagster
  class: QueuedRunCoordinator
  config:
    max_concurrent_runs: {max_concurrent_runs}
    dequeue_interval_seconds: 1
run_monitoring:
  enabled: true
"""

QUIET = {"loggers": {"console": {"config": {"log_level": "ERROR"}}}}
"""Configuration of runs in this process: the event log keeps everything, the terminal shows faults."""

_PATIENCE_SECONDS = 90

DONE = {BulkActionStatus.COMPLETED, BulkActionStatus.COMPLETED_SUCCESS}
BROKEN = {BulkActionStatus.COMPLETED_FAILED, BulkActionStatus.FAILED, BulkActionStatus.CANCELED}


def environment(settings: Settings) -> dict[str, str]:
    """Environment of every process that serves this home."""
    return os.environ | {
        "THIN_HOME": str(settings.home),
        "DAGSTER_HOME": str(settings.dagster_home),
        "DO_NOT_TRACK": "1",
    }


def prepare_instance(settings: Settings) -> None:
    """Write dagster.yaml into the home, so that UI, daemon and command line share one instance."""
    settings.dagster_home.mkdir(parents=True, exist_ok=True)
    text = _CONFIG.format(max_concurrent_runs=settings.max_concurrent_runs)
    path = settings.dagster_home / "dagster.yaml"
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        with replacing(path) as temporary:
            temporary.write_text(text, encoding="utf-8")


def open_instance(settings: Settings) -> dg.DagsterInstance:
    """The instance of the home; a context manager."""
    prepare_instance(settings)
    return dg.DagsterInstance.from_config(str(settings.dagster_home))


def daemon_is_alive(instance: dg.DagsterInstance) -> bool:
    """True when a daemon that launches backfills reported within the last minute and a half."""
    heartbeat = instance.get_daemon_heartbeats().get("BACKFILL")
    return heartbeat is not None and time.time() - heartbeat.timestamp < _PATIENCE_SECONDS


@contextmanager
def daemon(settings: Settings, instance: dg.DagsterInstance) -> Iterator[None]:
    """A Dagster daemon for the block, unless one serves this home already; stopped by process id after."""
    if daemon_is_alive(instance):
        yield
        return
    log = settings.dagster_home / "daemon.log"
    command = [sys.executable, "-m", "dagster._daemon", "run", "-w", str(WORKSPACE)]
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, env=environment(settings), stdout=output, stderr=subprocess.STDOUT, cwd=WORKSPACE.parent
        )
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=60)
        instance.wipe_daemon_heartbeats()


def submit_backfill(
    instance: dg.DagsterInstance, graph: BaseAssetGraph, assets: list[dg.AssetKey], partitions: list[str]
) -> str:
    """Ask the daemon to build the assets in every partition, one run each; returns the backfill's id."""
    backfill = PartitionBackfill.from_asset_partitions(
        backfill_id=uuid.uuid4().hex[:8],
        asset_graph=graph,
        partition_names=partitions,
        asset_selection=assets,
        backfill_timestamp=time.time(),
        tags={},
        dynamic_partitions_store=instance,
        all_partitions=False,
        title=f"{len(partitions)} partitions",
        description=None,
        run_config=None,
    )
    instance.add_backfill(backfill)
    return backfill.backfill_id


def wait_for_backfill(
    instance: dg.DagsterInstance, backfill_id: str, on_change: Callable[[dict[str, str]], None]
) -> dict[str, str]:
    """Follow a backfill to its end, telling `on_change` the status of each partition's run as it moves.

    Raises RunFailed, naming the partitions, when any run did not succeed.
    """
    started = time.time()
    while True:
        status = instance.get_backfill(backfill_id).status
        runs = instance.get_runs(dg.RunsFilter(tags={"dagster/backfill": backfill_id}))
        states = {run.tags["dagster/partition"]: run.status.value for run in runs}
        on_change(states)
        if status in DONE:
            return states
        if not daemon_is_alive(instance) and time.time() - started > _PATIENCE_SECONDS:
            raise RunFailed(
                f"no Dagster daemon works on backfill {backfill_id}",
                where=str(instance.root_directory),
                remedy="read daemon.log there; the backfill goes on when a daemon is started again",
            )
        if status in BROKEN:
            failed = sorted(key for key, state in states.items() if state != "SUCCESS")
            raise RunFailed(
                f"backfill {backfill_id} ended as {status.value.lower()}: {', '.join(failed) or 'no run'}",
                where="backfill",
                remedy="see the runs in the Dagster UI, or `thin-assets status`; mend, and backfill again",
            )
        time.sleep(1)


def run_seconds(instance: dg.DagsterInstance, backfill_id: str) -> dict[str, float]:
    """How long the run of each partition took, from its start to its end."""
    records = instance.get_run_records(dg.RunsFilter(tags={"dagster/backfill": backfill_id}))
    return {
        record.dagster_run.tags["dagster/partition"]: record.end_time - record.start_time
        for record in records
        if record.start_time is not None and record.end_time is not None
    }
