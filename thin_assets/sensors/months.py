"""A month of which all countries are published, or whose deadline has passed, asks to be released."""

import datetime as dt

import dagster as dg

from thin_assets.domain.due import month_just_ended
from thin_assets.jobs import release_month
from thin_assets.landing.arrivals import complete_deliveries
from thin_assets.published.month_assets import month_of, waits_to_be_made
from thin_assets.resources.calendar import Calendar
from thin_assets.resources.lake import Lake

LOOKED_AT = 2
"""The newest months that are released by themselves: a history that is built later is not released month by
month, for all its releases would name the same version."""


@dg.sensor(job=release_month, minimum_interval_seconds=600, default_status=dg.DefaultSensorStatus.STOPPED)
def month_complete(
    context: dg.SensorEvaluationContext, lake: Lake, calendar: Calendar
) -> list[dg.RunRequest] | dg.SkipReason:
    """Ask once for the release of each of the newest months, when it is due."""
    return due_releases(lake, calendar, dt.datetime.now(dt.UTC).date())


def due_releases(lake: Lake, calendar: Calendar, today: dt.date) -> list[dg.RunRequest] | dg.SkipReason:
    """Requests for the releases that are due on a day, oldest month first; or why there are none."""
    arrived = complete_deliveries(lake.deliveries)
    asked, reasons = [], []
    for first in newest_months(today):
        month = month_of(lake, calendar, first, arrived)
        if not waits_to_be_made(lake, month):
            reasons.append(f"{month.name}: nothing to release")
        elif not month.is_due(today):
            reasons.append(f"{month.name}: waits for {', '.join(month.waiting)} until {month.deadline}")
        else:
            asked.append(
                dg.RunRequest(partition_key=month.month.isoformat(), run_key=f"release:{month.name}")
            )
    return asked or dg.SkipReason("; ".join(reasons))


def newest_months(today: dt.date) -> list[dt.date]:
    """The months that ended last, oldest first."""
    months = [month_just_ended(today)]
    while len(months) < LOOKED_AT:
        months.append(month_just_ended(months[-1]))
    return months[::-1]
