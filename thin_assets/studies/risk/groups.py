"""A model in parts of the population: ages, sexes, areas; and how much practices differ."""

from collections.abc import Iterator

import numpy as np

from thin_assets.studies.risk.declared import Models
from thin_assets.studies.risk.discrimination import auroc
from thin_assets.studies.risk.problems import Cases
from thin_assets.studies.scan.pooling import pool

AGE_STEP = 10
FEWEST_PRACTICES = 3


def by_groups(risk: np.ndarray, cases: Cases, told: Models) -> Iterator[dict]:
    """Entries, events, risk as told and as it came, and AUROC of each age band, sex, fifth of deprivation.

    A group with too few events has no AUROC.
    """
    for name, groups in groupings(cases).items():
        for group in sorted(set(groups.tolist()) - {""}):
            inside = groups == group
            mine = cases.where(inside)
            total = mine.weight.sum()
            if not total:
                continue
            enough = mine.where(mine.weight > 0).events >= told.fewest_judged
            found = auroc(risk[inside], mine) if enough else None
            yield {
                "grouped_by": name,
                "group": group,
                "entries": len(mine),
                "events": int((mine.happened & (mine.weight > 0)).sum()),
                "mean_risk": float(np.average(risk[inside], weights=mine.weight)),
                "observed_risk": float(mine.weight[mine.happened].sum() / total),
                "auroc": found and found.value,
                "auroc_lower": found and found.lower,
                "auroc_upper": found and found.upper,
            }


def groupings(cases: Cases) -> dict[str, np.ndarray]:
    """Group of each entry by what it is grouped by; empty: in none."""
    low = cases.age // AGE_STEP * AGE_STEP
    fifth = cases.deprivation
    return {
        "age_band": np.array([f"{age}-{age + AGE_STEP - 1}" for age in low.tolist()], dtype=object),
        "sex": cases.sex.astype(object),
        "deprivation": np.array(["" if np.isnan(one) else f"{one:.0f}" for one in fifth], dtype=object),
    }


def practice_spread(risk: np.ndarray, cases: Cases) -> Iterator[dict]:
    """How much observed over expected events differ between practices, beyond chance: random effects.

    Half an event is added to both, so that practices without any count; nothing below three practices.
    """
    known = cases.weight > 0
    logs, errors = [], []
    for practice in np.unique(cases.practice[known]):
        inside = known & (cases.practice == practice)
        came = (cases.weight * cases.happened)[inside].sum()
        expected = (cases.weight * risk)[inside].sum()
        logs.append(np.log((came + 0.5) / (expected + 0.5)))
        errors.append(np.sqrt(1 / (expected + 0.5)))
    if len(logs) < FEWEST_PRACTICES:
        return
    pooled = pool(np.array([logs]), np.array([errors]))
    tau = float(np.sqrt(pooled["tau2"][0]))
    yield {"metric": "practices", "value": float(len(logs)), "lower": None, "upper": None}
    yield {"metric": "practiceSpread", "value": tau, "lower": None, "upper": None}
