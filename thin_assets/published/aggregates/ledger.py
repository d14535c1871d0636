"""What was told of each cell, and what it was: kept in the lake, so that the next table can be compared.

It holds exact counts: it is for the restricted zone, and no part of a product.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import polars as pl

from thin_assets.published.aggregates.cube import Cell
from thin_assets.published.declared.disclosure import Disclosure, Shared

NUMBERS = {"measure": pl.String, "exact": pl.Float64, "shown": pl.Float64, "reason": pl.String}


@dataclass(frozen=True)
class Told:
    """What was decided of a cell.

    exact     its value when it was decided
    shown     what is shown since then; None: nothing
    reason    why nothing is
    """

    exact: float
    shown: float | None
    reason: str | None = None


Ledger = Mapping[tuple, Mapping[Cell, Told]]
"""Decisions by block and cell."""


def to_frame(ledger: Ledger, rules: Disclosure) -> pl.DataFrame:
    """One row per cell; the parts of the table and the dimensions as text."""
    names = [*rules.by, *(one.name for one in rules.dimensions)]
    rows = [
        (*map(str, by), *key, column, told.exact, told.shown, told.reason)
        for by, cells in ledger.items()
        for (column, key), told in cells.items()
    ]
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String) | NUMBERS, orient="row").sort(
        *names, "measure"
    )


def from_frame(frame: pl.DataFrame, rules: Disclosure) -> Ledger:
    """The decisions of a frame that `to_frame` made of a table that is split and counted like this one."""
    split = len(rules.by)
    found: dict[tuple, dict[Cell, Told]] = {}
    for *names, measure, exact, shown, reason in frame.iter_rows():
        by, key = tuple(names[:split]), tuple(names[split:])
        found.setdefault(by, {})[measure, key] = Told(exact, shown, reason)
    return found


def as_shared(frame: pl.DataFrame, shared: Shared, rules: Disclosure) -> pl.DataFrame:
    """The ledger of another product, as if its cells were cells of this one."""
    back = {there: here for here, there in shared.columns.items()}
    totals = {one.name: one.total for one in rules.dimensions if one.name in shared.totals}
    names = [*rules.by, *(one.name for one in rules.dimensions)]
    return (
        frame.filter(pl.col("measure").is_in(list(back)))
        .with_columns(
            pl.col("measure").replace(back), *(pl.lit(total).alias(name) for name, total in totals.items())
        )
        .select(*names, *NUMBERS)
    )


def of_block(ledgers: Iterable[Ledger], by: tuple) -> list[Mapping[Cell, Told]]:
    """What each ledger says of one block."""
    return [ledger.get(tuple(map(str, by)), {}) for ledger in ledgers]
