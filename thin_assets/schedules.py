"""Schedules: once a month, ask for the month that just ended."""

import datetime as dt

import dagster as dg

from thin_assets.domain.countries import COUNTRIES
from thin_assets.domain.snapshot import Snapshot
from thin_assets.jobs import receive_delivery
from thin_assets.landing.arrivals import complete_deliveries
from thin_assets.resources.lake import Lake
from thin_assets.sensors import run_request


def month_just_ended(now: dt.datetime) -> dt.date:
    """First day of the month before the one of `now`."""
    return (now.date().replace(day=1) - dt.timedelta(days=1)).replace(day=1)


@dg.schedule(job=receive_delivery, cron_schedule="0 6 8 * *", execution_timezone="UTC")
def month_end(context: dg.ScheduleEvaluationContext, lake: Lake) -> list[dg.RunRequest] | dg.SkipReason:
    """On the 8th, build the month just ended for every country that delivered; name those that did not.

    Shares its run keys with the sensor: a delivery that the sensor has started is not built twice.
    """
    month = month_just_ended(context.scheduled_execution_time)
    arrived = complete_deliveries(lake.deliveries)
    due = [Snapshot(code, month) for code in COUNTRIES]
    missing = [snapshot.country for snapshot in due if snapshot not in arrived]
    if missing:
        context.log.warning("no delivery of %s from %s", f"{month:%Y-%m}", ", ".join(missing))
    if len(missing) == len(due):
        return dg.SkipReason(f"no country has delivered {month:%Y-%m}")
    return [run_request(snapshot.key, arrived[snapshot]) for snapshot in due if snapshot in arrived]


SCHEDULES = [month_end]
