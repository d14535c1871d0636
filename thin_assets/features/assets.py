"""Features in Dagster: the tables of each population."""

from dataclasses import fields
from pathlib import Path

import dagster as dg

from thin_assets.domain.pools import MEMORY
from thin_assets.domain.snapshot import Snapshot
from thin_assets.features.build import FeatureWork
from thin_assets.features.catalogue import Population, catalogue
from thin_assets.features.checks import check_results, check_specs
from thin_assets.features.entries import entries_of_cohort, entries_of_sets
from thin_assets.features.known_assets import FIRST_SEEN, first_seen, known_late
from thin_assets.features.page_assets import page_asset
from thin_assets.features.tables import FeatureTables, tables_beside
from thin_assets.features.wide import wide_parts
from thin_assets.partitions import GRID
from thin_assets.resources.files import replacing
from thin_assets.resources.lake import Lake, build_id
from thin_assets.resources.sums import keep_sum
from thin_assets.resources.warehouse import Warehouse


def features_asset(population: Population) -> dg.AssetsDefinition:
    """The asset with the features of one population, beside it the tables of `FeatureTables`."""
    cohort = f"{population.cohort}_matched" if population.matched else population.cohort

    @dg.asset(
        key=["features", population.name],
        group_name="features",
        partitions_def=GRID,
        deps=[["cohorts", cohort], ["validated", "cdm"], ["features", FIRST_SEEN]],
        check_specs=check_specs(population),
        owners=["team:data-science"],
        kinds={"ibis", "duckdb"},
        pool=MEMORY,
        description=(
            f"What was known of each member of cohort {cohort} on the day before the index date.\n\n"
            "Grain: one row per entry and covariate; the families and windows of docs/reference/features.md."
            " Beside it lie covariate_ref, analysis_ref, labels, splits, people, wide, profile and drift."
        ),
    )
    def features(context: dg.AssetExecutionContext, lake: Lake, warehouse: Warehouse) -> dg.MaterializeResult:
        snapshot = Snapshot.of(context.partition_key)
        build = lake.current_build(snapshot)
        tables, rows = build_population(lake, warehouse, snapshot, population, build)
        for name, frame in tables.items():
            lake.write("features", f"{population.name}_{name}", snapshot, frame)
        counts = {
            "rows": rows,
            "entries": tables.labels.height,
            "covariates": tables.covariate_ref.height,
        }
        lake.report_of_build("features", snapshot, build_id(build), {population.name: counts})
        context.log.info("features %s: %d rows of %d entries", population.name, rows, counts["entries"])
        return dg.MaterializeResult(
            metadata={"dagster/row_count": rows, **counts},
            check_results=list(check_results(population, tables)),
        )

    return features


def _tables_of(population: Population) -> list[str]:
    """The long table of a population, and those beside it: of one build, or none may be read."""
    beside = ("wide", *(table.name for table in fields(FeatureTables)))
    return [population.name, *(f"{population.name}_{name}" for name in beside)]


def build_population(
    lake: Lake, warehouse: Warehouse, snapshot: Snapshot, population: Population, build: Path
) -> tuple[FeatureTables, int]:
    """Write the long and the wide table of a population; its other tables, and rows of the long one."""
    told, name = catalogue().narrowed(population), population.name
    source = f"{population.cohort}_matched" if population.matched else population.cohort
    members = lake.read("cohorts", source, snapshot)
    entries = entries_of_sets(members) if population.matched else entries_of_cohort(members)
    where = f"features/{name} {snapshot.key}"
    long = lake.file("features", name, snapshot)
    with warehouse.open_cdm(build, lake.vocabulary_of(build), country=snapshot.country) as con:
        work = FeatureWork(
            con,
            entries,
            told=told,
            late=known_late(lake, warehouse, snapshot),
            outcome=population.outcome,
            where=where,
        )
        with replacing(long) as temporary:
            rows = work.write(temporary)
            lake.begin("features", snapshot, *_tables_of(population))
        keep_sum(long)
        before = _built_before(lake, snapshot, name)
        with warehouse.beside(con) as files:
            tables = tables_beside(work, long, before, files, told=told, population=name, snapshot=snapshot)
    parts = wide_parts(long, tables.labels, tables.covariate_ref, told.wide, where=where)
    lake.write_parts("features", f"{name}_wide", snapshot, parts)
    return tables, rows


def _built_before(lake: Lake, snapshot: Snapshot, name: str) -> tuple[Path, int] | None:
    """Long table and entries of the month before, where it was built: no edge, for none must wait."""
    long = lake.file("features", name, snapshot.previous)
    labels = lake.file("features", f"{name}_labels", snapshot.previous)
    if not (long.is_file() and labels.is_file()):
        return None
    return long, lake.read("features", f"{name}_labels", snapshot.previous).height


ASSETS = [
    first_seen,
    *(asset(population) for population in catalogue().populations for asset in (features_asset, page_asset)),
]
