"""How deliveries are taken in: the key that makes pseudonyms, and how many unreadable rows are borne."""

from pathlib import Path

import dagster as dg

from thin_assets.settings import Settings


class Intake(dg.ConfigurableResource):
    """Settings of the raw room. The key is read at the moment of use, so no run configuration ever holds it.

    max_rejected_share   of one table's rows; above it the partition stops
    """

    home: str
    max_rejected_share: float

    def pseudonym_key(self) -> bytes:
        """The secret behind every pseudonym. Raises MissingSecret."""
        return Settings.load(Path(self.home)).pseudonym_key()
