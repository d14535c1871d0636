"""Features in Dagster: one point-in-time table for each cohort that has a product."""

import dagster as dg

from thin_assets.domain.snapshot import Snapshot
from thin_assets.features.build import build_features
from thin_assets.partitions import GRID
from thin_assets.resources.lake import Lake, build_id
from thin_assets.resources.warehouse import Warehouse

COHORTS = ("lung_cancer",)
"""Cohorts that features are built for; the cohort has the same name in the cohorts room."""


def features_asset(cohort: str) -> dg.AssetsDefinition:
    """The asset with the features of one cohort, beside it the reference of its covariates and analyses."""

    @dg.asset(
        key=["features", cohort],
        group_name="features",
        partitions_def=GRID,
        deps=[["cohorts", cohort], ["validated", "cdm"]],
        owners=["team:data-science"],
        kinds={"ibis", "duckdb"},
        description=(
            f"What was known of each member of cohort {cohort} on the day before the index date.\n\n"
            "Grain: one row per entry and covariate. Age, sex, prior observation; conditions, drugs and"
            " measurements in the windows of 30, 180, 365 days and any time before; all end the day before."
        ),
    )
    def features(context: dg.AssetExecutionContext, lake: Lake, warehouse: Warehouse) -> dg.MaterializeResult:
        snapshot = Snapshot.of(context.partition_key)
        build = lake.current_build(snapshot)
        members = lake.read("cohorts", cohort, snapshot)
        with warehouse.open_cdm(build, lake.vocabulary_of(build)) as con:
            found = build_features(members, con, where=f"features/{cohort} {snapshot.key}")
        lake.write("features", cohort, snapshot, found.long)
        lake.write("features", f"{cohort}_covariate_ref", snapshot, found.covariates)
        lake.write("features", f"{cohort}_analysis_ref", snapshot, found.analyses)
        counts = {"rows": found.long.height, "entries": found.entries, "covariates": found.covariates.height}
        lake.report("features", snapshot, {"build": build_id(build), **counts})
        context.log.info("features %s: %d rows of %d entries", cohort, counts["rows"], counts["entries"])
        return dg.MaterializeResult(metadata={"dagster/row_count": counts["rows"], **counts})

    return features


ASSETS = [features_asset(cohort) for cohort in COHORTS]
