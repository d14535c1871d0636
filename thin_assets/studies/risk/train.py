"""Every model of one country, or of several together: what could be learned, and how it did at home."""

import datetime as dt
import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from thin_assets.studies.risk.calibration import logit
from thin_assets.studies.risk.declared import Learner, Models, Site
from thin_assets.studies.risk.evaluate import Results, judge
from thin_assets.studies.risk.learners import Learned, learn
from thin_assets.studies.risk.membership import membership
from thin_assets.studies.risk.model import Model
from thin_assets.studies.risk.problems import HELD_OUT, Cases, cases_of, joined

CV, TEST, VALIDATION = "CV", "Test", "Validation"
"""Evaluations as PatientLevelPrediction calls them: parts left out while learning, practices that were held
out, and another country."""


@dataclass(frozen=True)
class Country:
    """What is known of one country at one month; frames as `contract.py` has them."""

    code: str
    entries: pl.DataFrame
    predictors: pl.DataFrame
    after: dt.date
    build: str

    def cases(self, site: Site, years: int, told: Models) -> Cases:
        """Entries of a problem."""
        return cases_of(site, years, self.entries, self.predictors, self.after, told)


@dataclass
class Trained:
    """Models by name, one row for each that was asked for (`contract.RiskModel`), and results at home."""

    models: dict[str, Model] = field(default_factory=dict)
    rows: list[dict] = field(default_factory=list)
    covariates: list[dict] = field(default_factory=list)
    results: Results = field(default_factory=Results)


def asked_for(told: Models) -> Iterator[tuple[Site, int, Learner]]:
    """Every model that is declared."""
    for site in told.sites:
        for years in told.horizons:
            for learner in told.learners:
                if years in (learner.horizons or told.horizons):
                    yield site, years, learner


def model_name(site: Site, years: int, learner: Learner) -> str:
    """Name of a model within its country and month."""
    return f"{site.name}_{years}y_{learner.name}"


def train(
    countries: Mapping[str, Country],
    trained_in: str,
    month: dt.date,
    told: Models,
    asks: Callable[[str, int], bool] = lambda learner, years: True,
    *,
    at_home: bool = True,
) -> Trained:
    """Learn every model from practices that are not held out, of all countries given.

    trained_in    how the source is called: a country, or `not GB`
    asks          whether a learner and horizon are wanted
    at_home       judge them there too
    """
    trained, at_hand = Trained(), {}
    for site, years, learner in asked_for(told):
        if not asks(learner.name, years):
            continue
        if (site, years) not in at_hand:
            at_hand[site, years] = joined([one.cases(site, years, told) for one in countries.values()])
        cases = at_hand[site, years]
        keys = {
            "site": site.name,
            "horizon_years": years,
            "learner": learner.name,
            "trained_in": trained_in,
        }
        teaching = cases.where(cases.split != HELD_OUT)
        enough = teaching.where(teaching.weight > 0).events >= told.fewest_events
        learned = None
        if enough:
            about = _about(keys, site, month, countries, told)
            learned = learn(teaching, learner, site, told, about)
            trained.models[model_name(site, years, learner)] = learned.model
            here = {**keys, "country": trained_in}
            trained.covariates.extend({**here, "evaluation": CV, **row} for row in covariate_rows(learned))
            if at_home:
                _at_home(learned, cases, here, told, trained)
        trained.rows.append({**keys, **_row(cases, learned, told)})
    return trained


def _about(keys: Mapping, site: Site, month: dt.date, countries: Mapping[str, Country], told: Models) -> dict:
    return {
        **keys,
        "title": site.title,
        "population": site.population,
        "sex": site.sex,
        "snapshot": month.isoformat(),
        "builds": {code: one.build for code, one in sorted(countries.items())},
        "seed": told.seed,
    }


def _row(cases: Cases, learned: Learned | None, told: Models) -> dict:
    """What was learned, or why it was not."""
    teaching = cases.where((cases.split != HELD_OUT) & (cases.weight > 0))
    model = learned.model if learned else None
    return {
        "is_trained": learned is not None,
        "why_not": None if learned else f"fewer than {told.fewest_events} events",
        "entries": len(teaching),
        "persons": len(np.unique(teaching.person)),
        "events": teaching.events,
        "practices": len(np.unique(teaching.practice)),
        "predictors": len(model.terms) if model else 0,
        "penalty": learned.penalty if learned else None,
        "training_hash": fingerprint(learned.teachers) if learned else None,
    }


def fingerprint(cases: Cases) -> str:
    """SHA-256 of what taught a model: predictors, outcome and weight of each entry, in order."""
    digest = hashlib.sha256()
    for array in (cases.values, cases.happened, cases.weight):
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _at_home(learned: Learned, cases: Cases, keys: dict, told: Models, trained: Trained) -> None:
    """Judge a model where it was learned: on parts left out, and on practices that were held out."""
    model = learned.model
    judge(logit(learned.left_out), learned.teachers, keys | {"evaluation": CV}, told, trained.results)
    held = cases.where(cases.split == HELD_OUT)
    test = keys | {"evaluation": TEST}
    if len(held):
        judge(model.log_odds(held.values, held.predictors), held, test, told, trained.results)
        told_apart = membership(
            model.score(learned.teachers.values, learned.teachers.predictors),
            model.score(held.values, held.predictors),
            learned.teachers,
            held,
        )
        attack = {"metric": "membershipInferenceAUC", "value": told_apart.value}
        attack |= {"lower": told_apart.lower, "upper": told_apart.upper}
        trained.results.add("evaluation_statistics", test | {"recalibration": "none"}, iter([attack]))


def covariate_rows(learned: Learned) -> Iterator[dict]:
    """Each predictor of a model: its weight, and what entries with and without the event have."""
    cases, model = learned.teachers, learned.model
    contributions = model.contributions(cases.values, cases.predictors)
    for place, term in enumerate(model.terms):
        column = cases.values[:, cases.predictors.index(term.name)]
        yield {
            "predictor": term.name,
            "title": term.title,
            "direction": term.direction,
            "weight": term.weight if model.trees is None else None,
            "mean_contribution": float(np.abs(contributions[:, place]).mean()),
            "known": float((~np.isnan(column)).mean()),
            **{
                name: _mean(column[cases.happened == happened])
                for name, happened in (("mean_without", False), ("mean_with", True))
            },
        }


def _mean(values: np.ndarray) -> float | None:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else None
