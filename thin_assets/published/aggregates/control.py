"""Disclosure control of an aggregate: from exact rows to rows that tell of no few persons."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from thin_assets.published.aggregates import ledger as ledgers
from thin_assets.published.aggregates.cube import Block, Key, blocks
from thin_assets.published.aggregates.decide import DIFFERENCING, LINKED, REASONS, Cells, decide
from thin_assets.published.aggregates.ledger import Ledger
from thin_assets.published.aggregates.linked import linked
from thin_assets.published.aggregates.odds import odds_of
from thin_assets.published.aggregates.ratios import ratios_of
from thin_assets.published.declared.disclosure import Disclosure
from thin_assets.published.declared.product import Product


@dataclass(frozen=True)
class Controlled:
    """A table that may be published.

    rows          as the product shows them
    suppressed    cells kept back, or kept as they were, by reason: every reason is there
    settings      what the rules were set to, as `min_cell_count` of an omopgenerics result
    ledger        what was told of each cell and what it was, as `ledger.to_frame`: for the restricted zone
    """

    rows: pl.DataFrame
    suppressed: dict[str, int]
    settings: dict[str, float]
    ledger: pl.DataFrame


def control(
    rows: pl.DataFrame,
    product: Product,
    *,
    previous: Sequence[pl.DataFrame] = (),
    without: frozenset[str] = frozenset(),
) -> Controlled:
    """Hide, round and link what a product shows of exact rows.

    rows        exact, as `cube.blocks` takes them
    previous    ledgers that the table is compared with, the one that matters most first
    without     reasons whose rule is left out, `rounding` or `carried`: tests show what a rule is for
    """
    rules = product.disclosure
    before = [ledgers.from_frame(frame, rules) for frame in previous]
    parts = blocks(rows, rules)
    told: dict[tuple, Cells] = {}
    for part in parts:
        earlier = ledgers.of_block(before, part.by)
        decided = decide(part, earlier, _alike(rules, part.by, told), without)
        told[part.by] = decided | linked(part, decided, earlier, without)
    shown = [row for part in parts for row in _rows(part, told[part.by], without)]
    return Controlled(
        pl.DataFrame(shown, schema=_schema(rows, product), orient="row"),
        _counted(parts, told),
        _settings(rules),
        ledgers.to_frame(told, rules),
    )


def _alike(rules: Disclosure, by: tuple, told: Ledger) -> list[Cells]:
    """What was decided of cells that count nearly the same persons in the parts that are like this one."""
    columns = {one.column: getattr(one, "alike_by", ()) for one in rules.additive if one.alike}
    if not columns:
        return []
    return [
        {
            cell: one
            for cell, one in cells.items()
            if cell[0] in columns and _agree(rules, columns[cell[0]], by, other)
        }
        for other, cells in told.items()
    ]


def _agree(rules: Disclosure, names: Sequence[str], one: tuple, other: tuple) -> bool:
    places = [rules.by.index(name) for name in names]
    return all(one[place] == other[place] for place in places)


def _rows(block: Block, told: Cells, without: frozenset[str]) -> list[tuple]:
    columns = [one.column for one in block.rules.additive]
    return [
        _row(block, key, told, without)
        for key in block.keys
        if not block.rules.only_shown or any(told[name, key].shown is not None for name in columns)
    ]


def _row(block: Block, key: Key, told: Cells, without: frozenset[str]) -> tuple:
    rules = block.rules
    shown = {one.column: told[one.column, key].shown for one in rules.additive}
    exact = {one.column: block.number(one, key) for one in rules.additive}
    beside = {name: told[name, key].shown for name in rules.linked}
    is_exact = LINKED in without
    computed = ratios_of(rules, shown, exact if is_exact else None, beside)
    values = shown | computed | odds_of(rules, exact if is_exact else shown, beside, few=is_exact)
    kept_back = any(values[name] is None for name in rules.shown)
    names = (*block.by, *block.labels, *key)
    return (*names, *(values[name] for name in rules.shown), kept_back, rules.smallest_shown)


def _schema(rows: pl.DataFrame, product: Product) -> dict[str, pl.DataType]:
    rules = product.disclosure
    counts = {one.column for one in rules.counts}
    return {
        **{name: rows.schema[name] for name in (*rules.by, *rules.labels)},
        **{one.name: pl.String for one in rules.dimensions},
        **{name: pl.Int64 if name in counts else pl.Float64 for name in rules.shown},
        "is_suppressed": pl.Boolean,
        "min_cell_count": pl.Int32,
    }


def _counted(parts: list[Block], told: Ledger) -> dict[str, int]:
    found = dict.fromkeys(REASONS, 0)
    for part in parts:
        values = {**part.counts.values, **part.amounts.values}
        for cell, one in told[part.by].items():
            if cell not in values:
                continue
            if one.shown is None:
                found[one.reason] += 1
            elif one.exact != values[cell]:
                found[DIFFERENCING] += 1
    return found


def _settings(rules: Disclosure) -> dict[str, float]:
    return {
        "min_cell_count": rules.smallest_shown,
        "rounded_to": rules.rounded_to,
        "smallest_denominator": rules.smallest_denominator,
        "fewest_practices": rules.fewest_practices,
        "largest_share": rules.largest_share,
    }
