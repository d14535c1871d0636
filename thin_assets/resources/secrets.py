"""The pseudonym key, read where it is used and shown nowhere."""

import dagster as dg

from thin_assets.settings import Settings


class PseudonymKey(dg.ConfigurableResource):
    """Reads the key of a home at the moment of use, so that no run configuration ever holds it."""

    home: str

    def value(self) -> bytes:
        """The secret. Raises MissingSecret."""
        from pathlib import Path

        return Settings.load(Path(self.home)).pseudonym_key()
