"""Which deliveries are complete: the marker file is written last."""

import hashlib
from pathlib import Path

from thin_assets.domain.countries import COUNTRIES
from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import SettingsError

MARKER = "_COMPLETE"
MANIFEST = "manifest.json"


def complete_deliveries(deliveries: Path) -> dict[Snapshot, str]:
    """Delivery id (sha256 of the manifest's bytes) of every complete delivery, oldest month first.

    Folders that are no country or no month are left alone: a provider may keep its own files beside. A
    delivery that is being replaced while it is looked at is not complete.
    """
    found = {}
    for marker in deliveries.glob(f"*/*/{MARKER}"):
        snapshot = _snapshot_of(marker.parent)
        identity = None if snapshot is None else _identity(marker.with_name(MANIFEST))
        if identity is not None:
            found[snapshot] = identity
    return dict(sorted(found.items(), key=lambda item: (item[0].month, item[0].country)))


def _identity(manifest: Path) -> str | None:
    try:
        return hashlib.sha256(manifest.read_bytes()).hexdigest()
    except (FileNotFoundError, IsADirectoryError):
        return None


def _snapshot_of(folder: Path) -> Snapshot | None:
    if folder.parent.name not in COUNTRIES:
        return None
    try:
        return Snapshot.named(folder.parent.name, folder.name)
    except SettingsError:
        return None
