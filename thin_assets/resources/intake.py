"""How deliveries are taken in: the key that makes pseudonyms, and how many unreadable rows are borne."""

from pathlib import Path

import dagster as dg

from thin_assets.domain.snapshot import Snapshot
from thin_assets.settings import Settings


class Intake(dg.ConfigurableResource):
    """Settings of the raw room. The key is read at the moment of use, so no run configuration ever holds it.

    max_rejected_share   of one table's rows; above it the partition stops
    text_bundles         folder of restricted text bundles; none: free text is refused
    """

    home: str
    max_rejected_share: float
    text_bundles: str | None = None

    def text_bundle(self, snapshot: Snapshot) -> Path | None:
        """Folder in which the text bundle of a snapshot would lie; None where text is not taken in."""
        if self.text_bundles is None:
            return None
        return Path(self.text_bundles) / snapshot.country / snapshot.folder

    def register(self, country: str) -> Path:
        """File of the persons of a country who opted out; need not exist."""
        return Settings.load(Path(self.home)).register(country)

    def parquet_key(self) -> bytes | None:
        """What raw is encrypted with; None where it is written plain. Raises MissingSecret."""
        settings = Settings.load(Path(self.home))
        return settings.parquet_key() if settings.encrypt == "raw" else None

    def pseudonym_key(self) -> bytes:
        """The secret behind every pseudonym. Raises MissingSecret."""
        return Settings.load(Path(self.home)).pseudonym_key()
