"""What follows when people above a threshold are looked at: who is found, missed, and looked at in vain."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from thin_assets.studies.risk.problems import Cases


@dataclass(frozen=True)
class Threshold:
    """One way to choose whom to look at; numbers of persons are weighted for those who left observation.

    threshold      smallest risk that is chosen
    chosen         share of the entries that is
    net_benefit    true findings less false ones at the price that the threshold sets, by entry; beside it
                   that of looking at everybody
    """

    threshold: float
    chosen: float
    positives: float
    true_positives: float
    ppv: float | None
    sensitivity: float | None
    specificity: float | None
    npv: float | None
    assessed_per_case: float | None
    net_benefit: float | None
    net_benefit_all: float | None


def at_threshold(risk: np.ndarray, cases: Cases, threshold: float) -> Threshold:
    """Everybody whose risk is so high or higher."""
    return _chosen(risk >= threshold, cases, threshold)


def top_share(risk: np.ndarray, cases: Cases, share: float) -> Threshold:
    """The highest scores, so many that they are this share of the entries; of equal scores all or none."""
    most = max(1, int(np.floor(share * len(risk))))
    threshold = float(np.sort(risk)[::-1][most - 1])
    return _chosen(risk >= threshold, cases, threshold)


def thresholds(risk: np.ndarray, cases: Cases, values: tuple[float, ...]) -> Iterator[Threshold]:
    """A decision curve."""
    return (at_threshold(risk, cases, value) for value in values)


def _chosen(chosen: np.ndarray, cases: Cases, threshold: float) -> Threshold:
    weight, ill = cases.weight, cases.happened
    total, cases_all = weight.sum(), weight[ill].sum()
    positives, found = weight[chosen].sum(), weight[chosen & ill].sum()
    healthy = total - cases_all
    odds = threshold / (1 - threshold) if threshold < 1 else None
    return Threshold(
        threshold,
        float(chosen.mean()),
        float(positives),
        float(found),
        _share(found, positives),
        _share(found, cases_all),
        _share(healthy - (positives - found), healthy),
        _share(healthy - (positives - found), total - positives),
        _share(positives, found),
        None if odds is None else _share(found - (positives - found) * odds, total),
        None if odds is None else _share(cases_all - healthy * odds, total),
    )


def _share(part: float, whole: float) -> float | None:
    return float(part / whole) if whole > 0 else None
