"""Backfills from the command line: submitted to the daemon, followed to their end, cancelled, listed.

Belongs here: what Dagster keeps of backfills. Does not belong here: how it is shown.
"""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass

import dagster as dg
from dagster._core.definitions.assets.graph.base_asset_graph import BaseAssetGraph
from dagster._core.execution.backfill import (
    BULK_ACTION_TERMINAL_STATUSES,
    BulkActionsFilter,
    BulkActionStatus,
    PartitionBackfill,
)
from dagster._core.storage.tags import BACKFILL_ID_TAG, PARTITION_NAME_TAG

from thin_assets.errors import RunFailed, SettingsError
from thin_assets.instance.daemon import PATIENCE_SECONDS, STARTING_SECONDS, daemon_is_alive
from thin_assets.instance.measured import CPU_SECONDS, PEAK_MB

SUCCEEDED = {BulkActionStatus.COMPLETED, BulkActionStatus.COMPLETED_SUCCESS}
GOING_ON = [status for status in BulkActionStatus if status not in BULK_ACTION_TERMINAL_STATUSES]

_STATUS = dg.DagsterRunStatus
RUNNING = [_STATUS.STARTING, _STATUS.STARTED, _STATUS.CANCELING]
WAITING = [_STATUS.NOT_STARTED, _STATUS.QUEUED]
_LOOKED_EVERY_SECONDS = 1


@dataclass(frozen=True)
class Progress:
    """Runs of a backfill at one moment, by what became of them; partitions of those that are running."""

    built: int
    failed: int
    queued: int
    running: tuple[str, ...]


@dataclass(frozen=True)
class Cost:
    """What the last run of a partition took.

    seconds      from its start to its end; null before it ended
    cpu_seconds  of its process and those it started; null where the process was killed
    peak_mb      the most memory of one of these processes, in 10^6 bytes; null likewise
    """

    partition: str
    status: str
    seconds: float | None
    cpu_seconds: float | None
    peak_mb: int | None


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
    instance: dg.DagsterInstance, backfill_id: str, on_change: Callable[[Progress], None]
) -> None:
    """Follow a backfill to its end, telling `on_change` how far it is.

    Raises RunFailed, naming the partitions, when any run did not succeed, and when nobody works on it.
    """
    status = _wait(instance, backfill_id, on_change)
    if status not in SUCCEEDED:
        failed = sorted(cost.partition for cost in costs(instance, backfill_id) if cost.status != "SUCCESS")
        error = instance.get_backfill(backfill_id).error
        raise RunFailed(
            f"backfill {backfill_id} ended as {status.value.lower()}: {', '.join(failed) or 'no run'}"
            + (f" ({error.cls_name} in the daemon)" if error else ""),
            where="backfill",
            remedy="see the runs in the Dagster UI, or `thin-assets status`; mend, and give the same command "
            "again: it builds what is not built yet",
        )


def cancel_backfill(
    instance: dg.DagsterInstance, backfill_id: str, on_change: Callable[[Progress], None]
) -> None:
    """End a backfill: runs that wait are dropped, those that are going on are told to stop; wait for that.

    Raises SettingsError when there is no such backfill, or it has ended.
    """
    require_going_on(instance, backfill_id)
    backfill = instance.get_backfill(backfill_id)
    instance.update_backfill(backfill.with_status(BulkActionStatus.CANCELING))
    _wait(instance, backfill_id, on_change)


def require_going_on(instance: dg.DagsterInstance, backfill_id: str) -> None:
    """Raises SettingsError when there is no such backfill, or it has ended."""
    backfill = instance.get_backfill(backfill_id)
    if backfill is None or backfill.status in BULK_ACTION_TERMINAL_STATUSES:
        state = "there is no" if backfill is None else "ended already:"
        raise SettingsError(
            f"{state} backfill {backfill_id}",
            where=str(instance.root_directory),
            remedy="see `thin-assets backfills`",
        )


def _wait(
    instance: dg.DagsterInstance, backfill_id: str, on_change: Callable[[Progress], None]
) -> BulkActionStatus:
    seen, patience = time.monotonic(), STARTING_SECONDS
    while True:
        status = instance.get_backfill(backfill_id).status
        on_change(progress(instance, backfill_id))
        if status in BULK_ACTION_TERMINAL_STATUSES:
            return status
        if daemon_is_alive(instance):
            seen, patience = time.monotonic(), PATIENCE_SECONDS
        elif time.monotonic() - seen > patience:
            raise RunFailed(
                f"no Dagster daemon works on backfill {backfill_id}",
                where=str(instance.root_directory),
                remedy="read daemon.log there; it goes on when a daemon is started again, or with "
                f"`thin-assets backfill --resume {backfill_id}`",
            )
        time.sleep(_LOOKED_EVERY_SECONDS)


def progress(instance: dg.DagsterInstance, backfill_id: str) -> Progress:
    """How far a backfill is. Runs that ended are counted, not read: there may be hundreds."""

    def of(*statuses: dg.DagsterRunStatus) -> dg.RunsFilter:
        return dg.RunsFilter(tags={BACKFILL_ID_TAG: backfill_id}, statuses=list(statuses))

    running = instance.get_runs(of(*RUNNING))
    return Progress(
        built=instance.get_runs_count(of(_STATUS.SUCCESS)),
        failed=instance.get_runs_count(of(_STATUS.FAILURE, _STATUS.CANCELED)),
        queued=instance.get_runs_count(of(*WAITING)),
        running=tuple(sorted(run.tags.get(PARTITION_NAME_TAG, "") for run in running)),
    )


def costs(instance: dg.DagsterInstance, backfill_id: str) -> list[Cost]:
    """What each partition took, by partition; of one that was tried again, the last run."""
    records = instance.get_run_records(dg.RunsFilter(tags={BACKFILL_ID_TAG: backfill_id}))
    oldest_first = reversed(records)
    found = {record.dagster_run.tags.get(PARTITION_NAME_TAG, ""): _cost(record) for record in oldest_first}
    return [found[key] for key in sorted(found)]


def _cost(record: dg.RunRecord) -> Cost:
    run, tags = record.dagster_run, record.dagster_run.tags
    ended = record.start_time is not None and record.end_time is not None
    return Cost(
        partition=tags.get(PARTITION_NAME_TAG, ""),
        status=run.status.value,
        seconds=record.end_time - record.start_time if ended else None,
        cpu_seconds=float(tags[CPU_SECONDS]) if CPU_SECONDS in tags else None,
        peak_mb=int(tags[PEAK_MB]) if PEAK_MB in tags else None,
    )


def backfills(instance: dg.DagsterInstance, limit: int) -> list[PartitionBackfill]:
    """The last backfills, whoever asked for them, newest first."""
    return list(instance.get_backfills(limit=limit))


def unfinished(instance: dg.DagsterInstance) -> dict[str, set[str]]:
    """Partition keys of every backfill that has not ended, by its id."""
    found = instance.get_backfills(filters=BulkActionsFilter(statuses=GOING_ON))
    return {one.backfill_id: _partitions(one) for one in found}


def _partitions(backfill: PartitionBackfill) -> set[str]:
    """Partition keys that a backfill of a job, or of assets, is to build."""
    data = backfill.asset_backfill_data
    if data is None:
        return set(backfill.partition_names or ())
    subsets = data.target_subset.partitions_subsets_by_asset_key.values()
    return {key for subset in subsets for key in subset.get_partition_keys()}
