"""Whether a model tells whom it learned from: an attack that anybody who knows a person's outcome can try."""

import numpy as np

from thin_assets.studies.risk.discrimination import Estimate, clustered_error, on_logit
from thin_assets.studies.risk.problems import Cases

MOST_TOLD = 0.55
"""AUC of the attack up to which a model is handed out; 0.5 is guessing."""


def membership(teachers: np.ndarray, others: np.ndarray, mine: Cases, theirs: Cases) -> Estimate:
    """AUC of telling teachers from others by the loss: who taught is better predicted (Yeom 2018).

    teachers, others    risk by the model of entries that taught it, and of those that did not
    mine, theirs        the entries; those of unknown outcome are not looked at
    """
    inside = _loss(teachers, mine)[mine.weight > 0]
    outside = _loss(others, theirs)[theirs.weight > 0]
    if not (len(inside) and len(outside)):
        return Estimate(None)
    below = _share_above(inside, outside)
    above = 1 - _share_above(outside, inside)
    value = float(below.mean())
    adds = np.concatenate([(below - value) / len(below), (above - value) / len(above)])
    person = np.concatenate([mine.person[mine.weight > 0], theirs.person[theirs.weight > 0]])
    return on_logit(value, clustered_error(adds, person))


def _loss(risk: np.ndarray, cases: Cases) -> np.ndarray:
    risk = np.clip(risk, 1e-9, 1 - 1e-9)
    return -np.where(cases.happened, np.log(risk), np.log1p(-risk))


def _share_above(loss: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Share of others whose loss is higher, those of the same loss half."""
    ordered = np.sort(others)
    low, high = (np.searchsorted(ordered, loss, side=side) for side in ("left", "right"))
    return 1 - (low + high) / 2 / len(ordered)
