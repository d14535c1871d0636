"""OMOP in Dagster: every dbt model is an asset; one step builds them all, for a candidate is always whole."""

import uuid
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import dagster as dg
import pyarrow.parquet as pq
from duckdb import DuckDBPyConnection

from thin_assets.domain.layout import OMOP_VERSIONS
from thin_assets.domain.pools import MEMORY
from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import NothingSealed
from thin_assets.omop import carried
from thin_assets.omop.adopt import adopt_build
from thin_assets.omop.contract import candidate_tables
from thin_assets.omop.vocabulary import complete_vocabulary, delivered_version
from thin_assets.partitions import GRID
from thin_assets.resources.dbt import Dbt, code_version, dbt_specs, partition_values
from thin_assets.resources.lake import Lake
from thin_assets.resources.raw_key import raw_key
from thin_assets.resources.warehouse import Warehouse
from thin_assets.text.contract import MENTION


def _specs() -> list[dg.AssetSpec]:
    """dbt's own lineage; what leaves the room also comes from deliveries that are OMOP already."""
    leaving = {dg.AssetKey(["omop", name]) for name in candidate_tables()}
    return [
        spec.replace_attributes(
            partitions_def=GRID,
            owners=["team:data-engineering"],
            kinds={"dbt", "duckdb"},
            code_version=code_version(),
            deps=[*spec.deps, dg.AssetDep(["raw", "cdm"])] if spec.key in leaving else spec.deps,
        )
        for spec in dbt_specs()
    ]


_SPECS = _specs()
Delivered = Mapping[str, Any]
"""What landing reported: read once, for another delivery of the month may come while dbt builds."""

_CARRIED = dg.AssetKey(["omop", carried.CARRIED])
_IN_ORDER = tuple(
    TopologicalSorter({spec.key: {dep.asset_key for dep in spec.deps} for spec in _SPECS}).static_order()
)


@dg.multi_asset(name="omop", specs=_SPECS, can_subset=True, pool=MEMORY)
def omop(
    context: dg.AssetExecutionContext, lake: Lake, warehouse: Warehouse, dbt: Dbt
) -> Iterator[dg.MaterializeResult]:
    """Build a candidate: dbt for a delivery in THIN layout, adoption for one in OMOP layout.

    A part of the tables may be asked for; the candidate is built whole, and only those are reported.
    """
    snapshot = Snapshot.of(context.partition_key)
    lake.require_raw(snapshot)
    delivered, vocabulary = lake.reported("landing", snapshot), lake.vocabulary_version()
    raw = partial(lake.file, "raw", snapshot=snapshot)
    key = raw_key(Path(lake.home), lake.raw_tables(snapshot).values())
    candidate = lake.candidates(snapshot) / f"candidate={context.run_id[:8]}"
    for table in candidate_tables():
        (candidate / table).mkdir(parents=True, exist_ok=True)
    told = {}
    if delivered["layout"] in OMOP_VERSIONS:
        with warehouse.open(key) as con:
            vocabulary = _own_vocabulary(lake, delivered["files"], raw, con) or vocabulary
            adopt_build(raw, candidate, lake.vocabulary(vocabulary), con)
    else:
        _require_text(lake, snapshot)
        values = partition_values(lake, snapshot, candidate, delivered, vocabulary)
        start = _start(dbt, lake, snapshot, delivered, vocabulary) if dbt.is_incremental else None
        told = _transform(dbt, values, key, candidate, start)
    rows = {
        table: pq.read_metadata(candidate / table / "data.parquet").num_rows for table in candidate_tables()
    }
    identity = _identity(lake, snapshot, delivered, vocabulary)
    lake.name_candidate(snapshot, candidate, identity)
    lake.report("omop", snapshot, {**identity, **told, "tables": rows, "rows": sum(rows.values())})
    context.log.info("omop: %d rows in %d tables", sum(rows.values()), len(rows))
    for key in (key for key in _IN_ORDER if key in context.selected_asset_keys):
        count = rows.get(key.path[-1])
        metadata = {} if count is None else {"dagster/row_count": count}
        yield dg.MaterializeResult(asset_key=key, metadata=metadata | _metadata(key, told))


def _identity(lake: Lake, snapshot: Snapshot, delivered: Delivered, vocabulary: str) -> dict[str, str]:
    """What a candidate is made from."""
    identity = {
        "delivery": delivered["delivery"],
        "vocabulary": vocabulary,
        "code": code_version(),
        "layout": delivered["layout"],
    }
    if "text" in delivered:
        identity["text"] = delivered["text"]["delivery"]
        identity["lexicon"] = lake.reported("text", snapshot)["lexicon"]
    return identity


def _start(dbt: Dbt, lake: Lake, snapshot: Snapshot, delivered: Delivered, vocabulary: str) -> carried.Start:
    """Where an incremental build starts: at the sealed build of the month before, if anywhere."""
    if not dbt.carries(snapshot.country):
        return carried.ON_SPARK
    try:
        build = lake.current_build(snapshot.previous)
    except NothingSealed:
        build = None
    return carried.start_from(build, _identity(lake, snapshot, delivered, vocabulary))


def _transform(
    dbt: Dbt, values: dict[str, str], key: bytes | None, candidate: Path, start: carried.Start | None
) -> dict[str, dict]:
    """Run dbt; what is told of rows that were taken over, nothing where the build is not incremental."""
    if start is None:
        dbt.build(values | carried.NOTHING, key)
        return {}
    if start.keeps:
        (candidate / carried.FOLDER).mkdir(exist_ok=True)
    dbt.build(values | carried.values_of(candidate, start), key)
    if start.keeps:
        carried.describe(candidate)
    return {"incremental": carried.told_of(candidate, start)}


def _metadata(key: dg.AssetKey, told: dict[str, dict]) -> dict[str, str | int]:
    return told.get("incremental", {}) if key == _CARRIED else {}


def _require_text(lake: Lake, snapshot: Snapshot) -> None:
    """What was found in texts, though it be nothing. Raises NothingSealed."""
    if not lake.file("text", MENTION, snapshot).is_file():
        raise NothingSealed(
            "text/mention is not built",
            where=snapshot.key,
            remedy="materialise text/mention first, or run the job rebuild_omop, which does",
        )
    lake.whole("text", MENTION, snapshot)


def _own_vocabulary(
    lake: Lake, files: list[dict], raw: Callable[[str], Path], con: DuckDBPyConnection
) -> str | None:
    """Version of the vocabulary that a delivery brings, kept beside those loaded; None without one."""
    in_use = lake.vocabulary_version()
    version = delivered_version(files, in_use)
    if version and not lake.has_vocabulary(version):
        unfinished = lake.vocabulary_versions / f".loading.{uuid.uuid4().hex[:8]}"
        complete_vocabulary(raw, lake.vocabulary(in_use), unfinished, con)
        lake.keep_vocabulary(unfinished, version)
    return version


ASSETS = [omop]
