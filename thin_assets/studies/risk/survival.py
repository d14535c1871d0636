"""Follow-up that ends before it is asked about: weights for those who stayed, and risks that compete."""

import numpy as np

from thin_assets.studies.survival.competing import incidence

CENSORED, EVENT, DEATH, OTHER_CANCER = 0, 1, 2, 3
"""How follow-up of an entry ended. Whoever dies, or has another cancer first, will have no first cancer of
the site: both compete with it."""


def censoring_weights(days: np.ndarray, outcome: np.ndarray, horizon: np.ndarray) -> np.ndarray:
    """Inverse probability of having stayed in observation, for entries whose outcome at the horizon is known.

    days       on which follow-up ended, from 1; who is censored was seen all of that day
    outcome    how it ended
    horizon    last day that is asked about
    returns    0 for who left before: those who stayed as long stand for them

    Censoring is by Kaplan-Meier, the same for everybody: it must not depend on the risk.
    """
    ended = np.minimum(days, horizon)
    lost = (outcome == CENSORED) & (days < horizon)
    stayed = _stayed(ended, lost)
    return np.where(lost, 0.0, 1.0 / stayed[ended])


def _stayed(ended: np.ndarray, lost: np.ndarray) -> np.ndarray:
    """Probability to be seen on a day, by day: nobody was lost on an earlier one.

    Whoever has an event on a day is no longer at risk of being lost at its end.
    """
    last = int(ended.max(initial=0))
    leaving = np.bincount(ended[lost], minlength=last + 1)
    all_ends = np.bincount(ended, minlength=last + 1)
    at_risk = len(ended) - np.cumsum(all_ends) + leaving  # at the end of the day, after its events
    kept = np.where(at_risk > 0, 1 - leaving / np.maximum(at_risk, 1), 1.0)
    return np.concatenate([[1.0], np.cumprod(kept)[:-1]])


def cumulative_incidence(
    days: np.ndarray, outcome: np.ndarray, at: int, *, cause: int = EVENT
) -> float | None:
    """Risk of a cause up to a day by Aalen and Johansen: others that compete keep it from happening.

    Events of a day come before censoring of the same day. None where nobody is there.
    """
    if not len(days):
        return None
    risk = incidence(days, outcome, cause).risk
    return float(risk[min(at, len(risk) - 1)])
