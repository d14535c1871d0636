"""What of the exact tables is looked at: small numbers are kept back, and what would give them away."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from thin_assets.disclosure.survival import held_back
from thin_assets.domain.disclosure import complement, rate_is_shown
from thin_assets.pages import figures
from thin_assets.pages.figures import NOTHING, is_few
from thin_assets.pages.steps import Step


@dataclass(frozen=True)
class Day:
    """A curve on one day of the grid."""

    day: int
    at_risk: int
    events: int
    share: float
    low: float
    high: float


def days_of(rows: pl.DataFrame, events: str, share: str) -> list[Day]:
    """Days of a curve from a table that has it, in order."""
    names = ("day", "at_risk", events, share, f"{share}_lower", f"{share}_upper")
    return [Day(*row) for row in rows.sort("day").select(names).iter_rows()]


def shown_days(days: Sequence[Day]) -> Iterator[tuple[int, Day, Day]]:
    """Number of each day that may be shown, the day whose curve is shown, the one whose number at risk is."""
    if not days:
        return
    nothing_yet = float(round(days[0].share))  # a curve that rises begins at 0, one that falls at 1
    begin = Day(0, days[0].at_risk, 0, nothing_yet, nothing_yet, nothing_yet)
    for day, step, left in held_back(days, begin):
        yield day.day, step, left


def steps_of(days: Sequence[Day]) -> list[Step]:
    """Steps of a curve, as far as they may be shown."""
    return [Step(day, step.share, step.low, step.high) for day, step, _ in shown_days(days)]


def followed(days: Sequence[Day], every: int) -> dict[float, str]:
    """Persons at risk at some days of the grid, as far as they may be shown."""
    return {day: figures.count(left.at_risk) for day, _, left in shown_days(days) if day % every == 0}


def parts(counts: Mapping[tuple, int], *groups: Callable[[tuple], object]) -> dict[tuple, int | None]:
    """Counts whose totals are known; None where one is small, or would tell a small one.

    groups    what is added up: for each, the total of every value that it takes is known
    """
    few = {key for key, count in counts.items() if is_few(count)}
    totals: dict[tuple, int] = {}
    sums = []
    for number, group in enumerate(groups):
        for value in dict.fromkeys(map(group, counts)):
            inside = [key for key in counts if group(key) == value]
            totals["total", number, value] = sum(counts[key] for key in inside)
            sums.append((("total", number, value), inside))
    hidden = complement(dict(counts) | totals, few, sums)
    return {key: None if key in hidden else count for key, count in counts.items()}


def ended(counts: Mapping[int, int], persons: int, first: int) -> dict[int, int | None]:
    """Therapies that have ended, by gap; None where few have not, or few end by one gap and not by another.

    first    gap that is told where two are too near
    """
    told: dict[int, int | None] = {}
    for gap in sorted(counts, key=lambda gap: (gap != first, gap)):
        others = [persons, *(one for one in told.values() if one is not None)]
        near = any(is_few(abs(one - counts[gap])) for one in others)
        told[gap] = None if near else counts[gap]
    return told


def estimate(row: Mapping | None, told: Callable[[float], str]) -> str:
    """A value with its interval, where it rests on enough."""
    if row is None or not rate_is_shown(row["ended"], row["persons"]) or row["value"] is None:
        return NOTHING
    ends = [NOTHING if row[end] is None else told(row[end]) for end in ("lower", "upper")]
    return f"{told(row['value'])} ({ends[0]} to {ends[1]})"


def short(row: Mapping | None, told: Callable[[float], str]) -> str:
    """A value without its interval, where it rests on enough."""
    return estimate(row, told).partition(" (")[0]
