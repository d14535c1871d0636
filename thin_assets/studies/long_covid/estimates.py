"""What is estimated for each symptom and source: hazard ratio, cumulative incidence, and the exact cells."""

from collections.abc import Iterable

import numpy as np
import polars as pl

from thin_assets.domain.disclosure import SMALLEST_SHOWN
from thin_assets.promises import columns_of
from thin_assets.studies.long_covid.contract import Cell, Hazard, Incidence
from thin_assets.studies.long_covid.declared import (
    EXPOSED,
    FEWEST_EVENTS,
    FROM_DAY,
    NOT_PROPORTIONAL,
    UNEXPOSED,
    UNTIL_DAY,
    symptoms,
)
from thin_assets.studies.long_covid.followed import AtRisk, Followed
from thin_assets.studies.survival.cox import cox
from thin_assets.studies.survival.kaplan_meier import kaplan_meier

DAYS_PER_YEAR = 365.25
EVERY_DAYS = 28
EXPOSURES = {EXPOSED: True, UNEXPOSED: False}

ESTIMATED, TOO_FEW, NO_FIT = "estimated", "too few events", "no estimate"


def estimate(followed: Followed, sources: Iterable[str]) -> dict[str, pl.DataFrame]:
    """Tables `hazards`, `cells` and `incidence`, sorted as symptoms are declared."""
    hazards, cells, incidence = [], [], []
    for source in sources:
        for symptom in symptoms():
            at_risk = followed.at_risk(symptom, source)
            key = {"symptom": symptom, "source": source}
            hazard = key | _hazard(followed, at_risk)
            hazards.append(hazard)
            for name, is_exposed in EXPOSURES.items():
                of = at_risk.of(is_exposed)
                where = key | {"exposure": name}
                cells.append(where | _cell(followed, of) | _told_with(hazard, is_exposed))
                incidence += [where | row for row in _incidence(of)]
    return {
        "hazards": _frame(hazards, Hazard),
        "cells": _frame(cells, Cell),
        "incidence": _frame(incidence, Incidence),
    }


def _frame(rows: list[dict], contract: type) -> pl.DataFrame:
    return pl.DataFrame(rows, columns_of(contract))


def _hazard(followed: Followed, at_risk: AtRisk) -> dict:
    events = [int(at_risk.of(is_exposed).events.sum()) for is_exposed in EXPOSURES.values()]
    found = {
        "events_exposed": events[0],
        "events_unexposed": events[1],
        **dict.fromkeys(("hazard_ratio", "lower", "upper", "p_value", "p_proportional", "is_proportional")),
    }
    if min(events) < FEWEST_EVENTS:
        return found | {"outcome": TOO_FEW}
    covariates, _ = followed.covariates(at_risk)
    fit = cox(at_risk.days, at_risk.events, covariates)
    if fit is None:
        return found | {"outcome": NO_FIT}
    ratio, lower, upper = fit.hazard_ratio(0)
    p_proportional = float(fit.p_proportional[0])
    return found | {
        "hazard_ratio": ratio,
        "lower": lower,
        "upper": upper,
        "p_value": fit.p_value(0),
        "p_proportional": p_proportional,
        "is_proportional": p_proportional >= NOT_PROPORTIONAL,
        "outcome": ESTIMATED,
    }


def _cell(followed: Followed, of: AtRisk) -> dict:
    practice = followed.practice[of.members]
    found = {"persons": len(of.members), "events": int(of.events.sum())}
    found["person_years"] = round(float(of.days.sum()) / DAYS_PER_YEAR, 6)
    for name, kept in (("persons", practice), ("events", practice[of.events])):
        of_each = np.unique(kept, return_counts=True)[1]
        found |= {f"{name}_practices": len(of_each), f"{name}_of_largest": int(of_each.max(initial=0))}
    return found


def _told_with(hazard: dict, is_exposed: bool) -> dict:
    """The hazard ratio beside the exposed, and 1 beside those they are compared with.

    None where events of either group are few, for it tells them.
    """
    names = {"hazard_ratio": "hazard_ratio", "hazard_ratio_lower": "lower", "hazard_ratio_upper": "upper"}
    few = min(hazard["events_exposed"], hazard["events_unexposed"]) < SMALLEST_SHOWN
    if few or hazard["hazard_ratio"] is None:
        return dict.fromkeys(names)
    return {column: hazard[name] if is_exposed else 1.0 for column, name in names.items()}


def _incidence(of: AtRisk) -> list[dict]:
    """Share with the symptom by Kaplan and Meier, every four weeks and at the end."""
    curve, end = kaplan_meier(of.days, of.events), UNTIL_DAY - FROM_DAY + 1
    last = len(curve.survival) - 1
    return [
        {
            "day": FROM_DAY + day - 1,
            "at_risk": int(curve.at_risk[day]) if day <= last else 0,
            "events": int(curve.events[: day + 1].sum()),
            "share": float(1 - curve.survival[min(day, last)]) if len(of.days) else None,
        }
        for day in sorted({*range(0, end, EVERY_DAYS), end})
    ]
