"""The association scan in Dagster: each country and month, all countries of a month, and a page of both."""

import datetime as dt
import json
from pathlib import Path

import dagster as dg
import duckdb
import polars as pl

from thin_assets.domain.countries import COUNTRIES
from thin_assets.domain.snapshot import Snapshot
from thin_assets.partitions import GRID, SNAPSHOT
from thin_assets.resources.files import replacing
from thin_assets.resources.lake import Lake, build_id
from thin_assets.resources.warehouse import Warehouse
from thin_assets.studies.scan.across import pool_countries
from thin_assets.studies.scan.associations import Found, associations
from thin_assets.studies.scan.cells import cells_of
from thin_assets.studies.scan.counting import count_patterns, count_persons
from thin_assets.studies.scan.declared import Scan, declared
from thin_assets.studies.scan.names import names_of
from thin_assets.studies.scan.page import draw_scan
from thin_assets.studies.scan.page_scene import Scene

SCAN, WINDOWS, CELLS = "association_scan", "association_scan_windows", "association_scan_cells"
ACROSS, PAGE = "association_scan_across", "association_scan_page"


@dg.asset(
    key=["studies", SCAN],
    group_name="studies",
    partitions_def=GRID,
    deps=[
        ["validated", "cdm"],
        ["cohorts", "cohort_definition"],
        *(["cohorts", f"{scan.cohort}_matched"] for scan in declared().scans),
    ],
    owners=["team:epidemiology"],
    kinds={"ibis", "duckdb"},
)
def association_scan(
    context: dg.AssetExecutionContext, lake: Lake, warehouse: Warehouse
) -> dg.MaterializeResult:
    """Odds ratios of thousands of exposures before each cancer, in matched sets. Exact, for the lake only.

    Grain   one row per site, window and exposure that was tested; beside it `association_scan_windows`, the
            design in counts, and `association_scan_cells`, persons for disclosure control.
    Rule    exposures, windows and who is looked at how far back; docs/how-to/run-an-association-scan.md
    """
    snapshot = Snapshot.of(context.partition_key)
    build = lake.current_build(snapshot)
    done = []
    with warehouse.open_cdm(build, lake.vocabulary_of(build)) as con:
        for scan in declared().scans:
            found, cells = _scanned(lake, con, snapshot, scan)
            done.append((found.rows, found.windows, cells))
            context.log.info("%s: %d tests", scan.name, found.rows.height)
    tables = dict(zip((SCAN, WINDOWS, CELLS), map(pl.concat, zip(*done, strict=True)), strict=True))
    for name, frame in tables.items():
        lake.write("studies", name, snapshot, frame)
    lake.report_of_build("studies", snapshot, build_id(build), {SCAN: tables[SCAN].height})
    return dg.MaterializeResult(metadata=_metadata(tables[SCAN], tables[WINDOWS]))


def _scanned(
    lake: Lake, con: duckdb.DuckDBPyConnection, snapshot: Snapshot, scan: Scan
) -> tuple[Found, pl.DataFrame]:
    told, where = declared(), f"studies/{SCAN} {snapshot.key}"
    members = lake.read("cohorts", f"{scan.cohort}_matched", snapshot)
    definitions = lake.read("cohorts", "cohort_definition", snapshot)
    patterns = count_patterns(members, con, told, (*scan.left_out, *outcome_of(definitions, scan.cohort)))
    names = names_of(patterns.rows.get_column("exposure_id"), con, told)
    found = associations(patterns, names, scan, told, where=where)
    return found, cells_of(found.rows, count_persons(con, told), told, where=where)


def outcome_of(definitions: pl.DataFrame, cohort: str) -> tuple[int, ...]:
    """Concepts that the definition of a cohort includes; those below them are not told."""
    syntax = definitions.filter(pl.col("cohort_definition_name") == cohort)["cohort_definition_syntax"].item()
    items = [item for one in json.loads(syntax)["ConceptSets"] for item in one["expression"]["items"]]
    return tuple(sorted({item["concept"]["CONCEPT_ID"] for item in items if not item.get("isExcluded")}))


def _metadata(rows: pl.DataFrame, windows: pl.DataFrame) -> dict:
    """Rows, tests and lambda: counts of exposures, none of persons."""
    told = declared().lagged_window
    inflation = {
        f"lambda {row['scan']} {row['window']}": row["inflation"]
        for row in windows.filter(pl.col("window") == told).iter_rows(named=True)
        if row["inflation"] is not None
    }
    return {"dagster/row_count": rows.height, "tests": int(windows["tested"].sum()), **inflation}


@dg.asset(
    key=["studies", ACROSS],
    group_name="studies",
    partitions_def=SNAPSHOT,
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


ASSETS = [association_scan, association_scan_across, association_scan_page]
