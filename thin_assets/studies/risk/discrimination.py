"""How well scores tell those who fall ill from those who do not: weighted, with intervals.

Weights stand for people who left observation, so that no closed form of the unweighted literature fits. A
statistic is a mean over pairs of an event and a non-event; its variance is that of the sum of what each
person adds to it (DeLong's, for equal weights and persons of one entry each; Obuchowski's for clusters).
"""

from dataclasses import dataclass

import numpy as np

from thin_assets.domain.normal import NORMAL
from thin_assets.studies.risk.problems import Cases
from thin_assets.studies.risk.survival import CENSORED, EVENT

"""Of a 95 % interval."""


MOST_PAIRED = 2_000
"""Events that the C-index pairs with everybody: it costs their number times that of the entries."""


@dataclass(frozen=True)
class Estimate:
    """A value with its 95 % interval; None: not to be had from these entries."""

    value: float | None
    lower: float | None = None
    upper: float | None = None


def auroc(score: np.ndarray, cases: Cases) -> Estimate:
    """Probability that a person with the event has the higher score than one without; ties count half."""
    ill = cases.happened & (cases.weight > 0)
    well = ~cases.happened & (cases.weight > 0)
    if not (ill.any() and well.any()):
        return Estimate(None)
    below = _share_below(score[ill], score[well], cases.weight[well])
    above = 1 - _share_below(score[well], score[ill], cases.weight[ill])
    value = float(np.average(below, weights=cases.weight[ill]))
    adds = np.zeros(len(cases))
    adds[ill] = cases.weight[ill] * (below - value) / cases.weight[ill].sum()
    adds[well] = cases.weight[well] * (above - value) / cases.weight[well].sum()
    return on_logit(value, clustered_error(adds, cases.person))


def _share_below(score: np.ndarray, others: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Weighted share of others whose score is lower, those of the same score half."""
    order = np.argsort(others, kind="stable")
    total = np.concatenate([[0.0], np.cumsum(weight[order])])
    low, high = (np.searchsorted(others[order], score, side=side) for side in ("left", "right"))
    return (total[low] + total[high]) / 2 / total[-1]


def concordance(score: np.ndarray, cases: Cases) -> Estimate:
    """C-index up to the horizon: of two persons, the one who falls ill first has the higher score.

    Who died or had another cancer first never falls ill (Wolbers 2009); pairs are weighted for those who left
    observation (Uno 2011). Equal scores count half. Of more than 2,000 events so many are paired.
    """
    ill = np.flatnonzero(cases.happened & (cases.weight > 0))
    ill = (
        ill[np.unique(np.linspace(0, len(ill) - 1, MOST_PAIRED, dtype=int))]
        if len(ill) > MOST_PAIRED
        else ill
    )
    if not len(ill):
        return Estimate(None)
    days = np.where(
        (cases.outcome != CENSORED) & (cases.outcome != EVENT), np.iinfo(np.int64).max, cases.days
    )
    weight = cases.weight[ill] ** 2
    won, pairs = np.zeros(len(cases)), np.zeros(len(cases))
    own_won, own_pairs = np.zeros(len(ill)), np.zeros(len(ill))
    for place, one in enumerate(ill):
        later = (days > days[one]) | ((days == days[one]) & (cases.outcome == CENSORED))
        wins = np.where(score[one] > score, 1.0, np.where(score[one] == score, 0.5, 0.0)) * later
        won += weight[place] * wins
        pairs += weight[place] * later
        own_won[place], own_pairs[place] = weight[place] * wins.sum(), weight[place] * later.sum()
    if not own_pairs.sum():
        return Estimate(None)
    value = float(own_won.sum() / own_pairs.sum())
    adds = (won - value * pairs) / own_pairs.sum()
    adds[ill] += (own_won - value * own_pairs) / own_pairs.sum()
    return on_logit(value, clustered_error(adds, cases.person))


def average_precision(score: np.ndarray, cases: Cases) -> Estimate:
    """Area under precision and recall; the interval is Boyd's on the logit (ECML 2013), of events alone."""
    from sklearn.metrics import average_precision_score

    known = cases.weight > 0
    if not (cases.happened & known).any():
        return Estimate(None)
    value = float(
        average_precision_score(cases.happened[known], score[known], sample_weight=cases.weight[known])
    )
    return on_logit(value, float(np.sqrt(value * (1 - value) / cases.events)))


def clustered_error(adds: np.ndarray, cluster: np.ndarray) -> float:
    """Standard error of a sum whose parts go together within a cluster."""
    _, place = np.unique(cluster, return_inverse=True)
    return float(np.sqrt((np.bincount(place, weights=adds) ** 2).sum()))


def on_logit(value: float, error: float) -> Estimate:
    """A share with an interval that stays between 0 and 1; none where the share is 0 or 1."""
    if not 0 < value < 1:
        return Estimate(value)
    logit, reach = np.log(value / (1 - value)), NORMAL * error / (value * (1 - value))
    lower, upper = (1 / (1 + np.exp(-(logit + side * reach))) for side in (-1, 1))
    return Estimate(value, float(lower), float(upper))
