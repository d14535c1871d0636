"""All countries of a month in Dagster: their association scans pooled, and a page of them."""

import datetime as dt

import dagster as dg
import polars as pl

from thin_assets.automation import ONCE_OTHERS_ARE_DONE
from thin_assets.partitions import SNAPSHOT, of_every_country
from thin_assets.resources.lake import Lake
from thin_assets.resources.page_file import write_page
from thin_assets.studies.scan.across import pool_countries
from thin_assets.studies.scan.declared import declared
from thin_assets.studies.scan.page import draw_scan
from thin_assets.studies.scan.page_scene import Scene
from thin_assets.studies.scan_assets import ADJUSTED, DOSES, ONSET, SCAN, WINDOWS

ACROSS, PAGE = "association_scan_across", "association_scan_page"


@dg.asset(
    key=["studies", ACROSS],
    group_name="studies",
    partitions_def=SNAPSHOT,
    automation_condition=ONCE_OTHERS_ARE_DONE,
    deps=[of_every_country("studies", SCAN)],
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
    lake.write_month("studies", ACROSS, month, rows)
    replicated = int(rows.get_column("is_replicated").sum())
    context.log.info("across %d countries: %d rows, %d replicated", len(found), rows.height, replicated)
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": rows.height,
            "countries": dg.MetadataValue.json(sorted(found)),
            "replicated": replicated,
        }
    )


def _of_countries(lake: Lake, table: str, month: dt.date) -> dict[str, pl.DataFrame]:
    """A table of every country of a month that has it by now."""
    return {one.country: lake.read("studies", table, one) for one in lake.built("studies", table, month)}


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
        lake.read_month("studies", ACROSS, month),
        *(_of_countries(lake, table, month) for table in (ADJUSTED, DOSES, ONSET)),
    )
    path = lake.month_folder("studies", PAGE, month) / "index.html"
    return dg.MaterializeResult(metadata=write_page(path, draw_scan(scene, declared())))


ASSETS = [association_scan_across, association_scan_page]
