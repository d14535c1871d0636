"""Kaplan-Meier curves in which no step counts few persons.

An exact curve drops at every event: a step with the number at risk tells how many had it, and when.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from thin_assets.disclosure.table import rounded
from thin_assets.domain.disclosure import LOWEST_LIMIT, SMALLEST_SHOWN

GRID_DAYS = 30


@dataclass(frozen=True)
class Point:
    """A curve on one day of the grid.

    at_risk     persons still followed, to the nearest multiple of the base
    survival    share without the event by the end of this day, to three places
    """

    day: int
    at_risk: int
    survival: float


class Exact(Protocol):
    """A curve as it is on one day of the grid: persons still followed, and events since its start."""

    at_risk: int
    events: int


OneDay = TypeVar("OneDay", bound=Exact)


@dataclass(frozen=True)
class _Exact:
    """What a Kaplan-Meier curve is on one day of the grid."""

    day: int
    at_risk: int
    survival: float
    events: int


def shown_curve(
    days: Sequence[int],
    events: Sequence[bool],
    *,
    until: int,
    limit: int = SMALLEST_SHOWN,
    base: int = 5,
    grid_days: int = GRID_DAYS,
) -> list[Point]:
    """A Kaplan-Meier curve on a fixed grid, cut before fewer than `limit` persons are at risk.

    days       follow-up of each person from the index date, in days
    events     whether it ended with the event
    until      last day of the grid that is asked for
    returns    one point per grid day from day 0; empty where fewer than `limit` begin. The curve goes down
               once `limit` events have gathered since it last did, the number at risk once as many have left
    """
    exact = _exact_curve(days, events, until, grid_days)
    begin = _Exact(0, len(days), 1.0, 0)
    return [
        Point(day.day, rounded(left.at_risk, base), round(step.survival, 3))
        for day, step, left in held_back(exact, begin, limit=limit)
    ]


def held_back(
    curve: Iterable[OneDay], begin: OneDay, *, limit: int = SMALLEST_SHOWN
) -> Iterator[tuple[OneDay, OneDay, OneDay]]:
    """Each day of a curve with the day whose curve is shown instead, and the one whose number at risk is.

    begin    the curve before anything has happened

    It ends before fewer than `limit` persons are at risk. Raises ValueError for a limit that shows too little
    a group.
    """
    if limit < LOWEST_LIMIT:
        raise ValueError(f"a limit below {LOWEST_LIMIT} shows too little a group")
    step = left = begin
    for day in curve:
        if day.at_risk < limit:
            return
        if day.events - step.events >= limit:
            step = day
        if left.at_risk - day.at_risk >= limit:
            left = day
        yield day, step, left


def _exact_curve(days: Sequence[int], events: Sequence[bool], until: int, grid_days: int) -> Iterator[_Exact]:
    """The curve on each day of the grid; persons whose last day it is are still at risk then."""
    followed = sorted(zip(days, events, strict=True))
    survival, happened, place = 1.0, 0, 0
    for day in range(0, until + 1, grid_days):
        at_risk = sum(one >= day for one, _ in followed)
        while place < len(followed) and followed[place][0] <= day:
            today = followed[place][0]
            same_day = [had for one, had in followed[place:] if one == today]
            survival *= 1 - sum(same_day) / (len(followed) - place)
            happened, place = happened + sum(same_day), place + len(same_day)
        yield _Exact(day, at_risk, survival, happened)
