"""The restricted text bundle of a delivery: a door of its own, closed unless the operator has opened it."""

from dataclasses import replace
from pathlib import Path

from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import DeliveryRejected, WrongLayout
from thin_assets.landing.arrivals import MANIFEST
from thin_assets.landing.contract import DELIVERIES, TEXTS, Inspection, place
from thin_assets.landing.inspect import inspect_delivery
from thin_assets.landing.layouts import text_layout
from thin_assets.landing.manifest import read_manifest


def inspect_texts(folder: Path, snapshot: Snapshot) -> Inspection | None:
    """Let the text bundle of a snapshot in, or say why not; None where there is none.

    folder    <text bundles>/<country>/<YYYY-MM>, laid down as a delivery is: manifest, files, marker last
    Raises one of DeliveryRejected, as `inspect_delivery` does; no error repeats what a text says.
    """
    if not folder.is_dir():
        return None
    try:
        found = inspect_delivery(folder, snapshot, allow_text=True, known=text_layout())
        _require_told(folder, snapshot)
    except DeliveryRejected as error:
        where = error.where.replace(DELIVERIES, TEXTS, 1)
        raise type(error)(error.what, where=where, remedy=error.remedy) from None
    return replace(found, root=TEXTS)


def _require_told(folder: Path, snapshot: Snapshot) -> None:
    manifest, _ = read_manifest(folder, snapshot)
    if not manifest.contains_free_text:
        raise WrongLayout(
            "the manifest of a text bundle must say that it contains free text",
            where=place(snapshot, MANIFEST),
            remedy="ask the provider for a manifest with contains_free_text true",
        )
