"""Profiles made by hand, for tests of what a page says about them."""

import polars as pl

from thin_assets.domain.snapshot import Snapshot
from thin_assets.evidence.contract import AchillesResults, AchillesResultsDist
from thin_assets.evidence.counting import STRATA
from thin_assets.evidence.reading import Reading

Counts = dict[tuple, int]
"""Count by analysis id and strata: `{(400, 317009): 55}`."""

_TYPES = {"analysis_id": pl.Int32, **dict.fromkeys(STRATA, pl.String)}
PERCENTILES = ("median_value", "p10_value", "p25_value", "p75_value", "p90_value")


def reading(
    counts: Counts, medians: dict[tuple, float] | None = None, *, country: str = "GB", month: str = "2024-03"
) -> Reading:
    """A profile with these counts; medians give distributions of a hundred rows around them."""
    results = pl.DataFrame(
        [(*_padded(key), count) for key, count in counts.items()],
        schema=_TYPES | {"count_value": pl.Int64},
        orient="row",
    )
    spreads = pl.DataFrame(
        [_around(key, median) for key, median in (medians or {}).items()],
        schema=_TYPES
        | {"count_value": pl.Int64}
        | dict.fromkeys(("min_value", "max_value", "avg_value", "stdev_value", *PERCENTILES), pl.Float64),
        orient="row",
    )
    AchillesResults.validate(results)
    AchillesResultsDist.validate(spreads)
    build = f"build-of-{country}-{month}".lower()
    return Reading(Snapshot.named(country, month), build, "demo", results, spreads)


def _padded(key: tuple) -> tuple:
    analysis_id, *strata = key
    return (analysis_id, *map(str, strata), *[None] * (len(STRATA) - len(strata)))


def _around(key: tuple, median: float) -> tuple:
    low, high = median - 4, median + 4
    return (
        *_padded(key),
        100,
        low,
        high,
        median,
        1.5,
        median,
        median - 3,
        median - 1,
        median + 1,
        median + 3,
    )


def monthly(analysis_id: int, table: str, months: list[int], each: int) -> Counts:
    """The same count of one table in every month."""
    return {(analysis_id, table, month): each for month in months}


MONTHS_BEFORE = [year * 100 + month for year in (2022, 2023) for month in range(1, 13)] + [202401, 202402]
MONTHS = [*MONTHS_BEFORE, 202403]


def observed(months: list[int], persons: int) -> Counts:
    """So many persons, observed on every day of the months."""
    return {(1,): persons} | {
        key: count
        for month in months
        for key, count in {(117, month): persons, (9007, month): persons * 30}.items()
    }
