"""The run queue: how many runs and of what, which month first, and slots that a killed run cannot keep.

docs/decisions/0030-pools-by-step-and-the-current-month-first.md says why.
"""

import os

import dagster as dg
from dagster._core.launcher import WorkerStatus
from dagster._core.run_coordinator import SubmitRunContext
from dagster._core.storage.tags import PARTITION_NAME_TAG, PRIORITY_TAG

from thin_assets.domain.pools import POOLS
from thin_assets.domain.snapshot import parse_month
from thin_assets.errors import SettingsError
from thin_assets.partitions import FIRST_SNAPSHOT, SNAPSHOT
from thin_assets.settings import Settings

CURRENT = 1
"""Priority of the month that ended last; a run of no month has 0, as Dagster gives it."""

WAIT_FOR_CODE = "DAGSTER_BACKFILL_RETRY_DEFINITION_CHANGED_ERROR"
"""Dagster's word for a backfill to wait while no code server answers. Without it, a daemon that looks just
then takes every asset for deleted, and fails the backfill: on a busy machine that loses a night."""

ONE_RUN_A_PARTITION = {
    "key": PARTITION_NAME_TAG,
    "value": {"applyLimitPerUniqueValue": True},
    "limit": 1,
}
"""A second run of a partition that is being built waits in the queue."""


def queue_configuration(settings: Settings) -> dict:
    """What `dagster.yaml` says of the queue; the limits of pools are rows of the storage: `set_pools`."""
    return {
        "run_coordinator": {
            "module": __name__,
            "class": CurrentMonthFirst.__name__,
            "config": {"dequeue_interval_seconds": 1},
        },
        "concurrency": {
            "runs": {
                "max_concurrent_runs": settings.max_concurrent_runs,
                "tag_concurrency_limits": [ONE_RUN_A_PARTITION],
            },
            "pools": {"granularity": "op"},
        },
    }


def pool_limits(settings: Settings) -> dict[str, int]:
    """Slots of each pool."""
    return {pool: getattr(settings, f"pool_{pool}") for pool in POOLS}


def set_pools(instance: dg.DagsterInstance, settings: Settings) -> None:
    """Give the pools of an instance the limits of the settings, those that have them already aside."""
    storage = instance.event_log_storage
    there = {pool.name: pool.limit for pool in storage.get_pool_limits()}
    for pool, limit in pool_limits(settings).items():
        if there.get(pool) != limit:
            storage.set_concurrency_slots(pool, limit)


def free_slots_of_the_dead(instance: dg.DagsterInstance) -> None:
    """Take back the slots of runs whose process is gone, and mark those runs failed.

    The daemon does so for a home that it serves; a command without one must not wait for the dead.
    """
    held = instance.event_log_storage.get_concurrency_run_ids()
    for run in instance.get_runs(dg.RunsFilter(run_ids=sorted(held))) if held else ():
        if not run.is_finished and _is_gone(instance, run):
            instance.report_run_failed(run, "The process of this run is gone.")
            run = instance.get_run_by_id(run.run_id)
        if run.is_finished:
            instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)


def _is_gone(instance: dg.DagsterInstance, run: dg.DagsterRun) -> bool:
    launcher = instance.run_launcher
    if not launcher.supports_check_run_worker_health:
        return False
    return launcher.check_run_worker_health(run).status is WorkerStatus.NOT_FOUND


class CurrentMonthFirst(dg.QueuedRunCoordinator):
    """The queue, in which every run gets the priority of its month, whoever asked for it.

    Backfills of the pages, of the command line, sensors, schedules and single runs all pass here. Every
    daemon of the instance has one, before it looks at a backfill.
    """

    def __init__(self, *args: object, **kwargs: object) -> None:
        os.environ.setdefault(WAIT_FOR_CODE, "1")
        super().__init__(*args, **kwargs)

    def submit_run(self, context: SubmitRunContext) -> dg.DagsterRun:
        """Put a run into the queue; a priority that somebody gave it stays."""
        run = context.dagster_run
        priority = priority_of(run.tags.get(PARTITION_NAME_TAG, ""))
        if priority and PRIORITY_TAG not in run.tags:
            self._instance.add_run_tags(run.run_id, {PRIORITY_TAG: str(priority)})
        return super().submit_run(context)


def priority_of(partition_key: str) -> int:
    """Rank in the queue of a partition `GB|2024-03-01` or month `2024-03-01`; the highest is built first.

    The month that ended last goes first: readers wait for it. History follows from the oldest month on, for
    what a month brought late is told beside the month before. 0 for what is no partition of ours.
    """
    try:
        month = parse_month(partition_key.rpartition("|")[2])
    except SettingsError:
        return 0
    if month >= parse_month(SNAPSHOT.get_last_partition_key()):
        return CURRENT
    first = parse_month(FIRST_SNAPSHOT)
    return -((month.year - first.year) * 12 + month.month - first.month) - 1
