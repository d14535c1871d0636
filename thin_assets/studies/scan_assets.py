"""The association scan of each country and month in Dagster."""

import json
from collections.abc import Iterator

import dagster as dg
import polars as pl

from thin_assets.domain.pools import MEMORY
from thin_assets.domain.snapshot import Snapshot
from thin_assets.partitions import GRID
from thin_assets.resources.backends import Connection
from thin_assets.resources.lake import Lake, build_id
from thin_assets.resources.warehouse import Warehouse
from thin_assets.studies.scan.associations import associations
from thin_assets.studies.scan.cells import cells_of
from thin_assets.studies.scan.counting import count_patterns, count_persons
from thin_assets.studies.scan.declared import Scan, declared
from thin_assets.studies.scan.names import names_of
from thin_assets.studies.scan.passed import look_again

SCAN, WINDOWS, CELLS = "association_scan", "association_scan_windows", "association_scan_cells"
ADJUSTED, DOSES, ONSET = "association_scan_adjusted", "association_scan_doses", "association_scan_onset"


TABLES = {
    SCAN: "Odds ratios of thousands of exposures before each cancer, in matched sets.",
    WINDOWS: "The design of each scan in counts, by window, and what multiplicity made of its tests.",
    CELLS: "Persons with each exposure, tested or not, for disclosure control.",
    ADJUSTED: "What passed in the lagged window, beside smoking, body mass index and visits.",
    DOSES: "Drugs that passed in the lagged window, by the days on which they were prescribed.",
    ONSET: "What passed in a published window: who had a record of it in each year before the index.",
}


@dg.multi_asset(
    name=SCAN,
    specs=[
        dg.AssetSpec(
            ["studies", name],
            group_name="studies",
            partitions_def=GRID,
            deps=[
                ["validated", "cdm"],
                ["cohorts", "cohort_definition"],
                *(["cohorts", f"{scan.cohort}_matched"] for scan in declared().scans),
            ],
            owners=["team:epidemiology"],
            kinds={"ibis", "duckdb"},
            description=f"{description} Exact, for the lake only.",
        )
        for name, description in TABLES.items()
    ],
    pool=MEMORY,
)
def association_scan(
    context: dg.AssetExecutionContext, lake: Lake, warehouse: Warehouse
) -> Iterator[dg.MaterializeResult]:
    """Every site that is declared, in one step: what is counted of it serves all tables.

    Rule    exposures, windows and who is looked at how far back; docs/how-to/run-an-association-scan.md
    """
    snapshot = Snapshot.of(context.partition_key)
    build = lake.current_build(snapshot)
    done = []
    with warehouse.open_cdm(build, lake.vocabulary_of(build), country=snapshot.country) as con:
        for scan in declared().scans:
            done.append(_scanned(lake, con, snapshot, scan))
            context.log.info("%s: %d tests", scan.name, done[-1][SCAN].height)
    tables = {name: pl.concat(found[name] for found in done) for name in TABLES}
    lake.report_of_build("studies", snapshot, build_id(build), {SCAN: tables[SCAN].height})
    for name, rows in tables.items():
        lake.write("studies", name, snapshot, rows)
        metadata = {"dagster/row_count": rows.height}
        metadata |= _told(rows) if name == WINDOWS else {}
        yield dg.MaterializeResult(asset_key=["studies", name], metadata=metadata)


def _scanned(lake: Lake, con: Connection, snapshot: Snapshot, scan: Scan) -> dict[str, pl.DataFrame]:
    """The tables of one site, by name."""
    told, where = declared().of(scan), f"studies/{SCAN} {snapshot.key}"
    members = lake.read("cohorts", f"{scan.cohort}_matched", snapshot)
    definitions = lake.read("cohorts", "cohort_definition", snapshot)
    patterns = count_patterns(members, con, told, (*scan.left_out, *outcome_of(definitions, scan.cohort)))
    names = names_of(patterns.rows.get_column("exposure_id"), con, told)
    found = associations(patterns, names, scan, told, where=where)
    cells = cells_of(found, count_persons(con, told), names, told, where=where)
    again = look_again(found.rows, con, scan, told, where=where)
    return {
        SCAN: found.rows,
        WINDOWS: found.windows,
        CELLS: cells,
        ADJUSTED: again.adjusted,
        DOSES: again.doses,
        ONSET: again.onset,
    }


def outcome_of(definitions: pl.DataFrame, cohort: str) -> tuple[int, ...]:
    """Concepts that the definition of a cohort includes; those below them are not told."""
    syntax = definitions.filter(pl.col("cohort_definition_name") == cohort)["cohort_definition_syntax"].item()
    items = [item for one in json.loads(syntax)["ConceptSets"] for item in one["expression"]["items"]]
    return tuple(sorted({item["concept"]["CONCEPT_ID"] for item in items if not item.get("isExcluded")}))


def _told(windows: pl.DataFrame) -> dict:
    """Tests and lambda: counts of exposures, none of persons."""
    told = declared()
    lagged = {scan.name: told.of(scan).lagged_window for scan in told.scans}
    inflation = {
        f"lambda {row['scan']} {row['window']}": row["inflation"]
        for row in windows.iter_rows(named=True)
        if row["window"] == lagged[row["scan"]] and row["inflation"] is not None
    }
    return {"tests": int(windows["tested"].sum()), **inflation}


ASSETS = [association_scan]
