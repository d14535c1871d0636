"""Runs as OpenLineage events: when they start, and what they read and wrote when they end."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import dagster as dg
from dagster._core.definitions.assets.graph.base_asset_graph import BaseAssetGraph
from dagster._core.storage.tags import PARTITION_NAME_TAG

from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import SettingsError
from thin_assets.resources.lake import Lake
from thin_assets.sensors.status_changes import ENDS, START, Change, changes
from thin_assets.settings import Settings

if TYPE_CHECKING:
    from openlineage.client.event_v2 import RunEvent

    from thin_assets.operations.lineage.gather import Parents

_STATES = {
    START: "START",
    dg.DagsterEventType.RUN_SUCCESS: "COMPLETE",
    dg.DagsterEventType.RUN_FAILURE: "FAIL",
    dg.DagsterEventType.RUN_CANCELED: "ABORT",
}


def lineage_sensor(settings: Settings) -> dg.SensorDefinition:
    """The sensor of a home; at work from the start where a receiver is set."""
    is_asked = settings.openlineage_url is not None
    status = dg.DefaultSensorStatus.RUNNING if is_asked else dg.DefaultSensorStatus.STOPPED

    @dg.sensor(minimum_interval_seconds=30, default_status=status)
    def lineage(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        """Starts and ends of runs, room by room, to the receiver of THIN_OPENLINEAGE_URL."""
        if not is_asked:
            return dg.SkipReason("THIN_OPENLINEAGE_URL names nobody")
        from thin_assets.operations.lineage.emit import emit

        graph = context.repository_def.asset_graph
        found, cursor = changes(context.instance, context.cursor, (START, *ENDS))
        events = (
            event for one in found for event in _events(context.instance, settings, one, _parents_in(graph))
        )
        told = f"{len(found)} runs started or ended, {emit(settings, events)} events sent"
        return dg.SensorResult(skip_reason=dg.SkipReason(told), cursor=cursor)

    return lineage


def _parents_in(graph: BaseAssetGraph) -> "Parents":
    def parents(key: dg.AssetKey) -> Iterable[dg.AssetKey]:
        return graph.get(key).parent_keys if graph.has(key) else ()

    return parents


def _events(
    instance: dg.DagsterInstance, settings: Settings, change: Change, parents: "Parents"
) -> Iterator["RunEvent"]:
    from thin_assets.operations.lineage.events import RunOfJob, events
    from thin_assets.operations.lineage.gather import KINDS, rooms_of
    from thin_assets.operations.lineage.tables import table_of

    run, snapshot = change.run, _snapshot(change.run)
    of = RunOfJob(run.run_id, run.job_name, snapshot, _STATES[change.kind], change.at)
    logs = [] if change.kind == START else instance.all_logs(run.run_id, of_type=KINDS)
    lake = Lake(home=str(settings.home))
    yield from events(of, rooms_of(logs, parents), lambda key: table_of(lake, key, snapshot))


def _snapshot(run: dg.DagsterRun) -> Snapshot | None:
    try:
        return Snapshot.of(run.tags.get(PARTITION_NAME_TAG, ""))
    except SettingsError:
        return None
