"""The Parquet file behind an asset of a partition: its columns and rows, from the footer alone."""

from pathlib import Path

import pyarrow.parquet as pq

from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import NothingSealed
from thin_assets.operations.lineage.events import Key, Table
from thin_assets.resources.lake import Lake
from thin_assets.resources.raw_tables import is_encrypted


def table_of(lake: Lake, key: Key, snapshot: Snapshot | None) -> Table | None:
    """None where an asset is no table, lies elsewhere, or can be read with a key only."""
    file = None if snapshot is None or len(key) != 2 else _file(lake, *key, snapshot)
    if file is None or not file.is_file() or is_encrypted(file):
        return None
    footer = pq.read_metadata(file)
    columns = {field.name: str(field.type) for field in footer.schema.to_arrow_schema()}
    return Table(columns, footer.num_rows, file.stat().st_size)


def _file(lake: Lake, room: str, name: str, snapshot: Snapshot) -> Path | None:
    if room != "omop":
        return lake.file(room, name, snapshot)
    try:
        return lake.current_build(snapshot) / name / "data.parquet"
    except NothingSealed:
        return None
