"""Aggregates small enough to read, and what somebody can tell who sees nothing but what is published.

The attacker here is written apart from the engine: it knows published rows and the published rules.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import product as every

import numpy as np
import polars as pl
from scipy.optimize import linprog

from thin_assets.published.declared.disclosure import Disclosure
from thin_assets.published.declared.product import Product

Key = tuple[str, ...]
Range = tuple[float, float]
Sums = Sequence[tuple[object, Sequence[object]]]
LIMIT, BASE = 10, 5


def aggregate(dimensions: Sequence[str | dict] = ("row", "column"), **told: object) -> Product:
    """A product that counts `persons` by dimensions, by name or as declared."""
    rules = {
        "dimensions": [{"name": one} if isinstance(one, str) else one for one in dimensions],
        "counts": [{"column": "persons"}],
    }
    return Product(
        name="a_table",
        title="A table",
        version="1.0.0",
        kind="aggregate",
        zone="published",
        owner="team:tests",
        purpose="tests",
        description="a table",
        grain="one row per cell",
        source="studies/a_table",
        retention_months=1,
        ready_within_days=1,
        disclosure=Disclosure.model_validate(rules | told),
    )


def cells(counts: Mapping[Key, int], dimensions: Sequence[str] = ("row", "column")) -> pl.DataFrame:
    """Exact rows of persons by key."""
    schema = dict.fromkeys(dimensions, pl.String) | {"persons": pl.Int64}
    return pl.DataFrame([(*key, count) for key, count in counts.items()], schema=schema, orient="row")


def shown(rows: pl.DataFrame, dimensions: Sequence[str] = ("row", "column"), column: str = "persons") -> dict:
    """What is published of each cell; None where it is kept back."""
    return {tuple(key): value for *key, value in rows.select(*dimensions, column).iter_rows()}


def with_totals(counts: Mapping[Key, int]) -> dict[Key, int]:
    """Exact counts of every cell and every total."""
    found: dict[Key, int] = {}
    for key, count in counts.items():
        for total in every(*((value, "all") for value in key)):
            found[total] = found.get(total, 0) + count
    return found


def sums_of(keys: Iterable[Key]) -> list[tuple[Key, list[Key]]]:
    """Which cells add up to which, from their names alone."""
    there = sorted(keys)
    found = []
    for key in there:
        for place, value in enumerate(key):
            if value == "all":
                rest = (key[:place], key[place + 1 :])
                parts = [
                    one for one in there if (one[:place], one[place + 1 :]) == rest and one[place] != "all"
                ]
                if parts:
                    found.append((key, parts))
    return found


def before_rounding(number: float | None, *, base: int = BASE, drift: int = 0) -> Range:
    """What a published count of persons may have been; `drift`: it may be one of a month before."""
    if number is None:
        return 0.0, np.inf
    if number == 0:
        return 0.0, 0.0 + drift
    half = base // 2
    return max(number - half, LIMIT) - drift, number + half + drift


def solve(ranges: Mapping[object, Range], sums: Sums, at_most: Sums = ()) -> dict[object, Range]:
    """Smallest and largest value of every cell, given that of all, the sums, and what is at most a sum."""
    place = {cell: number for number, cell in enumerate(ranges)}
    equal = np.zeros((len(sums), len(place)))
    for row, (total, parts) in enumerate(sums):
        equal[row, place[total]] = -1
        equal[row, [place[part] for part in parts]] = 1
    less = np.zeros((len(at_most), len(place)))
    for row, (one, parts) in enumerate(at_most):
        less[row, place[one]] = 1
        less[row, [place[part] for part in parts]] = -1
    known = {"A_eq": equal, "b_eq": np.zeros(len(sums))} if len(sums) else {}
    known |= {"A_ub": less, "b_ub": np.zeros(len(at_most))} if len(at_most) else {}
    return {cell: tuple(_end(sign, place[cell], ranges, known) for sign in (1, -1)) for cell in ranges}


def _end(sign: int, place: int, ranges: Mapping[object, Range], known: dict) -> float:
    aim = np.zeros(len(ranges))
    aim[place] = sign
    found = linprog(aim, bounds=list(ranges.values()), method="highs", **known)
    if found.status == 3:  # unbounded
        return -sign * np.inf
    assert found.status == 0, found.message
    return sign * found.fun


def attack(published: Mapping[Key, int | None], *, base: int = BASE) -> dict[Key, Range]:
    """What can be told of every hidden cell of a table with totals."""
    ranges = {key: before_rounding(number, base=base) for key, number in published.items()}
    found = solve(ranges, sums_of(published))
    return {key: found[key] for key, number in published.items() if number is None}


def pinned(found: Mapping[object, Range], *, limit: int = LIMIT) -> dict[object, Range]:
    """Cells that are known to be one of fewer than ten numbers."""
    return {cell: (low, high) for cell, (low, high) in found.items() if values_between(low, high) < limit}


def values_between(low: float, high: float) -> float:
    """Whole numbers from one end of a range to the other.

    >>> values_between(0.2, 4), values_between(0, float("inf"))
    (4.0, inf)
    """
    return np.floor(high + 1e-6) - np.ceil(low - 1e-6) + 1
