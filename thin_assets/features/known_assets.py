"""What each month brought late, in Dagster: compared with the build before, and put together over months."""

import datetime as dt

import dagster as dg
import polars as pl

from thin_assets.domain.snapshot import Snapshot
from thin_assets.features.known import LATE, find_late, late_records
from thin_assets.partitions import GRID
from thin_assets.resources.files import read_json, write_json
from thin_assets.resources.lake import Lake, build_id
from thin_assets.resources.warehouse import Warehouse, attach_tables

FIRST_SEEN, COMPARED = "first_seen", "compared.json"


@dg.asset(
    key=["features", FIRST_SEEN],
    group_name="features",
    partitions_def=GRID,
    deps=[["validated", "cdm"]],
    owners=["team:data-science"],
    kinds={"duckdb"},
)
def first_seen(context: dg.AssetExecutionContext, lake: Lake, warehouse: Warehouse) -> dg.MaterializeResult:
    """Records that the sealed build of the month before did not hold, of persons that it held: they are late.

    Grain   one row per record. Without an earlier build there is none: all is known from the beginning.

    Reads   the newest earlier build of the country too, as far as there is one: no edge, for none must wait.

    Rule    docs/explanation/features.md#known-time
    """
    snapshot = Snapshot.of(context.partition_key)
    told = find_first_seen(lake, warehouse, snapshot)
    context.log.info("features/first_seen: %d late records", told["rows"])
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": told["rows"],
            "build": told["build"],
            "compared with": told["before"] or "none",
        }
    )


def find_first_seen(lake: Lake, warehouse: Warehouse, snapshot: Snapshot) -> dict:
    """Compare a sealed build with the newest earlier one of its country, and keep what was late."""
    told = _to_compare(lake, snapshot)
    rows = pl.DataFrame(schema={name: LATE[name] for name in list(LATE)[:2]})
    if told["before"]:
        with warehouse.open() as con:
            attach_tables(con, "cdm", lake.current_build(snapshot))
            attach_tables(con, "before", lake.current_build(_sealed_before(lake, snapshot)[-1]))
            rows = find_late(con)
    lake.write("features", FIRST_SEEN, snapshot, rows)
    write_json(lake.folder("features", FIRST_SEEN, snapshot) / COMPARED, told)
    return told | {"rows": rows.height}


def _to_compare(lake: Lake, snapshot: Snapshot) -> dict[str, str | None]:
    """The build of a snapshot and the one to compare it with, as they are now."""
    earlier = _sealed_before(lake, snapshot)
    before = build_id(lake.current_build(earlier[-1])) if earlier else None
    return {"build": build_id(lake.current_build(snapshot)), "before": before}


def compared_with_what_stands(lake: Lake, snapshot: Snapshot) -> bool:
    """Whether what was late was told beside the build before that is current. Raises NothingSealed."""
    told = read_json(lake.folder("features", FIRST_SEEN, snapshot) / COMPARED)
    return told == _to_compare(lake, snapshot)


def _sealed_before(lake: Lake, snapshot: Snapshot) -> list[Snapshot]:
    """Earlier snapshots of the country that have a sealed build, oldest first."""
    folders = sorted(lake.sealed(snapshot).parent.glob("snapshot=*/current.json"))
    months = [dt.date.fromisoformat(path.parent.name.partition("=")[2]) for path in folders]
    return [Snapshot(snapshot.country, month) for month in months if month < snapshot.month]


def known_late(lake: Lake, warehouse: Warehouse, snapshot: Snapshot) -> pl.DataFrame:
    """When late records were first seen, over all snapshots up to this one.

    A month that was not compared, or was built again since, is compared now: the order of a backfill, and
    runs side by side, change nothing.
    """
    months = [*_sealed_before(lake, snapshot), snapshot][1:]
    for month in months:
        told = read_json(lake.folder("features", FIRST_SEEN, month) / COMPARED)
        if told != _to_compare(lake, month):
            find_first_seen(lake, warehouse, month)
    return late_records({one.month: lake.read("features", FIRST_SEEN, one) for one in months})
