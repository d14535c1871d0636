"""Schedules: what is due on a day, whatever happened."""

from thin_assets.schedules.daily import remind_of_what_is_missing
from thin_assets.schedules.fill_gaps import fill_gaps
from thin_assets.schedules.month_end import month_end
from thin_assets.schedules.old_runs import month_of_old_runs

SCHEDULES = [month_end, remind_of_what_is_missing, fill_gaps, month_of_old_runs]
