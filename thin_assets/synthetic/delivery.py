"""Writing a delivery: chunk by chunk to compressed parts, then manifest and marker; the truth beside."""

import shutil
import uuid
from collections.abc import Collection
from pathlib import Path

import polars as pl

from thin_assets.domain.layout import LAYOUT_THIN
from thin_assets.domain.native import COUNTRY as NATIVE_COUNTRY
from thin_assets.domain.native import LAYOUT_FIXED, NATIVE_LAYOUTS
from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import SettingsError
from thin_assets.resources.files import replacing, write_json
from thin_assets.synthetic.account import manifest
from thin_assets.synthetic.effects import planted
from thin_assets.synthetic.enrichment import TIMES, kept_of
from thin_assets.synthetic.practices import open_practices
from thin_assets.synthetic.spoil import DeliveryFault, spoil_delivery
from thin_assets.synthetic.wide import planted_factors
from thin_assets.synthetic.wide import truth as truth_of_factors
from thin_assets.synthetic.writing import Progress, Style, Writing

MARKER_FILE = "_COMPLETE"


def write_delivery(
    snapshot: Snapshot,
    *,
    patients: int,
    seed: int,
    deliveries: Path,
    truth: Path,
    defects: bool = True,
    effects: Collection[str] = (),
    enrich: Collection[str] = (),
    enrich_times: int = TIMES,
    wide: int = 0,
    spoil: DeliveryFault | None = None,
    layout: str = LAYOUT_THIN,
    first_codes: bool = False,
    progress: Progress | None = None,
) -> Path:
    """Write the delivery of one country and month, and the truth about it; returns the delivery's folder.

    patients   patients ever registered when the network opened (1 January 2023)
    seed       the same seed, patients and country give the same lives in every month, byte for byte
    defects    False leaves out every planted fault
    effects    names of planted effects, see `effects.known_effects()`
    enrich     names of enrichments, see `enrichment.known_enrichments()`: as many patients, drawn from a
               population `enrich_times` as large; the weights are in `<truth>/<country>/<month>-weights.csv`
    wide       number of factors of wide mode, see `wide.py`; which is what is told in `<month>-factors.csv`
    spoil      a fault of the whole delivery, for which landing must refuse it
    layout     THIN-like, or one of the United Kingdom's own
    first_codes    True writes every row in the country's first code systems, as before any cut-over, and
                   marks no patient: the fixed-width layout has no room for anything else
    What an effect lets texts alone say is in `<month>-told.csv` beside the truth: `texts.py` writes it.
    An existing delivery is replaced as a whole. Raises SettingsError for an unknown effect, enrichment or
    layout, and where an enrichment leaves too little room for others.
    """
    _require_layout(layout, snapshot.country, wide)
    world = (seed, snapshot.country, patients)
    practices = open_practices(snapshot.country, patients, seed, snapshot.month.year)
    style = Style(layout, first_codes or layout == LAYOUT_FIXED)
    rows = planted(effects, snapshot.country) + planted_factors(wide, snapshot.country)
    writing = Writing(snapshot, world, practices, defects, rows, style, wide)
    folder = deliveries / snapshot.country / snapshot.folder
    temporary = folder.with_name(f".{folder.name}.{uuid.uuid4().hex[:8]}")
    told = truth / snapshot.country / f"{snapshot.folder}.json"
    try:
        with writing.drawing_from(kept_of(enrich), enrich_times, weights_beside(told)):
            parts = writing.write(temporary, progress or (lambda done, of: None))
        write_json(temporary / "manifest.json", manifest(snapshot, seed, practices, parts, layout))
        if spoil:
            spoil_delivery(temporary, spoil)
        (temporary / MARKER_FILE).touch()
        shutil.rmtree(folder, ignore_errors=True)
        temporary.rename(folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    write_json(told, writing.as_truth() | {"delivery_fault": spoil})
    told_beside(told).unlink(missing_ok=True)
    if writing.told:
        with replacing(told_beside(told)) as path:
            pl.concat(writing.told).write_csv(path)
    if wide:
        with replacing(told.with_name(f"{told.stem}-factors.csv")) as path:
            truth_of_factors(wide).write_csv(path)
    return folder


def weights_beside(truth: Path) -> Path:
    """Where the sampling weights of an enriched delivery are, beside its truth."""
    return truth.with_name(f"{truth.stem}-weights.csv")


def told_beside(truth: Path) -> Path:
    """Where is what a text bundle is to say instead of the delivery's codes, beside its truth."""
    return truth.with_name(f"{truth.stem}-told.csv")


def _require_layout(layout: str, country: str, wide: int) -> None:
    known = [LAYOUT_THIN, *(NATIVE_LAYOUTS if country == NATIVE_COUNTRY else ())]
    if layout not in known:
        raise SettingsError(
            f"{country} does not deliver in layout {layout!r}",
            where="layout",
            remedy=f"use one of {', '.join(known)}",
        )
    if wide and layout != LAYOUT_THIN:
        raise SettingsError(
            f"layout {layout!r} has no column for the code system of factors",
            where="layout",
            remedy=f"use {LAYOUT_THIN}",
        )
