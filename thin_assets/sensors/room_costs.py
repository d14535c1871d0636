"""What a run cost, room by room, written into its own log in Dagster."""

from collections.abc import Mapping
from pathlib import Path

import dagster as dg

from thin_assets.operations.room_log import read
from thin_assets.resources.lake import Lake
from thin_assets.sensors.status_changes import ENDS, changes


@dg.sensor(minimum_interval_seconds=60, default_status=dg.DefaultSensorStatus.STOPPED)
def room_costs(context: dg.SensorEvaluationContext, lake: Lake) -> dg.SensorResult:
    """The lines of `home/logs/rooms.jsonl` of every run that ended, as events of that run."""
    ended, cursor = changes(context.instance, context.cursor, ENDS)
    runs = {one.run.run_id: one.run for one in ended}
    lines = [line for line in read(Path(lake.home)) if line["run"] in runs] if runs else []
    for line in lines:
        context.instance.report_engine_event(
            _sentence(line), runs[line["run"]], dg.EngineEventData(metadata=_metadata(line))
        )
    told = f"{len(runs)} runs ended, {len(lines)} rooms told"
    return dg.SensorResult(skip_reason=dg.SkipReason(told), cursor=cursor)


def _sentence(line: Mapping) -> str:
    cost = f"{line['seconds']:.1f} s, {line['cpu_seconds']:.1f} CPU s, {line['peak_bytes'] / 1e6:.0f} MB"
    return f"{line['room']}: {line['outcome']}, {cost}"


def _metadata(line: Mapping) -> dict[str, dg.MetadataValue]:
    told = {name: value for name, value in line.items() if value is not None and name not in ("run", "when")}
    return {name: dg.MetadataValue.text(str(value)) for name, value in told.items()}
