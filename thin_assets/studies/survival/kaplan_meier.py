"""Survival by Kaplan and Meier, with intervals, quantiles and restricted means."""

from dataclasses import dataclass

import numpy as np

from thin_assets.domain.normal import NORMAL
from thin_assets.studies.survival.follow_up import at_risk, by_day, last_day

Estimate = tuple[float | None, float | None, float | None]
"""Value, lower and upper end of its 95 % interval; None where it is not reached."""


@dataclass(frozen=True)
class Curve:
    """A survival curve, one element a day from 0 on.

    at_risk     persons followed until the day or longer
    events      events on the day
    survival    share without the event at the end of the day
    spread      Greenwood's sum: the variance of log survival
    """

    at_risk: np.ndarray
    events: np.ndarray
    survival: np.ndarray
    spread: np.ndarray

    def at(self, day: int) -> Estimate:
        """Survival at the end of a day; None after the last day of which anybody was followed."""
        if day >= len(self.survival) or not self.at_risk[0]:
            return None, None, None
        lower, upper = self.interval
        return float(self.survival[day]), float(lower[day]), float(upper[day])

    @property
    def interval(self) -> tuple[np.ndarray, np.ndarray]:
        """Ends of the 95 % interval of each day, on the scale of log minus log."""
        inside = (self.survival > 0) & (self.survival < 1)
        known = np.where(inside, self.survival, 0.5)
        half = NORMAL * np.sqrt(np.where(inside, self.spread, 0.0)) / np.abs(np.log(known))
        ends = (known ** np.exp(half), known ** np.exp(-half))
        lower, upper = (np.where(inside, end, self.survival) for end in ends)
        return lower, upper

    def day_of(self, share: float) -> Estimate:
        """First day on which survival is at or below a share: 0.5 for the median (Brookmeyer and Crowley)."""
        lower, upper = self.interval
        return tuple(_first(curve, share) for curve in (self.survival, lower, upper))

    def restricted_mean(self, until: int) -> Estimate:
        """Mean days without the event within `until` days; None where nobody was followed so long."""
        if until >= len(self.survival):
            return None, None, None
        area = np.cumsum(self.survival[:until][::-1])[::-1]  # days without the event from each day on
        mean = float(area[0])
        deaths, risk = self.events[:until], self.at_risk[:until]
        terms = area**2 * deaths / np.maximum(risk * (risk - deaths), 1)  # the event of a day comes before it
        half = NORMAL * float(np.sqrt(terms[risk > deaths].sum()))
        return mean, mean - half, mean + half


def kaplan_meier(days: np.ndarray, events: np.ndarray) -> Curve:
    """The curve of persons followed for so many days.

    days      whole days of follow-up
    events    whether follow-up ended with the event
    """
    last = last_day(days)
    risk, happened = at_risk(days, last=last), by_day(days, events, last=last)
    kept = 1 - happened / np.maximum(risk, 1)
    terms = happened / np.maximum(risk * (risk - happened), 1)
    return Curve(risk, happened, np.cumprod(kept), np.cumsum(np.where(risk > happened, terms, 0.0)))


def _first(curve: np.ndarray, share: float) -> float | None:
    below = np.flatnonzero(curve <= share + 1e-12)
    return float(below[0]) if len(below) else None
