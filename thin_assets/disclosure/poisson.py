"""The exact interval of a Poisson count, from its definition and with the standard library alone."""

import math
from collections.abc import Callable

_STEPS = 60


def exact_interval(count: int, *, level: float = 0.95) -> tuple[float, float]:
    """Garwood's interval: the means under which a count this low, or this high, is just not too rare.

    >>> [round(end, 3) for end in exact_interval(10)]
    [4.795, 18.39]
    """
    tail = (1 - level) / 2
    ceiling = count + 10 * math.sqrt(count + 1) + 20
    lower = _solve(lambda mean: 1 - cumulative(count - 1, mean) < tail, 0.0, ceiling) if count else 0.0
    return lower, _solve(lambda mean: cumulative(count, mean) > tail, 0.0, ceiling)


def cumulative(count: int, mean: float) -> float:
    """Probability of at most `count` events where `mean` are expected."""
    if count < 0:
        return 0.0
    if mean == 0:
        return 1.0
    terms = (math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) for k in range(count + 1))
    return math.fsum(terms)


def _solve(is_below: Callable[[float], bool], low: float, high: float) -> float:
    """The point at which a condition stops to hold, by bisection."""
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if is_below(middle) else (low, middle)
    return (low + high) / 2
