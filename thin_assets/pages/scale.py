"""From values to places on a drawing, and the round numbers that stand on an axis."""

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """A straight scale: `low` stands at `start`, `high` at `stop`."""

    low: float
    high: float
    start: float
    stop: float

    def __call__(self, value: float) -> float:
        """Where a value stands; the middle, where all values are one."""
        if self.high == self.low:
            return (self.start + self.stop) / 2
        return self.start + (value - self.low) / (self.high - self.low) * (self.stop - self.start)


def ticks(low: float, high: float, about: int = 4) -> list[float]:
    """Round numbers from low to high: steps of 1, 2 or 5 times a power of ten.

    >>> ticks(0, 93), ticks(0, 0.37)
    ([0, 20, 40, 60, 80], [0, 0.1, 0.2, 0.3])
    """
    if high <= low:
        return [low]
    rough = (high - low) / about
    power = 10 ** math.floor(math.log10(rough))
    step = next(times * power for times in (1, 2, 5, 10) if times * power >= rough * 0.8)
    first = math.ceil(low / step)
    return [_clean(number * step) for number in range(first, math.floor(high / step + 1e-9) + 1)]


def _clean(value: float) -> float:
    rounded = round(value, 10)
    return int(rounded) if rounded == int(rounded) else rounded


def top(values: Sequence[float | None]) -> float:
    """The largest of the values that are there; 1 where there is none above 0."""
    return max((value for value in values if value), default=0) or 1


def short(value: float) -> str:
    """A number on an axis.

    >>> [short(value) for value in (0, 0.25, 950, 1500, 20000, 3000000)]
    ['0', '0.25', '950', '1.5k', '20k', '3M']
    """
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:.3g}{letter}"
    return f"{value:.3g}"
