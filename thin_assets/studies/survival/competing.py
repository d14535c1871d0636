"""Risks that compete: how likely each cause has ended follow-up by a day (Aalen and Johansen)."""

from dataclasses import dataclass

import numpy as np

from thin_assets.domain.normal import NORMAL
from thin_assets.studies.survival.follow_up import at_risk, by_day, last_day
from thin_assets.studies.survival.kaplan_meier import Estimate

CENSORED, NEARLY = 0, 1e-9


@dataclass(frozen=True)
class Incidence:
    """Cumulative incidence of one cause, one element a day from 0 on, with its variance (delta method)."""

    risk: np.ndarray
    variance: np.ndarray

    def at(self, day: int) -> Estimate:
        """Risk by the end of a day, on the scale of log minus log; None where nobody was followed so long."""
        if day >= len(self.risk):
            return None, None, None
        risk = float(self.risk[day])
        if not NEARLY < risk < 1 - NEARLY:  # there is no scale of log minus log at its ends
            return risk, risk, risk
        half = NORMAL * float(np.sqrt(self.variance[day])) / abs(risk * np.log(risk))
        return risk, float(risk ** np.exp(half)), float(risk ** np.exp(-half))


def incidence(days: np.ndarray, causes: np.ndarray, cause: int) -> Incidence:
    """Cumulative incidence of one cause where others keep it from happening.

    days      whole days of follow-up
    causes    how it ended: CENSORED, or a number for each cause
    """
    last = last_day(days)
    risk = np.maximum(at_risk(days, last=last), 1)
    any_cause, mine = (by_day(days, which, last=last) for which in (causes != CENSORED, causes == cause))
    free = np.concatenate([[1.0], np.cumprod(1 - any_cause / risk)[:-1]])
    found = np.minimum(np.cumsum(free * mine / risk), 1.0)  # sums of shares may end a hair above
    return Incidence(found, _variance(found, free, risk, any_cause, mine))


def _variance(
    found: np.ndarray, free: np.ndarray, risk: np.ndarray, any_cause: np.ndarray, mine: np.ndarray
) -> np.ndarray:
    """Sums over days d until t of (F(t) - F(d)) to the powers 2, 0 and 1, each with weights of its own.

    Source    Marubini and Valsecchi 1995, Analysing Survival Data from Clinical Trials, formula 10.12.
    """
    left = np.where(risk > any_cause, risk - any_cause, 1)
    first = np.where(risk > any_cause, any_cause / (risk * left), 0.0)
    second = free**2 * (risk - mine) * mine / risk**3
    third = free * mine / risk**2
    ones, linear, squares = (np.cumsum(first * found**power) for power in (0, 1, 2))
    crossed, times = np.cumsum(third), np.cumsum(third * found)
    spread = found**2 * ones - 2 * found * linear + squares
    return np.maximum(spread + np.cumsum(second) - 2 * (found * crossed - times), 0.0)
