"""Every model of one country, or of several together: what could be learned, and how it did at home."""

import datetime as dt
import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np
import polars as pl

from thin_assets.studies.risk.calibration import logit
from thin_assets.studies.risk.declared import Learner, Models, Site
from thin_assets.studies.risk.evaluate import Results, judge
from thin_assets.studies.risk.learners import Learned, learn
from thin_assets.studies.risk.membership import is_handed_out, membership
from thin_assets.studies.risk.model import Model
from thin_assets.studies.risk.problems import HELD_OUT, Cases, cases_of, joined
from thin_assets.studies.risk.survival import (
    CENSORED,
    DEATH,
    EVENT,
    OTHER_CANCER,
    cumulative_incidence,
)

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
    incidence: list[dict] = field(default_factory=list)
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
    trained = Trained()
    wanted = (one for one in asked_for(told) if asks(one[2].name, one[1]))
    for (site, years), asked in groupby(wanted, key=lambda one: one[:2]):
        # of one problem at a time: the cases of all of them are several times a country
        cases = joined([one.cases(site, years, told) for one in countries.values()])
        if at_home:
            trained.incidence.append(incidence_row(cases, site, years, trained_in))
        for _, _, learner in asked:
            keys = {
                "site": site.name,
                "horizon_years": years,
                "learner": learner.name,
                "trained_in": trained_in,
            }
            about = _about(keys, site, month, countries, told)
            learned = _learned(cases, learner, site, told, about)
            if learned:
                trained.models[model_name(site, years, learner)] = learned.model
                _keep(learned, cases, keys, told, trained, at_home=at_home)
            trained.rows.append({**keys, **_row(cases, learned, told)})
    return trained


def _learned(cases: Cases, learner: Learner, site: Site, told: Models, about: Mapping) -> Learned | None:
    """A model from practices that are not held out; None: too few have the event, or too few have it not."""
    teaching = cases.where(cases.split != HELD_OUT)
    if teaching.where(teaching.weight > 0).of_rarer < told.fewest_events:
        return None
    return learn(teaching, learner, site, told, about)


def _keep(
    learned: Learned, cases: Cases, keys: Mapping, told: Models, trained: Trained, *, at_home: bool
) -> None:
    here = {**keys, "country": keys["trained_in"]}
    trained.covariates.extend({**here, "evaluation": CV, **row} for row in covariate_rows(learned))
    if at_home:
        _at_home(learned, cases, here, told, trained)


def incidence_row(cases: Cases, site: Site, years: int, country: str) -> dict:
    """A problem in counts: how follow-up ended, and the risk when other causes compete or do not."""
    within = cases.days <= cases.horizon
    ended = np.where(within, cases.outcome, CENSORED)
    last = int(cases.horizon.max(initial=0))
    alone = np.where(ended == EVENT, EVENT, CENSORED)
    return {
        "site": site.name,
        "horizon_years": years,
        "country": country,
        "entries": len(cases),
        "persons": len(np.unique(cases.person)),
        "events": int((ended == EVENT).sum()),
        "deaths": int((ended == DEATH).sum()),
        "other_cancers": int((ended == OTHER_CANCER).sum()),
        "lost": int(((cases.outcome == CENSORED) & (cases.days < cases.horizon)).sum()),
        "risk": cumulative_incidence(cases.days, ended, last),
        "risk_of_death": cumulative_incidence(cases.days, ended, last, cause=DEATH),
        "risk_without_competition": cumulative_incidence(cases.days, alone, last),
    }


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
    attack = membership(learned.parts.left_out, learned.parts.inside, learned.teachers) if learned else None
    return {
        "is_trained": learned is not None,
        "why_not": None if learned else _why_not(teaching, told),
        "entries": len(teaching),
        "persons": len(np.unique(teaching.person)),
        "events": teaching.events,
        "practices": len(np.unique(teaching.practice)),
        "predictors": len(model.terms) if model else 0,
        "penalty": learned.penalty if learned else None,
        "membership_auc": attack and attack.value,
        "membership_lower": attack and attack.lower,
        "is_handed_out": attack is not None and is_handed_out(attack),
        "training_hash": fingerprint(learned.teachers) if learned else None,
    }


def _why_not(teaching: Cases, told: Models) -> str:
    few = "events" if teaching.events < told.fewest_events else "without the event"
    return f"fewer than {told.fewest_events} {few}"


def fingerprint(cases: Cases) -> str:
    """SHA-256 of what taught a model: predictors, outcome and weight of each entry, in order."""
    digest = hashlib.sha256()
    for array in (cases.values, cases.happened, cases.weight):
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _at_home(learned: Learned, cases: Cases, keys: dict, told: Models, trained: Trained) -> None:
    """Judge a model where it was learned: on parts left out, and on practices that were held out."""
    model, parts = learned.model, learned.parts
    judge(logit(parts.left_out), learned.teachers, keys | {"evaluation": CV}, told, trained.results)
    held = cases.where(cases.split == HELD_OUT)
    if len(held):
        log_odds = model.log_odds(held.values, held.predictors)
        judge(log_odds, held, keys | {"evaluation": TEST}, told, trained.results)


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
