"""The conditional likelihood of a log odds ratio, for thousands of exposures at once.

In a set of n with k exposed, one of them the case, the case is exposed with the odds e^b k / (n - k). Over
all sets this is a logistic likelihood in one unknown, b, whose offsets are known: counts of sets are enough.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

Value = Callable[[np.ndarray], np.ndarray]
"""Value of a function at one point for each exposure."""

Slope = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
"""Value and derivative of a function at one point for each exposure."""

STEPS = 100
TOLERANCE = 1e-10


@dataclass(frozen=True)
class Likelihood:
    """J exposures over K offsets; each must have a set that tells something.

    sets      J x K
    offset    K, log odds of exposure in a set
    events    J, sets whose case is exposed
    """

    sets: np.ndarray
    offset: np.ndarray
    events: np.ndarray

    def only(self, rows: np.ndarray) -> "Likelihood":
        """The same of some exposures."""
        return Likelihood(self.sets[rows], self.offset, self.events[rows])

    @property
    def total(self) -> np.ndarray:
        """J, sets of each exposure."""
        return self.sets.sum(axis=1)

    def log(self, b: np.ndarray) -> np.ndarray:
        """Log-likelihood at b, less that at 0; its limit where b is infinite and all cases agree."""
        finite = np.where(np.isfinite(b), b, 0.0)
        grown = np.logaddexp(0, finite[:, None] + self.offset) - np.logaddexp(0, self.offset)
        inside = self.events * finite - _sum(self.sets, grown)
        surely = np.where(b > 0, _sum(self.sets, _softplus(-self.offset)), self.sets @ _softplus(self.offset))
        return np.where(np.isfinite(b), inside, surely)

    def score(self, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Derivative of the log-likelihood, and its own: less the information."""
        p = expit(b[:, None] + self.offset)
        return self.events - _sum(self.sets, p), -_sum(self.sets, p * (1 - p))

    def firth_score(self, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Derivative of the log-likelihood and half the log information, and its own (Firth 1993)."""
        p = expit(b[:, None] + self.offset)
        w = self.sets * (p * (1 - p))
        v, d, dd = w.sum(axis=1), _sum(w, 1 - 2 * p), _sum(w, 1 - 6 * p + 6 * p * p)
        return self.events - _sum(self.sets, p) + d / v / 2, -v + (dd / v - (d / v) ** 2) / 2

    def firth_log(self, b: np.ndarray) -> np.ndarray:
        """Log-likelihood at b with half the log information, less that at 0."""
        at_b, at_0 = (np.log(-self.score(x)[1]) for x in (b, np.zeros_like(b)))
        return self.log(b) + (at_b - at_0) / 2

    def between(self, events: np.ndarray, total: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Where b lies when `events` of `total` cases are expected to be exposed.

        Were all sets like the one with the fewest exposed, or the most, the answer would be a closed form.
        """
        with np.errstate(divide="ignore"):
            centre = np.log(events) - np.log(total - events)
        here = self.sets > 0
        most = np.where(here, self.offset, -np.inf).max(axis=1, initial=-np.inf)
        least = np.where(here, self.offset, np.inf).min(axis=1, initial=np.inf)
        return centre - most, centre - least


def root(
    f: Slope, low: np.ndarray, high: np.ndarray, start: np.ndarray, *, rising: bool = False
) -> np.ndarray:
    """Zero of a falling (or rising) function between two points: Newton, halving where it would leave them.

    The last step was below 1e-10 of the value; Newton being quadratic, its error is that of the arithmetic.
    """
    x, sign = start, -1.0 if rising else 1.0
    for _ in range(STEPS):
        with np.errstate(divide="ignore", invalid="ignore"):
            value, slope = f(x)
            low, high = np.where(sign * value > 0, x, low), np.where(sign * value <= 0, x, high)
            step = x - value / slope
        moved = np.where((step >= low) & (step <= high), step, (low + high) / 2)
        if (np.abs(moved - x) <= TOLERANCE * (1 + np.abs(x))).all():
            return moved
        x = moved
    return x


def beyond(log: Value, x: np.ndarray, target: np.ndarray, stride: np.ndarray) -> np.ndarray:
    """A point on the way from x, in growing strides, at which `log` is not above `target`."""
    for _ in range(STEPS):
        over = log(x) > target
        if not over.any():
            break
        x, stride = np.where(over, x + stride, x), np.where(over, 2 * stride, stride)
    return x


def _softplus(x: np.ndarray) -> np.ndarray:
    return np.logaddexp(0, x)


def _sum(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.einsum("jk,jk->j", a, np.broadcast_to(b, a.shape))
