"""Whether a model in use still fits: its scores beside those it was learned with, and beside what came."""

import datetime as dt

import numpy as np

from thin_assets.studies.risk.declared import Models, Site
from thin_assets.studies.risk.model import Model
from thin_assets.studies.risk.problems import Cases
from thin_assets.studies.risk.train import Country

WATCH, ACT = 0.1, 0.25
ENOUGH = 100
"""Persons from which on a shift of scores is judged: below, it is mostly chance."""

BINS = 10
"""Parts that scores are compared in."""

MOST_OFF = 2.0
"""Observed over expected beyond which a level is judged to be off, if its interval says so too."""


def stability(shares: np.ndarray, before: np.ndarray) -> float:
    """Population stability index of shares in bins; half a thousandth is the smallest share."""
    now, then = (np.maximum(one, 0.0005) for one in (shares, before))
    return float(((now - then) * np.log(now / then)).sum())


def in_bins(scores: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Share of scores between edges, and beyond them."""
    return np.bincount(np.searchsorted(edges, scores), minlength=len(edges) + 1) / max(len(scores), 1)


def watch(
    site: Site,
    model: Model,
    scores: np.ndarray,
    before: np.ndarray | None,
    country: Country,
    told: Models,
) -> dict:
    """A row of `contract.RiskMonitor`.

    scores    of today, before those of the month before by the same model
    country   whose latest period that is known to its end judges the level
    """
    edges = np.unique(np.array(model.decile_scores))
    since_learned = stability(in_bins(scores, edges), _expected(edges, model)) if len(scores) else None
    since_month, compared = None, 0
    if before is not None and len(before) and len(scores):
        own = np.unique(np.quantile(before, np.arange(1, 10) / 10))
        since_month, compared = stability(in_bins(scores, own), in_bins(before, own)), len(before)
    cases = country.cases(site, model.told["horizon_years"], told)
    level = _level(cases.where(cases.periods_back == 1), model)
    return {
        "site": site.name,
        "horizon_years": model.told["horizon_years"],
        "learner": model.told["learner"],
        "trained_in": model.told["trained_in"],
        "trained_at": dt.date.fromisoformat(model.told["snapshot"]),
        "persons": len(scores),
        "mean_risk": float(scores.mean()) if len(scores) else None,
        "psi_since_learned": since_learned,
        "psi_since_month": since_month,
        **level,
        "status": _status(len(scores), compared, since_learned, since_month, level),
    }


def _expected(edges: np.ndarray, model: Model) -> np.ndarray:
    """Shares of the entries that taught: a tenth in each part; of deciles that are one, their sum."""
    deciles = np.array(model.decile_scores)
    cumulative = np.array([np.sum(deciles <= edge) / 10 for edge in edges])
    return np.diff(np.concatenate([[0.0], cumulative, [1.0]]))


def _level(latest: Cases, model: Model) -> dict:
    """Events of the latest period, and how many were expected; an exact Poisson interval of their ratio."""
    from scipy.stats import chi2

    if not len(latest):
        return {"observed": None, "expected": None, "ratio_lower": None, "ratio_upper": None}
    risk = model.score(latest.values, latest.predictors)
    expected = float((latest.weight * risk).sum())
    came = float((latest.weight * latest.happened).sum())
    lower = chi2.ppf(0.025, 2 * came) / 2 / expected if came else 0.0
    upper = chi2.ppf(0.975, 2 * (came + 1)) / 2 / expected
    return {"observed": came, "expected": expected, "ratio_lower": lower, "ratio_upper": upper}


def _status(
    persons: int, before: int, since_learned: float | None, since_month: float | None, level: dict
) -> str:
    """`ok`, `watch`, `act`, or `few` where too few persons are scored to judge.

    What chance alone is expected to shift, parts less one for each person, is taken off first.
    """
    if persons < ENOUGH:
        return "few"
    shift = (since_learned or 0.0) - (BINS - 1) / persons
    if since_month is not None:
        shift = max(shift, since_month - (BINS - 1) * (1 / persons + 1 / before))
    is_off = level["expected"] and (level["ratio_lower"] > MOST_OFF or level["ratio_upper"] < 1 / MOST_OFF)
    if shift > ACT or is_off:
        return "act"
    return "watch" if shift > WATCH else "ok"
