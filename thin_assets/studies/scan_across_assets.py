"""All countries of a month in Dagster: their association scans pooled, and a page of them."""

import datetime as dt
from pathlib import Path

import dagster as dg
import polars as pl

from thin_assets.automation import ONCE_OTHERS_ARE_DONE
from thin_assets.domain.countries import COUNTRIES
from thin_assets.domain.snapshot import Snapshot
from thin_assets.partitions import SNAPSHOT
from thin_assets.resources.files import replacing
from thin_assets.resources.lake import Lake
from thin_assets.studies.scan.across import pool_countries
from thin_assets.studies.scan.declared import declared
from thin_assets.studies.scan.page import draw_scan
from thin_assets.studies.scan.page_scene import Scene

SCAN, WINDOWS = "association_scan", "association_scan_windows"
ACROSS, PAGE = "association_scan_across", "association_scan_page"


@dg.asset(
    key=["studies", ACROSS],
    group_name="studies",
    partitions_def=SNAPSHOT,
    automation_condition=ONCE_OTHERS_ARE_DONE,
    deps=[
        dg.AssetDep(
            ["studies", SCAN], partition_mapping=dg.MultiToSingleDimensionPartitionMapping("snapshot")
        )
    ],
    owners=["team:epidemiology"],
    kinds={"polars"},
)
def association_scan_across(context: dg.AssetExecutionContext, lake: Lake) -> dg.MaterializeResult:
    """Associations of all countries of a month: pooled, compared, and those that two countries saw.

    Grain   one row per site, window and exposure that any country tested; of countries built by now.
    """
    month = dt.date.fromisoformat(context.partition_key)
    found = _of_countries(lake, SCAN, month)
    rows = pool_countries(found, month, where=f"studies/{ACROSS} {context.partition_key}")
    with replacing(across_file(lake, month)) as temporary:
        rows.write_parquet(temporary, compression="zstd", statistics=False)
    replicated = int(rows.get_column("is_replicated").sum())
    context.log.info("across %d countries: %d rows, %d replicated", len(found), rows.height, replicated)
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": rows.height,
            "countries": dg.MetadataValue.json(sorted(found)),
            "replicated": replicated,
        }
    )


def across_file(lake: Lake, month: dt.date) -> Path:
    """Where the table of all countries of a month lies."""
    return lake.root / "studies" / ACROSS / f"snapshot={month.isoformat()}" / "data.parquet"


def _of_countries(lake: Lake, table: str, month: dt.date) -> dict[str, pl.DataFrame]:
    """A table of every country of a month that has it by now."""
    there = [Snapshot(code, month) for code in COUNTRIES]
    return {
        one.country: lake.read("studies", table, one)
        for one in there
        if lake.file("studies", table, one).is_file()
    }


@dg.asset(
    key=["studies", PAGE],
    group_name="studies",
    partitions_def=SNAPSHOT,
    automation_condition=ONCE_OTHERS_ARE_DONE,
    deps=[["studies", ACROSS]],
    owners=["team:epidemiology"],
    kinds={"html"},
)
def association_scan_page(context: dg.AssetExecutionContext, lake: Lake) -> dg.MaterializeResult:
    """The scans of a month as one static HTML page: design, counts, plots, and hits by country.

    Rule    estimates are shown over ten exposed cases and 30 exposed controls; docs/explanation/disclosure.md
    """
    month = dt.date.fromisoformat(context.partition_key)
    scene = Scene(
        month,
        _of_countries(lake, SCAN, month),
        _of_countries(lake, WINDOWS, month),
        pl.read_parquet(across_file(lake, month), hive_partitioning=False),
        *(_of_countries(lake, f"{SCAN}_{table}", month) for table in ("adjusted", "doses", "onset")),
    )
    path = lake.root / "studies" / PAGE / f"snapshot={month.isoformat()}" / "index.html"
    with replacing(path) as temporary:
        temporary.write_text(draw_scan(scene, declared()), encoding="utf-8")
    return dg.MaterializeResult(
        metadata={
            "page": dg.MetadataValue.url(path.resolve().as_uri()),
            "path": dg.MetadataValue.path(path),
        }
    )


ASSETS = [association_scan_across, association_scan_page]
