"""Every morning, look at the calendar: what is overdue fails its check, and is named in the log."""

import dagster as dg

from thin_assets.jobs import look_at_calendar

remind_of_what_is_missing = dg.ScheduleDefinition(
    name="remind_of_what_is_missing",
    job=look_at_calendar,
    cron_schedule="0 7 * * *",
    execution_timezone="UTC",
    description="Every day at seven: countries that have not delivered, and builds that are late.",
)
