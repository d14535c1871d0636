"""Scores of today in Dagster: by the models of a country and month, with reasons, and watched."""

import dagster as dg
import numpy as np
import polars as pl

from thin_assets.domain.snapshot import Snapshot
from thin_assets.partitions import GRID
from thin_assets.promises import OUR_FAULT, require
from thin_assets.resources.lake import Lake
from thin_assets.studies.risk.contract import RiskMonitor, RiskScore, as_table
from thin_assets.studies.risk.declared import Models, declared
from thin_assets.studies.risk.hand_out import handed_out
from thin_assets.studies.risk.model import Model
from thin_assets.studies.risk.monitor import watch
from thin_assets.studies.risk.scores import in_use, score_site
from thin_assets.studies.risk_assets import MODEL, POPULATION, country_of, read_models

SCORES, MONITOR = "risk_scores", "risk_monitoring"


class ModelInUse(dg.Config):
    """Whose models score: a country and month; absent, those of the partition itself."""

    trained_in: str | None = None
    trained_at: str | None = None


@dg.asset(
    key=["studies", SCORES],
    group_name="studies",
    partitions_def=GRID,
    deps=[["studies", POPULATION], ["studies", MODEL]],
    owners=["team:data-science"],
    kinds={"polars"},
)
def risk_scores(context: dg.AssetExecutionContext, config: ModelInUse, lake: Lake) -> dg.MaterializeResult:
    """Risk of everybody on the list today, with reasons, and whether the models in use still fit.

    Grain   one row per site and person; beside it `risk_monitoring`, one row per model in use.
    Reads   models of another country or month, where the run's configuration names them.

    Rule    docs/how-to/train-and-validate-a-risk-model.md#score-a-month
    """
    snapshot, told = Snapshot.of(context.partition_key), declared()
    source = Snapshot.named(config.trained_in or snapshot.country, config.trained_at or snapshot.folder)
    country = country_of(lake, snapshot)
    models = _in_use(lake, source, told)
    before = _scored_before(lake, snapshot.previous)
    scores, monitor = [as_table(RiskScore, [])], []
    for name, model in models.items():
        site = told.site(name)
        scores.append(score_site(site, model, country.entries, country.predictors, told))
        risks = scores[-1]["risk"].to_numpy()
        monitor.append(watch(site, model, risks, _same_model(before, model), country, told))
    tables = {SCORES: (RiskScore, pl.concat(scores)), MONITOR: (RiskMonitor, as_table(RiskMonitor, monitor))}
    for name, (contract, frame) in tables.items():
        require(contract, frame, name=name, where=f"studies/{SCORES} {snapshot.key}", remedy=OUR_FAULT)
        lake.write("studies", name, snapshot, frame)
    rows, listed = tables[SCORES][1], int(tables[SCORES][1]["is_listed"].sum())
    context.log.info("risk_scores: %d models, %d on the work lists", len(models), listed)
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": rows.height,
            "models": len(models),
            "trained": source.key,
            "on the work lists": listed,
            "status": dg.MetadataValue.json({row["site"]: row["status"] for row in monitor}),
        }
    )


def _in_use(lake: Lake, source: Snapshot, told: Models) -> dict[str, Model]:
    """Models of a country and month that score, by site."""
    rows, statistics = (
        lake.read("studies", name, source) for name in (MODEL, f"{MODEL}_evaluation_statistics")
    )
    handed = set(handed_out(rows))
    models = {name: one for name, one in read_models(lake, source).items() if name in handed}
    return in_use(models, statistics, told)


def _scored_before(lake: Lake, snapshot: Snapshot) -> pl.DataFrame | None:
    """Scores of the month before, where there are any: no edge, for none must wait."""
    there = lake.file("studies", SCORES, snapshot).is_file()
    return lake.read("studies", SCORES, snapshot) if there else None


def _same_model(before: pl.DataFrame | None, model: Model) -> np.ndarray | None:
    """Scores of last month by the model of the same country and site; it may have been learned anew."""
    if before is None:
        return None
    keys = ("site", "horizon_years", "learner", "trained_in")
    mine = before.filter(*(pl.col(name) == model.told[name] for name in keys))
    return mine["risk"].to_numpy()


ASSETS = [risk_scores]
