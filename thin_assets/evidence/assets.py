"""Evidence in Dagster: the profile of the sealed build as tables."""

from collections.abc import Iterator

import dagster as dg

from thin_assets.domain.snapshot import Snapshot
from thin_assets.evidence.contract import AchillesResults, AchillesResultsDist
from thin_assets.evidence.profile import build_profile
from thin_assets.partitions import GRID
from thin_assets.resources.lake import Lake, build_id
from thin_assets.resources.warehouse import Warehouse

RESULTS, DISTRIBUTIONS = "achilles_results", "achilles_results_dist"
_TABLES = {RESULTS: AchillesResults, DISTRIBUTIONS: AchillesResultsDist}


def _spec(name: str, description: str) -> dg.AssetSpec:
    return dg.AssetSpec(
        ["evidence", name],
        group_name="evidence",
        deps=[["validated", "cdm"]],
        owners=["team:data-quality"],
        kinds={"duckdb"},
        description=description,
    )


@dg.multi_asset(
    name="profile",
    partitions_def=GRID,
    specs=[
        _spec(RESULTS, "Counts of persons and records of the sealed build, by Achilles analysis and strata."),
        _spec(
            DISTRIBUTIONS,
            "Distributions of ages, days and values in the sealed build, by analysis and strata.",
        ),
    ],
)
def profile(
    context: dg.AssetExecutionContext, lake: Lake, warehouse: Warehouse
) -> Iterator[dg.MaterializeResult]:
    """Both tables of a profile, counted together."""
    snapshot = Snapshot.of(context.partition_key)
    build = lake.current_build(snapshot)
    with warehouse.open_cdm(build, lake.vocabulary_of(build)) as con:
        found = build_profile(con, where=f"evidence {snapshot.key}")
    rows = {}
    for name, table in {RESULTS: found.results, DISTRIBUTIONS: found.distributions}.items():
        lake.write("evidence", name, snapshot, table)
        rows[name] = table.height
        yield dg.MaterializeResult(
            asset_key=["evidence", name],
            metadata={"dagster/row_count": table.height, "build": build_id(build)},
        )
    lake.report_of_build("evidence", snapshot, build_id(build), {"profile": rows})
    context.log.info("evidence: %s", rows)


ASSETS = [profile]
