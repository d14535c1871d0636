"""Rates as they would be in a population of standard ages, half of it women.

Standard    European Standard Population 2013 (Eurostat, Revision of the European Standard Population, 2013)
Interval    Fay and Feuer 1997 (Stat Med 16:791-801): gamma, exact where one stratum is all; also for few
            events
"""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

import polars as pl

Estimate = tuple[float, float, float]
"""A number with the lower and upper end of its 95 % interval."""


@cache
def _standard() -> tuple[tuple[int, int, int], ...]:
    path = files(__package__).joinpath("european_standard_population_2013.csv")
    return tuple(pl.read_csv(path.read_bytes()).iter_rows())


def weights(bands: Mapping[str, tuple[int, int]]) -> dict[str, float] | None:
    """Persons of the standard in each band of age, by name.

    None where a band holds a part of one of the standard's bands: nobody knows how many persons that is.
    >>> weights({"0-9": (0, 9), "90+": (90, 150)})
    {'0-9': 10500.0, '90+': 1000.0}
    """
    found = dict.fromkeys(bands, 0.0)
    for low, high, persons in _standard():
        for name, (youngest, oldest) in bands.items():
            if youngest <= low and high <= oldest:
                found[name] += persons
            elif youngest <= high and low <= oldest:
                return None
    return found


def standardised(strata: Sequence[tuple[float, float, float]]) -> Estimate | None:
    """Events for time (or persons) of each stratum, weighted; None where a stratum has no time.

    strata    events, time and weight of each; weights need not add up to anything
    >>> [round(1000 * end, 2) for end in standardised([(10, 1000, 1)])]
    [10.0, 4.8, 18.39]
    """
    whole = sum(weight for _, _, weight in strata)
    if not whole or any(time <= 0 for _, time, _ in strata):
        return None
    per_event = [(events, weight / whole / time) for events, time, weight in strata]
    rate = sum(events * each for events, each in per_event)
    variance = sum(events * each * each for events, each in per_event)
    return (rate, *_fay_feuer(rate, variance, max(each for _, each in per_event)))


def _fay_feuer(rate: float, variance: float, largest: float, level: float = 0.95) -> tuple[float, float]:
    from scipy.special import gammaincinv  # heavy; a quantile of the gamma distribution

    tail = (1 - level) / 2
    lower = variance / rate * float(gammaincinv(rate**2 / variance, tail)) if rate else 0.0
    upper_rate, upper_variance = rate + largest, variance + largest**2
    upper = upper_variance / upper_rate * float(gammaincinv(upper_rate**2 / upper_variance, 1 - tail))
    return lower, upper
