"""Once a month, ask for whatever of the month that just ended was delivered and is not on its way."""

import dagster as dg
from dagster._core.storage.dagster_run import NOT_FINISHED_STATUSES
from dagster._core.storage.tags import PARTITION_NAME_TAG

from thin_assets.domain.countries import COUNTRIES
from thin_assets.domain.due import month_just_ended
from thin_assets.domain.snapshot import Snapshot
from thin_assets.jobs import receive_delivery
from thin_assets.landing.arrivals import complete_deliveries
from thin_assets.resources.lake import Lake
from thin_assets.resources.standing import standing
from thin_assets.sensors.deliveries import DELIVERY_TAG, run_request, short

ON_ITS_WAY = (*NOT_FINISHED_STATUSES, dg.DagsterRunStatus.SUCCESS)
"""States of a run after which a delivery needs no other."""


@dg.schedule(job=receive_delivery, cron_schedule="0 6 8 * *", execution_timezone="UTC")
def month_end(context: dg.ScheduleEvaluationContext, lake: Lake) -> list[dg.RunRequest] | dg.SkipReason:
    """On the 8th, build the month just ended for all who delivered and are not built; name the rest.

    The net below the sensor `deliveries_arrived`. Dagster compares run keys within a sensor or schedule only,
    so that what the sensor or a command has built is told from the lake, and what is running from its tag.
    """
    month = month_just_ended(context.scheduled_execution_time.date())
    arrived = complete_deliveries(lake.deliveries)
    due = [Snapshot(code, month) for code in COUNTRIES]
    missing = [snapshot.country for snapshot in due if snapshot not in arrived]
    if missing:
        context.log.warning("no delivery of %s from %s", f"{month:%Y-%m}", ", ".join(missing))
    new = [one for one in due if one in arrived and standing(lake, one).delivery != arrived[one]]
    asked = [one for one in new if not _is_on_its_way(context.instance, one, arrived[one])]
    if not asked:
        return dg.SkipReason(f"no delivery of {month:%Y-%m} waits to be built; missing: {len(missing)}")
    return [run_request(one.key, [arrived[one]]) for one in asked]


def _is_on_its_way(instance: dg.DagsterInstance, snapshot: Snapshot, identity: str) -> bool:
    tags = {DELIVERY_TAG: short(identity), PARTITION_NAME_TAG: snapshot.key}
    return bool(instance.get_runs(dg.RunsFilter(tags=tags, statuses=list(ON_ITS_WAY)), limit=1))
