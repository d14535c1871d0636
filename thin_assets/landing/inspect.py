"""Look at a delivery from outside, in the order that names the culprit best.

Every check speaks of all the files at fault, so that the provider need be asked only once.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import DeliveryIncomplete, WrongDelivery, WrongLayout
from thin_assets.landing.arrivals import MANIFEST, MARKER
from thin_assets.landing.contract import DeliveredFile, Inspection, place
from thin_assets.landing.delivery import HOW_TO, Delivery
from thin_assets.landing.files import require_files, require_intact, require_rows, require_tables, scan_files
from thin_assets.landing.header import refuse_identifiers, require_columns
from thin_assets.landing.layouts import Layout, layouts
from thin_assets.landing.manifest import Manifest, read_manifest

Progress = Callable[[str, int], None]
"""Told the name of each file looked through, and its rows."""


def inspect_delivery(
    folder: Path,
    snapshot: Snapshot,
    progress: Progress | None = None,
    *,
    allow_text: bool = False,
    known: Mapping[str, Layout] | None = None,
) -> Inspection:
    """Let a delivery in, or say why not.

    folder        deliveries/<country>/<YYYY-MM>
    allow_text    let deliveries in that say they hold free text
    known         layouts by version that it may follow; those of deliveries where none are given
    Raises one of DeliveryRejected: DeliveryIncomplete, WrongLayout, WrongDelivery, MissingFiles,
    IdentifierRefused, ChecksumMismatch, UnreadableFile, RowCountMismatch.
    """
    _require_complete(folder, snapshot)
    delivery = _open(folder, snapshot, known or layouts(snapshot.country))
    _require_same_partition(delivery)
    if delivery.manifest.contains_free_text and not allow_text:
        raise WrongLayout(
            "the manifest says that the delivery contains free text",
            where=delivery.where(MANIFEST),
            remedy="ask the provider for a delivery without free text; "
            "see docs/how-to/take-in-restricted-text.md",
        )
    require_files(delivery)
    require_tables(delivery)
    refuse_identifiers(delivery, {file.path: file.columns for file in delivery.files})
    scans = scan_files(delivery, progress)
    require_intact(delivery, scans)
    headers = require_columns(delivery, scans)
    require_rows(delivery, scans)
    files = tuple(
        DeliveredFile(
            file.table,
            file.path,
            folder / file.path,
            headers[file.path].columns,
            file.rows,
            headers[file.path].delimiter,
            file.sha256,
        )
        for file in delivery.files
    )
    return Inspection(
        snapshot,
        delivery.layout.name,
        delivery.delivery_id,
        delivery.manifest.generated_at.isoformat(),
        folder,
        files,
        delivery.manifest.origin,
    )


def _require_complete(folder: Path, snapshot: Snapshot) -> None:
    if not folder.is_dir():
        raise DeliveryIncomplete(
            "there is no delivery",
            where=place(snapshot),
            remedy="wait for it, or write a synthetic one: thin-assets generate",
        )
    if missing := [name for name in (MANIFEST, MARKER) if not (folder / name).is_file()]:
        raise DeliveryIncomplete(
            f"{' and '.join(missing)} absent: the delivery is still arriving, or was never finished",
            where=place(snapshot),
            remedy=f"wait until the provider has written {MARKER}, its last file; {HOW_TO}",
        )


def _open(folder: Path, snapshot: Snapshot, known: Mapping[str, Layout]) -> Delivery:
    manifest, delivery_id = read_manifest(folder, snapshot)
    return Delivery(folder, snapshot, manifest, _known_layout(manifest, snapshot, known), delivery_id)


def _known_layout(manifest: Manifest, snapshot: Snapshot, known: Mapping[str, Layout]) -> Layout:
    if manifest.layout_version not in known:
        raise WrongLayout(
            f"layout version {manifest.layout_version[:40]!r} is not known",
            where=place(snapshot, MANIFEST),
            remedy=f"deliver as one of {', '.join(known)}; {HOW_TO}",
        )
    return known[manifest.layout_version]


def _require_same_partition(delivery: Delivery) -> None:
    manifest, snapshot = delivery.manifest, delivery.snapshot
    pairs = [
        ("country", manifest.country, snapshot.country),
        ("snapshot_month", manifest.snapshot_month, snapshot.folder),
        ("collection_cutoff", manifest.collection_cutoff.isoformat(), snapshot.cutoff.isoformat()),
    ]
    wrong = [
        f"{field} is {said[:20]!r}, the folder says {meant!r}"
        for field, said, meant in pairs
        if said != meant
    ]
    if wrong:
        raise WrongDelivery(
            "; ".join(wrong),
            where=delivery.where(MANIFEST),
            remedy=f"move the delivery to the folder where it belongs, or ask the provider; {HOW_TO}",
        )
