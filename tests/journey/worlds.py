"""Synthetic deliveries taken as far as raw, where `tests.spec.builds` finds them: `GB-2024-02/raw`."""

from collections.abc import Callable
from pathlib import Path

import duckdb

from tests.unpacking import SECRET
from thin_assets.domain.snapshot import Snapshot
from thin_assets.landing.inspect import Inspection, inspect_delivery
from thin_assets.raw.room import unpack_delivery
from thin_assets.synthetic.delivery import write_delivery
from thin_assets.vocabulary import DEMO, load_bundle, project_maps


def snapshot_of(name: str) -> Snapshot:
    """The snapshot of a build's name: `GB-2024-02`."""
    country, _, month = name.partition("-")
    return Snapshot.named(country, month)


def load_vocabulary(home: Path, con: duckdb.DuckDBPyConnection) -> Path:
    """The demo vocabulary and the project's maps, for every build of a home."""
    load_bundle(DEMO, project_maps(), home / "vocabulary", con)
    return home / "vocabulary"


def unpack_world(
    home: Path, name: str, con: duckdb.DuckDBPyConnection, *, patients: int, seed: int, defects: bool = True
) -> Inspection:
    """Write the delivery of a country and month, inspect it and unpack it; returns what landing says."""
    snapshot = snapshot_of(name)
    places = {"deliveries": home / "deliveries", "truth": home / "truth"}
    folder = write_delivery(snapshot, patients=patients, seed=seed, defects=defects, **places)
    inspection = inspect_delivery(folder, snapshot)
    unpack_delivery(inspection, snapshot, SECRET, _files(home / name / "raw", snapshot), 1.0, con)
    return inspection


def _files(raw: Path, snapshot: Snapshot) -> Callable[[str], Path]:
    place = f"country={snapshot.country}/snapshot={snapshot.month}/data.parquet"
    return lambda table: raw / table / place
