"""Studies in Dagster: aggregates of cohorts under disclosure control."""

import dagster as dg
import polars as pl

from thin_assets.domain.snapshot import Snapshot
from thin_assets.partitions import GRID
from thin_assets.resources.lake import Lake, build_id
from thin_assets.resources.warehouse import Warehouse
from thin_assets.studies.crude_incidence import crude_incidence as incidence_of

COHORTS = ("lung_cancer", "type_2_diabetes")


@dg.asset(
    key=["studies", "crude_incidence"],
    group_name="studies",
    partitions_def=GRID,
    deps=[["validated", "cdm"], *(["cohorts", cohort] for cohort in COHORTS)],
    owners=["team:epidemiology"],
    kinds={"ibis", "duckdb"},
)
def crude_incidence(
    context: dg.AssetExecutionContext, lake: Lake, warehouse: Warehouse
) -> dg.MaterializeResult:
    """How often each cohort is entered: cases, person-years and rate per 100,000, with exact intervals.

    Grain   one row per cohort, sex and ten years of age, totals first.

    Rule    groups and cases of 1 to 9 persons are not shown; docs/explanation/disclosure.md
    """
    snapshot = Snapshot.of(context.partition_key)
    build = lake.current_build(snapshot)
    with warehouse.open_cdm(build, lake.vocabulary_of(build)) as con:
        rows = pl.concat(
            incidence_of(
                lake.read("cohorts", cohort, snapshot), con, cohort_id=_id_of(cohort, lake, snapshot)
            )
            for cohort in COHORTS
        )
    lake.write("studies", "crude_incidence", snapshot, rows)
    hidden = int(rows.get_column("is_suppressed").sum())
    lake.report(
        "studies",
        snapshot,
        {"build": build_id(build), "rows": rows.height, "suppressed": hidden},
    )
    context.log.info("studies: %d rows, %d suppressed", rows.height, hidden)
    return dg.MaterializeResult(metadata={"dagster/row_count": rows.height, "suppressed": hidden})


def _id_of(cohort: str, lake: Lake, snapshot: Snapshot) -> int:
    """The id that the cohorts room gave a cohort; its attrition has a row even where the cohort has none."""
    return lake.read("cohorts", f"{cohort}_attrition", snapshot).item(0, "cohort_definition_id")


ASSETS = [crude_incidence]
