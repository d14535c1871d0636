"""When months are due here: the operator's days where there are some, else those of the project."""

import datetime as dt
from pathlib import Path

import dagster as dg

from thin_assets.domain.due import Due, day_after, default_text, read_due


class Calendar(dg.ConfigurableResource):
    """Days by which countries deliver and are sealed, and by which a month is released.

    due            file in the form of `domain/due.csv`; need not exist
    release_day    day of the month after, on which a month is released whoever is missing
    """

    due: str
    release_day: int

    def countries(self) -> dict[str, Due]:
        """Days by country of those that are waited for. Raises SettingsError."""
        own = Path(self.due)
        return (
            read_due(own.read_text(encoding="utf-8"), self.due) if own.is_file() else read_due(default_text())
        )

    def deadline(self, month: dt.date) -> dt.date:
        """The day from which on a month waits for nobody."""
        return day_after(month, self.release_day)
