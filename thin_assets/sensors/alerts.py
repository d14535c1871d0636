"""A run that ended tells whoever should know: that it failed, and which checks did."""

import datetime as dt
from collections.abc import Iterator

import dagster as dg

from thin_assets.operations.alerts.alert import Alert
from thin_assets.operations.alerts.channels import channels
from thin_assets.operations.alerts.find import failed_checks, failure_of
from thin_assets.operations.alerts.send import send
from thin_assets.sensors.status_changes import Change, changes
from thin_assets.settings import Settings

FAILED = dg.DagsterEventType.RUN_FAILURE
_LOOKED_AT = (FAILED, dg.DagsterEventType.RUN_SUCCESS)
_TOLD = {dg.DagsterEventType.STEP_FAILURE, dg.DagsterEventType.ASSET_CHECK_EVALUATION}


def alert_sensor(settings: Settings) -> dg.SensorDefinition:
    """The sensor of a home; at work from the start where a receiver is set."""
    status = dg.DefaultSensorStatus.RUNNING if any(channels(settings)) else dg.DefaultSensorStatus.STOPPED

    @dg.sensor(minimum_interval_seconds=30, default_status=status)
    def alerts(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        """Runs that failed, and checks that failed in any run, to webhook and e-mail: each once.

        A look that a receiver did not take fails, and is made again.
        """
        ended, cursor = changes(context.instance, context.cursor, _LOOKED_AT)
        found = [alert for one in ended for alert in _alerts(context.instance, one)]
        count = send(settings, found, dt.datetime.now(dt.UTC))
        told = f"{len(ended)} runs ended, {len(found)} alerts, {count} messages sent"
        return dg.SensorResult(skip_reason=dg.SkipReason(told), cursor=cursor)

    return alerts


def _alerts(instance: dg.DagsterInstance, ended: Change) -> Iterator[Alert]:
    entries = instance.all_logs(ended.run.run_id, of_type=_TOLD)
    if ended.kind == FAILED:
        yield failure_of(ended.run, entries)
    yield from failed_checks(ended.run, entries)
