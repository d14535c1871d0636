"""Diagnostics of all cohorts in Dagster: counted together, beside the month before."""

from collections.abc import Collection, Iterator

import dagster as dg

from thin_assets.cohorts.diagnostics import Membership, diagnose
from thin_assets.domain.snapshot import Snapshot
from thin_assets.partitions import GRID
from thin_assets.resources.lake import Lake
from thin_assets.resources.warehouse import Warehouse

TABLES = {
    "cohort_counts": "Members of each cohort by year of entry, sex and ten years of age.",
    "cohort_index_events": "Which concepts brought the members of each cohort in.",
    "cohort_overlap": "Members of each cohort who are in another one too, and in which order.",
    "cohort_change": "Members gained, lost and moved since the month before.",
}


def diagnostics_asset(cohorts: Collection[str]) -> dg.AssetsDefinition:
    """The assets of the diagnostics, of the cohorts of those names."""

    @dg.multi_asset(
        name="cohort_diagnostics",
        specs=[
            dg.AssetSpec(
                ["cohorts", name],
                group_name="cohorts",
                partitions_def=GRID,
                deps=[
                    ["cohorts", "cohort"],
                    ["cohorts", "cohort_definition"],
                    *(["cohorts", cohort] for cohort in cohorts),
                ],
                owners=["team:epidemiology"],
                kinds={"duckdb"},
                description=f"{description} Exact counts, for the lake only.",
            )
            for name, description in TABLES.items()
        ],
    )
    def cohort_diagnostics(
        context: dg.AssetExecutionContext, lake: Lake, warehouse: Warehouse
    ) -> Iterator[dg.MaterializeResult]:
        """Reads the cohorts of the month before too, where they are built: no edge, for none must wait."""
        snapshot = Snapshot.of(context.partition_key)
        build = lake.current_build(snapshot)
        events = [lake.read("cohorts", f"{cohort}_index_events", snapshot) for cohort in cohorts]
        before = _membership(lake, snapshot.previous) if _is_built(lake, snapshot.previous) else None
        with warehouse.open_cdm(build, lake.vocabulary_of(build), country=snapshot.country) as con:
            found = diagnose(
                _membership(lake, snapshot), before, events, con, where=f"cohorts {snapshot.key}"
            )
        for name in TABLES:
            rows = getattr(found, name)
            lake.write("cohorts", name, snapshot, rows)
            yield dg.MaterializeResult(
                asset_key=["cohorts", name],
                metadata={
                    "dagster/row_count": rows.height,
                    "compared with": snapshot.previous.key if before else "nothing",
                },
            )

    return cohort_diagnostics


def _membership(lake: Lake, snapshot: Snapshot) -> Membership:
    return Membership(*(lake.read("cohorts", name, snapshot) for name in ("cohort", "cohort_definition")))


def _is_built(lake: Lake, snapshot: Snapshot) -> bool:
    return all(lake.file("cohorts", name, snapshot).is_file() for name in ("cohort", "cohort_definition"))
