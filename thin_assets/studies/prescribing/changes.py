"""Where a monthly series changes its level: binary segmentation of Poisson rates.

A series is cut where two levels explain it best, again within each part, as long as the gain in deviance,
over the dispersion of the series, is above 3 ln(months): the penalty of the modified BIC (Zhang and Siegmund
2007), as in the R package changepoint (`MBIC`). No level is shorter than three months.

Dispersion: people with repeat prescriptions make months alike or unlike each other beyond chance. It comes
from the differences of neighbouring months, on the square-root scale where a count has the same variance
whatever its size, as the mean of their squares without the largest tenth: a step is one of many differences,
and does not hide itself. At least 1.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import polars as pl

from thin_assets.studies.prescribing.measures import DAYS_PER_MONTH

SHORTEST = 3
"""Months of a level at least."""

FEWEST_PER_MONTH = 5
"""Events of an average month, below which a series is not looked at."""

FALSE_POSITIVES = 0.011
"""Share of flat series of 24 independent Poisson months that are cut, as simulated; a test holds it."""

COUNTED = ("users", "incident_users", "prescriptions")
TRIMMED = 0.1
"""Share of the differences, the largest, that tell nothing of the dispersion."""


@dataclass(frozen=True)
class Series:
    """Events and time observed of months in a row.

    events    counts, from oldest to newest
    time      time observed, above 0
    """

    events: np.ndarray
    time: np.ndarray

    @property
    def dispersion(self) -> float:
        """Variance of a month given the one before, over that of Poisson; at least 1."""
        root = 2 * np.sqrt(self.events / self.time)
        squares = np.sort(np.diff(root) ** 2 / (1 / self.time[1:] + 1 / self.time[:-1]))
        kept = len(squares) - round(TRIMMED * len(squares))
        return max(1.0, float(squares[:kept].mean()) / _trimmed_mean(kept / len(squares)))

    def gains(self, start: int, stop: int) -> np.ndarray:
        """Gain in deviance of a cut before each month of a part; nothing where a level would be too short."""
        events, time = np.cumsum(self.events[start:stop]), np.cumsum(self.time[start:stop])
        first, first_time = events[:-1], time[:-1]
        rest, rest_time = events[-1] - first, time[-1] - first_time
        gain = 2 * (
            _likelihood(first, first_time)
            + _likelihood(rest, rest_time)
            - _likelihood(events[-1:], time[-1:])
        )
        places = np.arange(1, stop - start)
        return np.where((places >= SHORTEST) & (stop - start - places >= SHORTEST), gain, -np.inf)


def _likelihood(events: np.ndarray, time: np.ndarray) -> np.ndarray:
    """Log likelihood of Poisson at its best rate, but for what no rate changes."""
    safe = np.maximum(events, 1e-300)
    return np.where(events > 0, events * np.log(safe / time), 0.0)


def _trimmed_mean(share: float) -> float:
    """Mean of the lowest share of squares of standard normal values.

    >>> round(_trimmed_mean(1.0), 3), round(_trimmed_mean(0.9), 3)
    (1.0, 0.623)
    """
    if share == 1:
        return 1.0
    normal = NormalDist()
    edge = normal.inv_cdf((1 + share) / 2)
    return (share - 2 * edge * normal.pdf(edge)) / share


def penalty(months: int) -> float:
    """What a cut must gain, over the dispersion.

    >>> round(penalty(24), 2)
    9.53
    """
    return 3 * float(np.log(months))


def cuts(series: Series) -> list[tuple[int, float]]:
    """Months before which the level changes, with the gain over the dispersion; in order of time."""
    found = _cuts(series, 0, len(series.events), series.dispersion)
    return sorted(found)


def _cuts(series: Series, start: int, stop: int, dispersion: float) -> Iterator[tuple[int, float]]:
    if stop - start < 2 * SHORTEST:
        return
    gains = series.gains(start, stop) / dispersion
    best = int(np.argmax(gains))
    if gains[best] <= penalty(len(series.events)):
        return
    place = start + best + 1
    yield place, float(gains[best])
    yield from _cuts(series, start, place, dispersion)
    yield from _cuts(series, place, stop, dispersion)


def find_changes(prescribing: pl.DataFrame, person_days: pl.DataFrame) -> pl.DataFrame:
    """As `contract.Change`: users, incident users and prescriptions of every class, all ages and sexes.

    prescribing, person_days    as `contract.Prescribing` and `contract.PersonDays`; incident users are held
                                against days whose washout was observed
    """
    total = {"sex": "all", "age_band": "all"}
    months = person_days.filter(**total).sort("month").filter(pl.col("person_days_washed") > 0)
    rows = months.select(pl.int_range(pl.len()).alias("place"), "month").join(
        prescribing.filter(**total), on="month"
    )
    of_class = rows.sort(*_KEYS, "month").group_by(*_KEYS, maintain_order=True).agg("place", *COUNTED)
    found = [row for one in of_class.iter_rows(named=True) for row in _of_class(one, months)]
    return pl.DataFrame(found, schema=_SCHEMA, orient="row")


def _of_class(one: dict, months: pl.DataFrame) -> Iterator[tuple]:
    for counted in COUNTED:
        days = "person_days_washed" if counted == "incident_users" else "person_days"
        events = np.zeros(months.height)
        events[one["place"]] = one[counted]
        series = Series(events, months[days].to_numpy() / DAYS_PER_MONTH / 1000)
        yield from _told((*(one[key] for key in _KEYS), counted), series, months["month"].to_list())


def _told(key: tuple, series: Series, months: list) -> Iterator[tuple]:
    events = int(series.events.sum())
    if len(months) < 2 * SHORTEST or events < FEWEST_PER_MONTH * len(months):
        yield (*key, None, events, 1.0, None, None, None)
        return
    found, dispersion = cuts(series), round(series.dispersion, 4)
    if not found:
        largest = series.gains(0, len(months)).max() / series.dispersion
        yield (*key, None, events, dispersion, round(max(float(largest), 0.0), 4), None, None)
    edges = [0, *(place for place, _ in found), len(months)]
    for number, (place, gain) in enumerate(found):
        before, after = (
            round(float(series.events[low:high].sum() / series.time[low:high].sum()), 4)
            for low, high in ((edges[number], place), (place, edges[number + 2]))
        )
        yield (*key, months[place], events, dispersion, round(gain, 4), before, after)


_KEYS = ("record_kind", "level", "class_code", "class_name")
_SCHEMA = {
    **dict.fromkeys((*_KEYS, "counted"), pl.String),
    "month": pl.Date,
    "events": pl.Int64,
    **dict.fromkeys(("dispersion", "statistic", "rate_before", "rate_after"), pl.Float64),
}
