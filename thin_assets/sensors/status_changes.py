"""Runs that started or ended since a sensor looked last.

Dagster's own sensors of run status move on when what they called fails: an alert would be lost while its
receiver is away. Those built on this ask again until all of it has worked.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import dagster as dg

AT_ONCE = 20
"""Runs of one status in one look: the rest waits for the next."""

START = dg.DagsterEventType.RUN_START
ENDS = (
    dg.DagsterEventType.RUN_SUCCESS,
    dg.DagsterEventType.RUN_FAILURE,
    dg.DagsterEventType.RUN_CANCELED,
)


@dataclass(frozen=True)
class Change:
    """A run that came to a status.

    at    seconds since 1970
    """

    kind: dg.DagsterEventType
    run: dg.DagsterRun
    at: float


def changes(
    instance: dg.DagsterInstance, cursor: str | None, kinds: Iterable[dg.DagsterEventType]
) -> tuple[list[Change], str]:
    """What happened since, in order of time, and the cursor for the time when all of it has been dealt with.

    Without a cursor there is nothing: whoever looks for the first time is not told of the past.
    """
    since = json.loads(cursor) if cursor else {}
    found, now = [], {}
    for kind in kinds:
        if kind.value not in since:
            now[kind.value] = _newest(instance, kind)
            continue
        now[kind.value] = since[kind.value]
        for record in _records(instance, kind, since[kind.value]):
            now[kind.value] = record.storage_id
            run = instance.get_run_by_id(record.event_log_entry.run_id)
            if run is not None:
                found.append(Change(kind, run, record.event_log_entry.timestamp))
    return sorted(found, key=lambda one: one.at), json.dumps(now, sort_keys=True)


def _newest(instance: dg.DagsterInstance, kind: dg.DagsterEventType) -> int:
    records = instance.fetch_run_status_changes(kind, limit=1).records
    return records[0].storage_id if records else 0


def _records(instance: dg.DagsterInstance, kind: dg.DagsterEventType, since: int) -> Iterator:
    wanted = dg.RunStatusChangeRecordsFilter(kind, after_storage_id=since)
    yield from instance.fetch_run_status_changes(wanted, limit=AT_ONCE, ascending=True).records
