"""Landmarks in Dagster: one table for each row of `landmarks.csv`."""

from collections.abc import Container, Iterator

import dagster as dg

from thin_assets.cohorts.landmarks import Landmarks, find_landmarks, landmark_cohorts
from thin_assets.domain.snapshot import Snapshot, next_month
from thin_assets.partitions import GRID
from thin_assets.resources.lake import Lake
from thin_assets.resources.warehouse import Warehouse


def landmark_assets(cohorts: Container[str]) -> Iterator[dg.AssetsDefinition]:
    """The assets of the landmarks, of those whose cohorts are there."""
    return (_asset(one) for one in landmark_cohorts().values() if one.without in cohorts)


def _asset(told: Landmarks) -> dg.AssetsDefinition:
    cohorts = [name for name in (told.without, told.starts_with) if name]
    begin = f"the index dates of cohort {told.starts_with}" if told.starts_with else "one day of each year"

    @dg.asset(
        key=["cohorts", told.table],
        group_name="cohorts",
        partitions_def=GRID,
        deps=[["validated", "cdm"], *(["cohorts", name] for name in cohorts)],
        owners=["team:epidemiology"],
        kinds={"duckdb"},
        description=(
            f"Persons aged {told.youngest} to {told.oldest} without an earlier cancer at their landmarks: "
            f"{begin}, {told.years} years back from the day after the snapshot.\n\n"
            "Grain: one row per person and landmark; the end is the end of observation."
            " docs/how-to/train-and-validate-a-risk-model.md"
        ),
    )
    def landmarks(
        context: dg.AssetExecutionContext, lake: Lake, warehouse: Warehouse
    ) -> dg.MaterializeResult:
        snapshot = Snapshot.of(context.partition_key)
        build = lake.current_build(snapshot)
        first = lake.read("cohorts", f"{told.without}_first_records", snapshot)
        started = lake.read("cohorts", told.starts_with, snapshot) if told.starts_with else None
        where = f"cohorts/{told.table} {snapshot.key}"
        with warehouse.open_cdm(build, lake.vocabulary_of(build), country=snapshot.country) as con:
            found = find_landmarks(told, con, next_month(snapshot.month), first, started, where=where)
        lake.write("cohorts", told.table, snapshot, found.rows)
        lake.write("cohorts", f"{told.table}_attrition", snapshot, found.attrition)
        persons = found.rows["subject_id"].n_unique()
        context.log.info("%s: %d landmarks of %d persons", told.table, found.rows.height, persons)
        return dg.MaterializeResult(metadata={"dagster/row_count": found.rows.height, "persons": persons})

    return landmarks
