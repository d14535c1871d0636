"""A delivery under inspection: what the checks of this room pass to one another."""

from dataclasses import dataclass
from pathlib import Path

from thin_assets.domain.snapshot import Snapshot
from thin_assets.landing.contract import place
from thin_assets.landing.layouts import Layout
from thin_assets.landing.manifest import FileEntry, Manifest

HOW_TO = "see docs/how-to/handle-a-rejected-delivery.md"
RESEND = f"ask the provider to resend; {HOW_TO}"

SHOWN = 6
"""An error names at most so many files."""


@dataclass(frozen=True)
class Delivery:
    """A folder, the snapshot it should hold, what its manifest says, and the layout it follows."""

    folder: Path
    snapshot: Snapshot
    manifest: Manifest
    layout: Layout
    delivery_id: str

    @property
    def files(self) -> list[FileEntry]:
        """The data files of the manifest."""
        return self.manifest.files

    def where(self, name: str = "") -> str:
        """How an error names the delivery, or a file of it."""
        return place(self.snapshot, name)


def some(names: list[str]) -> str:
    """The first of many names, and how many more there are."""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
