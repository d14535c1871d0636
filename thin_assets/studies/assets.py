"""Studies in Dagster: exact counts for the lake, aggregates under disclosure control, and a page of them."""

import json
from pathlib import Path

import dagster as dg
import polars as pl

from thin_assets.domain.snapshot import Snapshot
from thin_assets.partitions import GRID
from thin_assets.resources.lake import Lake, build_id
from thin_assets.resources.page_file import write_page
from thin_assets.resources.warehouse import Warehouse
from thin_assets.studies.cohort_page import Findings, draw_cohorts
from thin_assets.studies.crude_incidence import crude_incidence as incidence_of
from thin_assets.studies.entry_cells import count_entries
from thin_assets.studies.incidence_cells import count_cells

PAGE = "cohort_page"
DIAGNOSTICS = ("cohort_counts", "cohort_index_events", "cohort_overlap", "cohort_change")
"""Tables of the cohorts room that the page shows, beside its definitions and attrition."""


@dg.asset(
    key=["studies", "incidence_cells"],
    group_name="studies",
    partitions_def=GRID,
    deps=[["validated", "cdm"], ["cohorts", "cohort"], ["cohorts", "cohort_definition"]],
    owners=["team:epidemiology"],
    kinds={"duckdb"},
)
def incidence_cells(
    context: dg.AssetExecutionContext, lake: Lake, warehouse: Warehouse
) -> dg.MaterializeResult:
    """Persons and time at risk and cases of each cohort by sex and age. Exact counts, for the lake only.

    Grain   one row per cohort, sex and ten years of age, and the totals.
    """
    snapshot = Snapshot.of(context.partition_key)
    build = lake.current_build(snapshot)
    members, definitions = _cohorts(lake, snapshot)
    with warehouse.open_cdm(build, lake.vocabulary_of(build)) as con:
        rows = count_cells(members, definitions, con)
    return _written(lake, "incidence_cells", snapshot, build, rows)


@dg.asset(
    key=["studies", "entry_cells"],
    group_name="studies",
    partitions_def=GRID,
    deps=[["validated", "cdm"], ["cohorts", "cohort"], ["cohorts", "cohort_definition"]],
    owners=["team:epidemiology"],
    kinds={"duckdb"},
)
def entry_cells(context: dg.AssetExecutionContext, lake: Lake, warehouse: Warehouse) -> dg.MaterializeResult:
    """Persons of each cohort by year, sex and age of their first entry. Exact counts, for the lake only.

    Grain   one row per cohort, year, sex and ten years of age, and the totals.
    """
    snapshot = Snapshot.of(context.partition_key)
    build = lake.current_build(snapshot)
    members, definitions = _cohorts(lake, snapshot)
    with warehouse.open_cdm(build, lake.vocabulary_of(build)) as con:
        rows = count_entries(members, definitions, con)
    return _written(lake, "entry_cells", snapshot, build, rows)


@dg.asset(
    key=["studies", "crude_incidence"],
    group_name="studies",
    partitions_def=GRID,
    deps=[["studies", "incidence_cells"]],
    owners=["team:epidemiology"],
    kinds={"polars"},
)
def crude_incidence(context: dg.AssetExecutionContext, lake: Lake) -> dg.MaterializeResult:
    """How often each cohort is entered: cases, person-years and rate per 100,000, with exact intervals.

    Grain   one row per cohort, sex and ten years of age, totals first.

    Rule    groups and cases of 1 to 9 persons are not shown; docs/explanation/disclosure.md
    """
    snapshot = Snapshot.of(context.partition_key)
    rows = incidence_of(lake.read("studies", "incidence_cells", snapshot))
    lake.write("studies", "crude_incidence", snapshot, rows)
    hidden = int(rows.get_column("is_suppressed").sum())
    build = (lake.reported("studies", snapshot) or {}).get("build", "")
    lake.report_of_build("studies", snapshot, build, {"rows": rows.height, "suppressed": hidden})
    context.log.info("studies: %d rows, %d suppressed", rows.height, hidden)
    return dg.MaterializeResult(metadata={"dagster/row_count": rows.height, "suppressed": hidden})


def _cohorts(lake: Lake, snapshot: Snapshot) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Members, and the name and prior observation of each definition."""
    members, definitions = (lake.read("cohorts", name, snapshot) for name in ("cohort", "cohort_definition"))
    told = definitions.get_column("cohort_definition_syntax")
    days = pl.Series("prior_days", [_asked(json.loads(expression)) for expression in told], pl.Int32)
    named = definitions.select("cohort_definition_id", cohort_name="cohort_definition_name")
    return members, named.with_columns(days)


def _written(
    lake: Lake, name: str, snapshot: Snapshot, build: Path, rows: pl.DataFrame
) -> dg.MaterializeResult:
    lake.write("studies", name, snapshot, rows)
    lake.report_of_build("studies", snapshot, build_id(build), {name: rows.height})
    return dg.MaterializeResult(metadata={"dagster/row_count": rows.height})


def _asked(expression: dict) -> int:
    window = expression["PrimaryCriteria"].get("ObservationWindow") or {}
    return int(window.get("PriorDays") or 0)


@dg.asset(
    key=["studies", PAGE],
    group_name="studies",
    partitions_def=GRID,
    deps=[["studies", "crude_incidence"], *(["cohorts", name] for name in DIAGNOSTICS)],
    owners=["team:epidemiology"],
    kinds={"html"},
)
def cohort_page(context: dg.AssetExecutionContext, lake: Lake) -> dg.MaterializeResult:
    """All cohorts of a partition as one static HTML page: who enters, how often, why not, what changed.

    Rule    a count of 1 to 9 is shown as `<10`, what gives it away is not; docs/explanation/disclosure.md
    """
    snapshot = Snapshot.of(context.partition_key)
    text = draw_cohorts(_findings(lake, snapshot))
    return dg.MaterializeResult(metadata=write_page(page_path(lake, snapshot), text))


def page_path(lake: Lake, snapshot: Snapshot) -> Path:
    """Where the page of a partition lies."""
    return lake.folder("studies", PAGE, snapshot) / "index.html"


def _findings(lake: Lake, snapshot: Snapshot) -> Findings:
    definitions = lake.read("cohorts", "cohort_definition", snapshot)
    names = definitions.get_column("cohort_definition_name")
    attrition = pl.concat(lake.read("cohorts", f"{name}_attrition", snapshot) for name in names)
    counts, events, overlap, change = (lake.read("cohorts", name, snapshot) for name in DIAGNOSTICS)
    reported = lake.reported("cohorts", snapshot) or {}
    return Findings(
        snapshot=snapshot,
        build=reported.get("build", ""),
        definitions=definitions,
        attrition=attrition,
        counts=counts,
        index_events=events,
        overlap=overlap,
        change=change,
        incidence=lake.read("studies", "crude_incidence", snapshot),
        matched=reported.get("matched", {}),
    )


ASSETS = [incidence_cells, entry_cells, crude_incidence, cohort_page]
