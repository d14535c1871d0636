"""Risk models of a country in Dagster: everybody at every landmark, and what they teach."""

from collections.abc import Mapping
from pathlib import Path

import dagster as dg
import polars as pl

from thin_assets.domain.pools import MEMORY
from thin_assets.domain.snapshot import Snapshot, next_month
from thin_assets.partitions import GRID
from thin_assets.promises import OUR_FAULT, require
from thin_assets.resources.files import replacing_folder
from thin_assets.resources.lake import Lake, build_id
from thin_assets.resources.warehouse import Warehouse
from thin_assets.studies.risk.contract import (
    RESULTS,
    CovariateSummary,
    CumulativeIncidence,
    RiskEntry,
    RiskModel,
    as_table,
)
from thin_assets.studies.risk.declared import Models, Population, declared
from thin_assets.studies.risk.evaluate import Results
from thin_assets.studies.risk.follow_up import entries_of, follow
from thin_assets.studies.risk.hand_out import files_of, handed_out
from thin_assets.studies.risk.model import Model
from thin_assets.studies.risk.one_thread import one_thread
from thin_assets.studies.risk.predictors import concepts_below, predictor_table
from thin_assets.studies.risk.train import Country, Trained, train

POPULATION, PREDICTORS = "risk_population", "risk_predictors"
MODEL = "risk_model"
FILES = "risk_model_files"
COVARIATES, INCIDENCE = "covariate_summary", "cumulative_incidence"
MODELS = "models"
"""Folder of the files of models, beside their table."""

ANY_CANCER = "any_cancer"


@dg.asset(
    key=["studies", POPULATION],
    group_name="studies",
    partitions_def=GRID,
    deps=[
        ["validated", "cdm"],
        ["cohorts", ANY_CANCER],
        *(["cohorts", name] for name in sorted({site.cohort for site in declared().sites})),
        *(["cohorts", one.cohort] for one in declared().populations),
        *(["features", one.features] for one in declared().populations),
    ],
    owners=["team:data-science"],
    kinds={"polars", "duckdb"},
)
def risk_population(
    context: dg.AssetExecutionContext, lake: Lake, warehouse: Warehouse
) -> dg.MaterializeResult:
    """Everybody at every landmark, and what became of them.

    Grain   one row per population and landmark of a person. `risk_predictors` has what was known before.

    Rule    docs/explanation/risk-models.md#whom-and-when
    """
    snapshot, told = Snapshot.of(context.partition_key), declared()
    build = lake.current_build(snapshot)
    with warehouse.open_cdm(build, lake.vocabulary_of(build)) as con:
        below = concepts_below(con, told)
        deaths = con.execute("select person_id, death_date from cdm.death order by all").pl()
    parts = [_population(lake, snapshot, one, below, deaths, told) for one in told.populations]
    entries, predictors = (pl.concat(frames) for frames in zip(*parts, strict=True))
    require(RiskEntry, entries, name="RiskEntry", where=f"studies/{POPULATION}", remedy=OUR_FAULT)
    lake.write("studies", POPULATION, snapshot, entries)
    lake.write("studies", PREDICTORS, snapshot, predictors)
    lake.report_of_build("studies", snapshot, build_id(build), {POPULATION: entries.height})
    context.log.info("risk_population: %d entries", entries.height)
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": entries.height,
            "persons": entries["person_id"].n_unique(),
            "scored now": int(entries["is_current"].sum()),
        }
    )


def _population(
    lake: Lake,
    snapshot: Snapshot,
    population: Population,
    below: Mapping[int, frozenset[int]],
    deaths: pl.DataFrame,
    told: Models,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Entries of a population, and their predictors in the same order."""

    def features(table: str) -> pl.DataFrame:
        return lake.read("features", f"{population.features}_{table}", snapshot)

    long = pl.scan_parquet(lake.whole("features", population.features, snapshot), hive_partitioning=False)
    labels = features("labels")
    known = predictor_table(long, labels, features("covariate_ref"), features("analysis_ref"), below, told)
    cancers = {
        name: lake.read("cohorts", f"{name}_first_records", snapshot)
        for name in sorted({site.cohort for site in told.sites})
    }
    any_cancer = lake.read("cohorts", f"{ANY_CANCER}_first_records", snapshot)
    followed = follow(lake.read("cohorts", population.cohort, snapshot), cancers, any_cancer, deaths)
    after = next_month(snapshot.month)
    entries = entries_of(population, followed, labels, features("splits"), features("people"), known, after)
    keys = entries.select("population", "row_id")
    return entries, keys.join(known, on="row_id", how="left", maintain_order="left")


@dg.asset(
    key=["studies", MODEL],
    group_name="studies",
    partitions_def=GRID,
    deps=[["studies", POPULATION]],
    owners=["team:data-science"],
    kinds={"scikitlearn", "lightgbm"},
    pool=MEMORY,
)
def risk_model(context: dg.AssetExecutionContext, lake: Lake) -> dg.MaterializeResult:
    """Every model that this country can teach, and how it does on practices that did not teach it.

    Grain   one row per site, horizon and learner: learned, or why not. Files lie in `models` beside it,
            results in `risk_model_<table>`.

    Rule    docs/explanation/risk-models.md#what-is-learned
    """
    snapshot, told = Snapshot.of(context.partition_key), declared()
    country = country_of(lake, snapshot)
    with one_thread():
        trained = train({snapshot.country: country}, snapshot.country, snapshot.month, told)
    folder = lake.folder("studies", MODEL, snapshot) / MODELS
    write_models(folder, trained)
    for name, frame in tables_of(trained, trained.results).items():
        lake.write("studies", MODEL if name == MODEL else f"{MODEL}_{name}", snapshot, frame)
    lake.report_of_build("studies", snapshot, country.build, {MODEL: len(trained.models)})
    context.log.info("risk_model: %d of %d learned", len(trained.models), len(trained.rows))
    return dg.MaterializeResult(
        metadata={"dagster/row_count": len(trained.rows), "learned": len(trained.models)}
    )


def country_of(lake: Lake, snapshot: Snapshot) -> Country:
    """What is known of a country at a month. Raises NothingSealed when it was not built."""
    return Country(
        snapshot.country,
        lake.read("studies", POPULATION, snapshot),
        lake.read("studies", PREDICTORS, snapshot),
        next_month(snapshot.month),
        (lake.reported("studies", snapshot) or {})["build"],
    )


def write_models(folder: Path, trained: Trained) -> None:
    """The files of all models; those of before are gone."""
    with replacing_folder(folder) as temporary:
        for name, model in sorted(trained.models.items()):
            (temporary / f"{name}.json").write_text(model.text(), encoding="utf-8")


def contracts() -> dict:
    own = {MODEL: RiskModel, INCIDENCE: CumulativeIncidence, COVARIATES: CovariateSummary}
    return own | RESULTS


def tables_of(trained: Trained, results: Results) -> dict[str, pl.DataFrame]:
    """Tables of what was learned and how it did, held against their contracts."""
    rows = {MODEL: trained.rows, INCIDENCE: trained.incidence, COVARIATES: trained.covariates}
    rows |= results.rows
    tables = {name: as_table(contract, rows[name]) for name, contract in contracts().items()}
    for name, contract in contracts().items():
        require(contract, tables[name], name=name, where=f"studies/{MODEL}", remedy=OUR_FAULT)
    return tables


@dg.asset(
    key=["studies", FILES],
    group_name="studies",
    partitions_def=GRID,
    deps=[["studies", MODEL]],
    owners=["team:data-science"],
    kinds={"json"},
)
def risk_model_files(context: dg.AssetExecutionContext, lake: Lake) -> dg.MaterializeResult:
    """The models of a country as files to be handed out: those that do not tell whom they learned from.

    Grain   one file per model; beside them what predictors are made of, how models did, and how to score.
    """
    snapshot = Snapshot.of(context.partition_key)
    rows, statistics = (
        lake.read("studies", name, snapshot) for name in (MODEL, f"{MODEL}_evaluation_statistics")
    )
    models = read_models(lake, snapshot)
    files = files_of(models, rows, statistics, snapshot.country, snapshot.folder, declared())
    with replacing_folder(lake.folder("studies", FILES, snapshot)) as folder:
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8")
    handed = len(handed_out(rows))
    return dg.MaterializeResult(metadata={"handed out": handed, "kept back": len(models) - handed})


def read_models(lake: Lake, snapshot: Snapshot) -> dict[str, Model]:
    """The models of a country and month, by name."""
    folder = lake.folder("studies", MODEL, snapshot) / MODELS
    return {path.stem: Model.read(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))}


ASSETS = [risk_population, risk_model, risk_model_files]
