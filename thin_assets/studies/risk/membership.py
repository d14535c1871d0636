"""Whether a model tells whom it learned from: an attack that anybody who knows a person's outcome can try.

Who taught a model is better predicted by it (Yeom 2018). The attack is tried on the three models that two
thirds of the practices taught each: it has to tell their teachers from the third that was left out, by the
loss alone. So no entry is needed that teaches nothing.
"""

import numpy as np

from thin_assets.studies.risk.discrimination import Estimate, clustered_error, on_logit
from thin_assets.studies.risk.problems import Cases

MOST_TOLD = 0.55
"""AUC of the attack up to which a model is handed out; 0.5 is guessing."""


def membership(left_out: np.ndarray, inside: tuple[np.ndarray, ...], cases: Cases) -> Estimate:
    """Mean AUC of telling teachers from others, over the models.

    left_out, inside    as `learners.Parts` has them
    """
    values, adds = [], np.zeros(len(cases))
    for risk in inside:
        taught = ~np.isnan(risk)
        mine = _loss(risk, cases)[taught]
        others = _loss(left_out, cases)[~taught]
        below, above = _share_above(mine, others), 1 - _share_above(others, mine)
        value = below.mean()
        values.append(value)
        adds[taught] += (below - value) / len(below) / len(inside)
        adds[~taught] += (above - value) / len(above) / len(inside)
    if not values:
        return Estimate(None)
    return on_logit(float(np.mean(values)), clustered_error(adds, cases.person))


def is_handed_out(found: Estimate) -> bool:
    """Whether a model may leave the lake: the attack is no better than that, or than chance may be."""
    return found.value is not None and (found.value <= MOST_TOLD or (found.lower or 1.0) <= 0.5)


def _loss(risk: np.ndarray, cases: Cases) -> np.ndarray:
    risk = np.clip(risk, 1e-9, 1 - 1e-9)
    return -np.where(cases.happened, np.log(risk), np.log1p(-risk))


def _share_above(loss: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Share of others whose loss is higher, those of the same loss half."""
    ordered = np.sort(others)
    low, high = (np.searchsorted(ordered, loss, side=side) for side in ("left", "right"))
    return 1 - (low + high) / 2 / len(ordered)
