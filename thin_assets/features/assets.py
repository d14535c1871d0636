"""Features in Dagster: what each month brought late, and the tables and page of each population."""

import datetime as dt
from importlib.util import find_spec
from pathlib import Path

import dagster as dg
import polars as pl

from thin_assets.domain.countries import COUNTRIES
from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import SettingsError
from thin_assets.features.build import FeatureWork
from thin_assets.features.catalogue import Population, catalogue
from thin_assets.features.checks import check_results, check_specs
from thin_assets.features.entries import entries_of_cohort, entries_of_sets
from thin_assets.features.export import keep_lag, write_arrow, write_csr, write_note
from thin_assets.features.known import LATE, find_late, late_records
from thin_assets.features.page import draw_features
from thin_assets.features.page_scene import Scene
from thin_assets.features.tables import FeatureTables, tables_beside
from thin_assets.partitions import GRID
from thin_assets.resources.files import read_json, replacing, write_json
from thin_assets.resources.lake import Lake, build_id
from thin_assets.resources.warehouse import Warehouse, attach_tables

FIRST_SEEN, COMPARED = "first_seen", "compared.json"


@dg.asset(
    key=["features", FIRST_SEEN],
    group_name="features",
    partitions_def=GRID,
    deps=[["validated", "cdm"]],
    owners=["team:data-science"],
    kinds={"duckdb"},
)
def first_seen(context: dg.AssetExecutionContext, lake: Lake, warehouse: Warehouse) -> dg.MaterializeResult:
    """Records that the sealed build of the month before did not hold, of persons that it held: they are late.

    Grain   one row per record. Without an earlier build there is none: all is known from the beginning.

    Reads   the newest earlier build of the country too, as far as there is one: no edge, for none must wait.

    Rule    docs/explanation/features.md#known-time
    """
    snapshot = Snapshot.of(context.partition_key)
    told = find_first_seen(lake, warehouse, snapshot)
    context.log.info("features/first_seen: %d late records", told["rows"])
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": told["rows"],
            "build": told["build"],
            "compared with": told["before"] or "none",
        }
    )


def find_first_seen(lake: Lake, warehouse: Warehouse, snapshot: Snapshot) -> dict:
    """Compare a sealed build with the newest earlier one of its country, and keep what was late."""
    told = _to_compare(lake, snapshot)
    rows = pl.DataFrame(schema={name: LATE[name] for name in list(LATE)[:2]})
    if told["before"]:
        with warehouse.open() as con:
            attach_tables(con, "cdm", lake.current_build(snapshot))
            attach_tables(con, "before", lake.current_build(_sealed_before(lake, snapshot)[-1]))
            rows = find_late(con)
    lake.write("features", FIRST_SEEN, snapshot, rows)
    write_json(lake.folder("features", FIRST_SEEN, snapshot) / COMPARED, told)
    return told | {"rows": rows.height}


def _to_compare(lake: Lake, snapshot: Snapshot) -> dict[str, str | None]:
    """The build of a snapshot and the one to compare it with, as they are now."""
    earlier = _sealed_before(lake, snapshot)
    before = build_id(lake.current_build(earlier[-1])) if earlier else None
    return {"build": build_id(lake.current_build(snapshot)), "before": before}


def _sealed_before(lake: Lake, snapshot: Snapshot) -> list[Snapshot]:
    """Earlier snapshots of the country that have a sealed build, oldest first."""
    folders = sorted(lake.sealed(snapshot).parent.glob("snapshot=*/current.json"))
    months = [dt.date.fromisoformat(path.parent.name.partition("=")[2]) for path in folders]
    return [Snapshot(snapshot.country, month) for month in months if month < snapshot.month]


def known_late(lake: Lake, warehouse: Warehouse, snapshot: Snapshot) -> pl.DataFrame:
    """When late records were first seen, over all snapshots up to this one.

    A month that was not compared, or was built again since, is compared now: the order of a backfill, and
    runs side by side, change nothing.
    """
    months = [*_sealed_before(lake, snapshot), snapshot][1:]
    for month in months:
        told = read_json(lake.folder("features", FIRST_SEEN, month) / COMPARED)
        if told != _to_compare(lake, month):
            find_first_seen(lake, warehouse, month)
    return late_records({one.month: lake.read("features", FIRST_SEEN, one) for one in months})


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
        description=(
            f"What was known of each member of cohort {cohort} on the day before the index date.\n\n"
            "Grain: one row per entry and covariate; the families and windows of docs/reference/features.md."
            " Beside it lie covariate_ref, analysis_ref, labels, splits, wide, profile and drift."
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


def build_population(
    lake: Lake, warehouse: Warehouse, snapshot: Snapshot, population: Population, build: Path
) -> tuple[FeatureTables, int]:
    """Write the long table of a population; its other tables, and how many rows it has."""
    told, name = catalogue(), population.name
    source = f"{population.cohort}_matched" if population.matched else population.cohort
    members = lake.read("cohorts", source, snapshot)
    entries = entries_of_sets(members) if population.matched else entries_of_cohort(members)
    where = f"features/{name} {snapshot.key}"
    long = lake.file("features", name, snapshot)
    with warehouse.open_cdm(build, lake.vocabulary_of(build)) as con:
        work = FeatureWork(
            con, entries, late=known_late(lake, warehouse, snapshot), outcome=population.outcome, where=where
        )
        with replacing(long) as temporary:
            rows = work.write(temporary)
        before = _built_before(lake, snapshot, name)
        tables = tables_beside(work, long, before, con, told=told, population=name, snapshot=snapshot)
    return tables, rows


def _built_before(lake: Lake, snapshot: Snapshot, name: str) -> tuple[Path, int] | None:
    """Long table and entries of the month before, where it was built: no edge, for none must wait."""
    long = lake.file("features", name, snapshot.previous)
    labels = lake.file("features", f"{name}_labels", snapshot.previous)
    if not (long.is_file() and labels.is_file()):
        return None
    return long, lake.read("features", f"{name}_labels", snapshot.previous).height


def page_asset(population: Population) -> dg.AssetsDefinition:
    """The asset with the page of one population."""

    @dg.asset(
        key=["features", f"{population.name}_page"],
        group_name="features",
        partitions_def=GRID,
        deps=[["features", population.name]],
        owners=["team:data-science"],
        kinds={"html"},
        description=(
            f"Profile of the features of {population.name} as one static HTML page: prevalence by country,"
            " split and case status, and what changed since last month.\n\n"
            "Rule: a count of 1 to 9 is shown as `<10`; docs/explanation/features.md"
        ),
    )
    def features_page(context: dg.AssetExecutionContext, lake: Lake) -> dg.MaterializeResult:
        snapshot = Snapshot.of(context.partition_key)
        path = lake.folder("features", f"{population.name}_page", snapshot) / "index.html"
        scene = feature_scene(lake, snapshot, population.name)
        with replacing(path) as temporary:
            temporary.write_text(draw_features(scene), encoding="utf-8")
        return dg.MaterializeResult(
            metadata={
                "page": dg.MetadataValue.url(path.resolve().as_uri()),
                "path": dg.MetadataValue.path(path),
                "compared with": dg.MetadataValue.json(sorted(scene.others)),
            }
        )

    return features_page


def feature_scene(lake: Lake, snapshot: Snapshot, name: str) -> Scene:
    """What the page shows: the tables of this partition, and the profiles of other countries as built."""

    def read(table: str, at: Snapshot = snapshot) -> pl.DataFrame:
        return lake.read("features", f"{name}_{table}", at)

    neighbours = [Snapshot(code, snapshot.month) for code in COUNTRIES if code != snapshot.country]
    return Scene(
        population=name,
        snapshot=snapshot,
        build=lake.reported("features", snapshot)["build"],
        covariates=read("covariate_ref"),
        profile=read("profile"),
        drift=read("drift"),
        others={
            one.country: read("profile", one)
            for one in neighbours
            if lake.file("features", f"{name}_profile", one).is_file()
        },
    )


NEEDED = {"csr": ("scipy",), "arrow": (), "meds": ("meds",)}
"""Libraries behind each format; they come with the extra `ml`, for most homes export nothing."""


def export_population(
    lake: Lake, warehouse: Warehouse, snapshot: Snapshot, name: str, kind: str, lag: int, folder: Path
) -> dict[str, int]:
    """Write a population for learners; returns counts. Raises SettingsError, NothingSealed."""
    known = {one.name: one for one in catalogue().populations}
    if name not in known:
        raise SettingsError(f"no population {name!r}", where="--population", remedy=f"use {', '.join(known)}")
    if missing := [library for library in NEEDED[kind] if find_spec(library) is None]:
        raise SettingsError(
            f"{', '.join(missing)} is not installed",
            where=f"--format {kind}",
            remedy="pip install 'thin-assets[ml]'",
        )

    def read(table: str) -> pl.DataFrame:
        return lake.read("features", f"{name}_{table}", snapshot)

    labels, splits, analyses = read("labels"), read("splits"), read("analysis_ref")
    build = lake.reported("features", snapshot)["build"]
    told = {"partition": snapshot.key, "build": build, "population": name, "lag": lag, "format": kind}
    write_note(folder, told)
    if kind == "meds":
        from thin_assets.features.meds_export import write_meds

        sealed = lake.sealed(snapshot) / f"build={build}"
        with warehouse.open_cdm(sealed, lake.vocabulary_of(sealed)) as con:
            return write_meds(
                folder,
                con,
                labels,
                splits,
                late=known_late(lake, warehouse, snapshot),
                outcome=known[name].outcome,
                lag=lag,
                told={"dataset_name": f"{name} {snapshot.key}", "dataset_version": build},
            )
    long = pl.scan_parquet(lake.file("features", name, snapshot), hive_partitioning=False)
    long, covariates = keep_lag(long, read("covariate_ref"), analyses, lag)
    if kind == "csr":
        return write_csr(folder, long, labels, splits, covariates)
    beside = {"covariate_ref": covariates, "analysis_ref": analyses, "labels": labels, "splits": splits}
    return write_arrow(folder, long, beside)


ASSETS = [
    first_seen,
    *(asset(population) for population in catalogue().populations for asset in (features_asset, page_asset)),
]
