"""Old runs: which may be forgotten, with their events and what they printed, and forgetting them.

Dagster keeps runs for ever, and deleting one deletes its materialisations: a partition built two years ago
would look as if it had never been. So the runs that built what stands now stay, however old they are.
Ticks of sensors and schedules Dagster forgets itself: `retention` in `config.py`.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
from dagster._core.events import DagsterEventType
from dagster._core.storage.dagster_run import FINISHED_STATUSES

_AT_ONCE = 500


@dataclass(frozen=True)
class OldRuns:
    """Finished runs from before a time.

    forgettable    ids, oldest first
    standing       ids of those that built what stands now: they stay
    """

    forgettable: tuple[str, ...]
    standing: tuple[str, ...]


def old_runs(instance: dg.DagsterInstance, before: dt.datetime) -> OldRuns:
    """The finished runs that were asked for before a time (with time zone)."""
    old = list(_finished(instance, before))
    standing = _standing(instance) if old else set()
    return OldRuns(
        tuple(one for one in old if one not in standing), tuple(one for one in old if one in standing)
    )


def forget(instance: dg.DagsterInstance, run_ids: tuple[str, ...]) -> Iterator[str]:
    """Delete runs with their events and what they printed, one by one, naming each that is gone.

    Stopped in between, the rest is there for the next time.
    """
    for run_id in run_ids:
        instance.compute_log_manager.delete_logs(prefix=[run_id])
        instance.delete_run(run_id)
        _delete_files(instance, run_id)
        yield run_id


def _finished(instance: dg.DagsterInstance, before: dt.datetime) -> Iterator[str]:
    asked = dg.RunsFilter(statuses=list(FINISHED_STATUSES), created_before=before)
    cursor = None
    while page := instance.get_run_records(asked, limit=_AT_ONCE, cursor=cursor, ascending=True):
        yield from (record.dagster_run.run_id for record in page)
        cursor = page[-1].dagster_run.run_id


def _standing(instance: dg.DagsterInstance) -> set[str]:
    """Runs that made the newest materialisation of an asset, or of one of its partitions."""
    found = set()
    for key in instance.all_asset_keys():
        latest = instance.event_log_storage.get_latest_storage_id_by_partition(
            key, DagsterEventType.ASSET_MATERIALIZATION
        )
        ids = sorted(latest.values())
        for first in range(0, len(ids), _AT_ONCE):
            asked = dg.AssetRecordsFilter(key, storage_ids=ids[first : first + _AT_ONCE])
            found |= {one.run_id for one in instance.fetch_materializations(asked, limit=_AT_ONCE).records}
        if (event := instance.get_latest_materialization_event(key)) is not None:
            found.add(event.run_id)
    return found


def _delete_files(instance: dg.DagsterInstance, run_id: str) -> None:
    """With SQLite, the events of a run are a file of its own, which Dagster empties and leaves."""
    runs = Path(instance.root_directory) / "history" / "runs"
    for path in runs.glob(f"{run_id}.db*"):
        path.unlink()
