"""Risk models of a month in Dagster: every model judged in every country, and the report."""

import datetime as dt

import dagster as dg
import polars as pl

from thin_assets.automation import ONCE_OTHERS_ARE_DONE
from thin_assets.domain.snapshot import Snapshot
from thin_assets.partitions import SNAPSHOT, of_every_country
from thin_assets.resources.lake import Lake
from thin_assets.resources.page_file import write_page
from thin_assets.studies.risk.declared import declared
from thin_assets.studies.risk.one_thread import one_thread
from thin_assets.studies.risk.page import draw_report
from thin_assets.studies.risk.page_scene import Scene
from thin_assets.studies.risk.train import Country, Trained
from thin_assets.studies.risk.validate import leave_one_out, validate
from thin_assets.studies.risk_assets import MODEL, contracts, country_of, read_models, tables_of

VALIDATION, REPORT = "risk_validation", "risk_report"


@dg.asset(
    key=["studies", VALIDATION],
    group_name="studies",
    partitions_def=SNAPSHOT,
    deps=[of_every_country("studies", MODEL)],
    owners=["team:data-science"],
    kinds={"scikitlearn"},
    automation_condition=ONCE_OTHERS_ARE_DONE,
)
def risk_validation(context: dg.AssetExecutionContext, lake: Lake) -> dg.MaterializeResult:
    """Every model of the month in every country that is built by now, before and after recalibration.

    Grain   one row per model that was asked for; results in `risk_<table>`, as in PatientLevelPrediction.

    Rule    docs/explanation/risk-models.md#how-a-model-is-judged
    """
    month, told = dt.date.fromisoformat(context.partition_key), declared()
    countries = countries_of(lake, month)
    models = {code: read_models(lake, Snapshot(code, month)) for code in countries}
    with one_thread():
        pooled, of_pooled = leave_one_out(countries, month, told)
        abroad = validate(models, countries, told)
    parts = [_at_home(lake, Snapshot(code, month)) for code in sorted(countries)]
    parts += [tables_of(pooled, of_pooled)]
    parts += [tables_of(Trained(), abroad)]
    tables = {name: pl.concat(part[name] for part in parts) for name in contracts()}
    for name, frame in tables.items():
        lake.write_month("studies", table_of(name), month, frame)
    context.log.info("risk_validation: %d models in %d countries", tables[MODEL].height, len(countries))
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": tables["evaluation_statistics"].height,
            "countries": dg.MetadataValue.json(sorted(countries)),
            "learned": int(tables[MODEL]["is_trained"].sum()),
        }
    )


def _at_home(lake: Lake, snapshot: Snapshot) -> dict[str, pl.DataFrame]:
    """What a country said of its own models."""
    return {
        name: lake.read("studies", MODEL if name == MODEL else f"{MODEL}_{name}", snapshot)
        for name in contracts()
    }


def countries_of(lake: Lake, month: dt.date) -> dict[str, Country]:
    """Countries of a month whose models are built by now, by code."""
    return {one.country: country_of(lake, one) for one in lake.built("studies", MODEL, month)}


def table_of(name: str) -> str:
    """What a table of results is called in the lake, of all countries of a month."""
    return VALIDATION if name == MODEL else f"risk_{name}"


@dg.asset(
    key=["studies", REPORT],
    group_name="studies",
    partitions_def=SNAPSHOT,
    deps=[["studies", VALIDATION]],
    owners=["team:data-science"],
    kinds={"html"},
    automation_condition=ONCE_OTHERS_ARE_DONE,
)
def risk_report(context: dg.AssetExecutionContext, lake: Lake) -> dg.MaterializeResult:
    """The risk models of a month as one static HTML page, with the items of TRIPOD+AI filled.

    Rule    figures rest on ten events and 30 entries; docs/explanation/disclosure.md
    """
    month = dt.date.fromisoformat(context.partition_key)
    tables = {name: lake.read_month("studies", table_of(name), month) for name in contracts()}
    path = lake.month_folder("studies", REPORT, month) / "index.html"
    text = draw_report(Scene(month, declared(), tables))
    return dg.MaterializeResult(metadata=write_page(path, text))


ASSETS = [risk_validation, risk_report]
