"""The schedule that forgets old runs, once a month."""

import datetime as dt

import dagster as dg

from thin_assets.instance.history import forget, old_runs
from thin_assets.settings import Settings


@dg.op
def forget_what_is_old(context: dg.OpExecutionContext) -> None:
    """Forget finished runs that are older than the settings say and built nothing that stands."""
    days = Settings.load().keep_runs_days
    old = old_runs(context.instance, dt.datetime.now(dt.UTC) - dt.timedelta(days=days))
    count = sum(1 for _ in forget(context.instance, old.forgettable))
    context.log.info("forgot %d runs older than %d days, kept %d of them", count, days, len(old.standing))


@dg.job(executor_def=dg.in_process_executor)
def forget_old_runs() -> None:
    """Runs older than THIN_KEEP_RUNS_DAYS are deleted, with their events and what they printed."""
    forget_what_is_old()


@dg.schedule(job=forget_old_runs, cron_schedule="0 4 2 * *", execution_timezone="UTC")
def month_of_old_runs(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """On the 2nd of a month."""
    return dg.RunRequest(run_key=f"{context.scheduled_execution_time:%Y-%m}")
