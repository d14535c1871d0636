"""A problem: which entries are asked about a site and horizon, and what became of them."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from thin_assets.studies.risk.declared import Models, Population, Site
from thin_assets.studies.risk.survival import (
    CENSORED,
    DEATH,
    EVENT,
    OTHER_CANCER,
    censoring_weights,
)

STAYED, DIED, OTHER = "censored", "death", "other_cancer"
"""Words of `contract.RiskEntry` for what ended follow-up; a cancer has the name of its cohort."""

HELD_OUT = "held_out"
"""Split of practices that teach no model; the others do."""


@dataclass(frozen=True)
class Cases:
    """Entries of one problem, in the order of the population; arrays are of one length.

    values       predictors, a column each; NaN: unknown
    days         on which follow-up ended, from 1
    outcome      how, as `survival` names it; of what came after the horizon it says nothing
    horizon      last day that is asked about
    happened     whether the event came within the horizon; meaningless where the weight is 0
    weight       0: not known at the horizon
    periods_back    1: the latest period that is known to its end; 2: the one before it ...
    """

    predictors: tuple[str, ...]
    values: np.ndarray
    days: np.ndarray
    outcome: np.ndarray
    horizon: np.ndarray
    happened: np.ndarray
    weight: np.ndarray
    periods_back: np.ndarray
    person: np.ndarray
    practice: np.ndarray
    split: np.ndarray
    sex: np.ndarray
    age: np.ndarray
    deprivation: np.ndarray

    def __len__(self) -> int:
        return len(self.days)

    @property
    def events(self) -> int:
        """Entries with the event within the horizon."""
        return int(self.happened.sum())

    @property
    def of_rarer(self) -> int:
        """Entries of the outcome that fewer have: to learn or to judge takes both."""
        return min(self.events, len(self) - self.events)

    def where(self, chosen: np.ndarray) -> "Cases":
        """Some of the entries; their weights stay what they were."""
        arrays = {name: value[chosen] for name, value in vars(self).items() if isinstance(value, np.ndarray)}
        return Cases(predictors=self.predictors, **arrays)


def joined(parts: Sequence[Cases]) -> Cases:
    """Entries of one problem in several countries, one after the other."""
    first = parts[0]
    arrays = {
        name: np.concatenate([getattr(one, name) for one in parts])
        for name, value in vars(first).items()
        if isinstance(value, np.ndarray)
    }
    return Cases(predictors=first.predictors, **arrays)


def cases_of(
    site: Site, years: int, entries: pl.DataFrame, predictors: pl.DataFrame, after: dt.date, told: Models
) -> Cases:
    """Entries of a problem whose horizon has passed.

    entries       as `contract.RiskEntry`
    predictors    as `predictors.predictor_table` makes them, the same rows in the same order
    after         first day after the snapshot
    """
    population = told.population(site.population)
    asked = entries.select(chosen=_is_asked(site, population, years, after))["chosen"]
    mine, known = entries.filter(asked), predictors.filter(asked)
    ends = mine["index_date"].dt.offset_by(f"{years}y")
    horizon = (ends - mine["index_date"]).dt.total_days().to_numpy()
    days = mine["followed_days"].to_numpy()
    outcome = outcomes_of(mine["cause"], site)
    names = tuple(site.directions)
    return Cases(
        predictors=names,
        values=known.select(pl.col(names).cast(pl.Float64)).fill_null(float("nan")).to_numpy(),
        days=days,
        outcome=outcome,
        horizon=horizon,
        happened=(outcome == EVENT) & (days <= horizon),
        weight=censoring_weights(days, outcome, horizon),
        periods_back=_periods_back(mine["index_date"], years, after),
        person=mine["person_id"].to_numpy(),
        practice=mine["practice"].fill_null(0).to_numpy(),
        split=mine["split"].to_numpy(),
        sex=mine["sex"].to_numpy(),
        age=mine["age"].to_numpy(),
        deprivation=mine["deprivation"].fill_null(float("nan")).to_numpy(),
    )


def current_of(
    site: Site, entries: pl.DataFrame, predictors: pl.DataFrame
) -> tuple[pl.DataFrame, np.ndarray]:
    """Entries that are scored today, and their predictors in the order of the site."""
    asked = entries.select(chosen=pl.col("is_current") & _is_of(site))["chosen"]
    names = tuple(site.directions)
    values = predictors.filter(asked).select(pl.col(names).cast(pl.Float64)).fill_null(float("nan"))
    return entries.filter(asked), values.to_numpy()


def _is_of(site: Site) -> pl.Expr:
    mine = pl.col("population") == site.population
    return mine if site.sex is None else mine & (pl.col("sex") == site.sex)


def _is_asked(site: Site, population: Population, years: int, after: dt.date) -> pl.Expr:
    """Landmarks whose horizon has passed; of yearly ones every n-th, so that periods do not overlap."""
    passed = pl.col("index_date").dt.offset_by(f"{years}y") <= after
    if not population.yearly:
        return _is_of(site) & passed
    return _is_of(site) & passed & ((after.year - pl.col("index_date").dt.year()) % years == 0)


def _periods_back(index: pl.Series, years: int, after: dt.date) -> np.ndarray:
    """How many horizons a landmark lies back, whole ones."""
    days = (pl.select(pl.lit(after) - index).to_series()).dt.total_days().to_numpy()
    return np.floor((days + 1) / (365.25 * years)).astype(np.int64)


def outcomes_of(cause: pl.Series, site: Site) -> np.ndarray:
    """How follow-up ended, as one site sees it: a cancer of another site competes with its own."""
    words = {STAYED: CENSORED, DIED: DEATH, site.cohort: EVENT}
    return cause.replace_strict(words, default=OTHER_CANCER, return_dtype=pl.Int64).to_numpy()
