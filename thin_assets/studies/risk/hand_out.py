"""What leaves the lake of a country's models: their files, what they know of a person, and how they did."""

import csv
import io
import json
from collections.abc import Mapping
from importlib.resources import files

import polars as pl

from thin_assets.studies.risk.declared import Models
from thin_assets.studies.risk.model import FORMAT, Model
from thin_assets.studies.risk.train import CV

METRICS = ("AUROC", "CIndex", "calibrationSlope", "observedOverExpected")
"""Told of each model, of practices left out; each rests on as many events as learning asks for."""


def files_of(
    models: Mapping[str, Model],
    rows: pl.DataFrame,
    statistics: pl.DataFrame,
    country: str,
    month: str,
    told: Models,
) -> dict[str, str]:
    """Text by name of file; of models that do not tell whom they learned from.

    rows          `contract.RiskModel` of the country, statistics its `contract.EvaluationStatistic`
    """
    handed = set(handed_out(rows))
    chosen = {name: model for name, model in sorted(models.items()) if name in handed}
    return {
        "README.md": _how_to_score().format(country=country, month=month, format=FORMAT),
        "predictors.json": _predictors(told),
        "models.csv": _how_they_did(chosen, statistics),
        **{f"{name}.json": model.text() for name, model in chosen.items()},
    }


def _how_to_score() -> str:
    return files("thin_assets.studies.risk").joinpath("how_to_score.md").read_text(encoding="utf-8")


def handed_out(rows: pl.DataFrame) -> list[str]:
    """Names of the models that may leave the lake."""
    mine = rows.filter(pl.col("is_handed_out")).select("site", "horizon_years", "learner")
    return [f"{site}_{years}y_{learner}" for site, years, learner in mine.iter_rows()]


def _predictors(told: Models) -> str:
    """What each predictor is made of, as declared: the contract with the feature catalogue."""
    those = [one.model_dump(exclude_defaults=True) for one in told.predictors]
    return json.dumps(those, indent=1, sort_keys=True) + "\n"


def _how_they_did(models: Mapping[str, Model], statistics: pl.DataFrame) -> str:
    """A line for each model; figures to two decimals, which is finer than their intervals."""
    found = {
        (*keys, metric): value
        for *keys, metric, value in statistics.filter(
            (pl.col("evaluation") == CV) & (pl.col("recalibration") == "none")
        )
        .select("site", "horizon_years", "learner", "metric", "value")
        .iter_rows()
    }
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(["model", "title", "population", "sex", *METRICS])
    for name, model in models.items():
        about = model.told
        key = (about["site"], about["horizon_years"], about["learner"])
        values = (found.get((*key, metric)) for metric in METRICS)
        told = ["" if value is None else f"{value:.2f}" for value in values]
        lines.writerow([name, about["title"], about["population"], about["sex"] or "all", *told])
    return text.getvalue()
