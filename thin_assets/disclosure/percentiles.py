"""Percentiles of persons: shown only where enough lie beyond, for an extreme is somebody's own value."""

from collections.abc import Iterable, Sequence

from thin_assets.domain.disclosure import LOWEST_LIMIT, SMALLEST_SHOWN


def shown_percentiles(
    values: Iterable[float], levels: Sequence[float], *, limit: int = SMALLEST_SHOWN
) -> dict[float, float | None]:
    """The mean of the values around each percentile, or None where fewer than `limit` lie on either side.

    values     one per person
    levels     from 0 to 1; the smallest and the largest value, 0 and 1, are never shown
    returns    by level: the mean of the `limit` values nearest in rank, so that no value is one person's
    >>> shown_percentiles(range(100), [0.5, 0.95])
    {0.5: 49.5, 0.95: None}
    """
    if limit < LOWEST_LIMIT:
        raise ValueError(f"a limit below {LOWEST_LIMIT} shows too little a group")
    ordered = sorted(values)
    return {level: _around(ordered, level, limit) for level in levels}


def _around(ordered: list[float], level: float, limit: int) -> float | None:
    middle = level * len(ordered)
    first = round(middle - limit / 2)
    last = first + limit
    if middle < limit or len(ordered) - middle < limit:
        return None
    return sum(ordered[first:last]) / limit
