"""Scores of today, and the work list: who stands highest, and what put them there."""

import math
from collections.abc import Mapping

import numpy as np
import polars as pl

from thin_assets.studies.risk.contract import RiskScore
from thin_assets.studies.risk.declared import Models, Site
from thin_assets.studies.risk.model import Model
from thin_assets.studies.risk.problems import current_of
from thin_assets.studies.risk.train import CV, model_name

CHANCE = 0.5
"""AUROC of chance; the interval of a model in use lies above it, on practices that were left out."""

SMALLEST_REASON = 0.01
"""Log odds below which something that was added is no reason."""


def in_use(models: Mapping[str, Model], statistics: pl.DataFrame, told: Models) -> dict[str, Model]:
    """The models that score, by site: those that `scoring` names and that rank better than chance.

    statistics    `contract.EvaluationStatistic` of the country that taught them
    """
    asked = told.scoring
    learner = next(one for one in told.learners if one.name == asked.learner)
    names = {site.name: model_name(site, asked.horizon, learner) for site in told.sites}
    better = set(
        statistics.filter(
            pl.col("horizon_years") == asked.horizon,
            pl.col("learner") == asked.learner,
            pl.col("evaluation") == CV,
            pl.col("metric") == "AUROC",
            pl.col("lower") > CHANCE,
        )["site"]
    )
    return {site: models[name] for site, name in names.items() if name in models and site in better}


def score_site(
    site: Site, model: Model, entries: pl.DataFrame, predictors: pl.DataFrame, told: Models
) -> pl.DataFrame:
    """Everybody who is scored today, as `contract.RiskScore`, the highest first.

    entries, predictors    as `problems.cases_of` takes them
    """
    mine, values = current_of(site, entries, predictors)
    names = tuple(site.directions)
    risk = model.score(values, names)
    order = np.lexsort((mine["row_id"].to_numpy(), -risk))
    rank = np.empty(len(risk), dtype=np.int64)
    rank[order] = np.arange(1, len(risk) + 1)
    listed = math.ceil(told.scoring.share * len(risk))
    rows = mine.select("row_id", "person_id", "practice", "index_date").with_columns(
        site=pl.lit(site.name),
        horizon_years=pl.lit(model.told["horizon_years"], pl.Int64),
        learner=pl.lit(model.told["learner"]),
        trained_in=pl.lit(model.told["trained_in"]),
        trained_at=pl.lit(model.told["snapshot"]).str.to_date(),
        risk=pl.Series(risk),
        rank=pl.Series(rank),
        is_listed=pl.Series(rank <= listed),
        reasons=pl.Series(reasons(model, values, names, told.scoring.reasons), dtype=pl.List(pl.String)),
    )
    return rows.select(list(RiskScore.to_schema().columns)).sort("rank")


def reasons(model: Model, values: np.ndarray, names: tuple[str, ...], most: int) -> list[list[str]]:
    """Titles of what raises the risk of each entry most above that of an average one, the strongest first.

    What somebody does not have, and what is not known of somebody, is no reason.
    """
    adds = model.contributions(values, names)
    own = model.cut(values, names)
    there = ~np.isnan(own) & ~((own == 0) & [(term.low, term.high) == (0.0, 1.0) for term in model.terms])
    adds = np.where(there, adds, 0.0)
    titles = [term.title for term in model.terms]
    order = np.argsort(-adds, axis=1, kind="stable")[:, :most]
    return [
        [titles[place] for place in row if one[place] > SMALLEST_REASON]
        for row, one in zip(order.tolist(), adds, strict=True)
    ]
