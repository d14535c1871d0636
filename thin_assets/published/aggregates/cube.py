"""Rows of exact counts as a cube: every cell there could be, every total, and what adds up to what."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, product

import polars as pl

from thin_assets.disclosure.table import Table
from thin_assets.domain.disclosure import Sum
from thin_assets.published.declared.disclosure import Amount, Count, Dimension, Disclosure

Key = tuple[str, ...]
"""One value of each dimension, totals by their name."""

Cell = tuple[str, Key]
"""A column and a key."""

Row = dict[str, float | None]


@dataclass(frozen=True)
class Block:
    """One part of a table that does not add up with the others, such as a cohort; exact.

    by      its values of the columns that split the table
    labels  what it is called
    keys    every combination of the dimensions' values that is shown, sorted
    rows    exact rows by key; a combination that is absent counts nobody
    """

    by: tuple
    rules: Disclosure
    values: Mapping[str, tuple[str, ...]]
    keys: list[Key]
    rows: Mapping[Key, Row]
    labels: tuple = ()

    def number(self, column: Count | Amount, key: Key) -> float:
        """Exact value of a cell; a total over values that add up is their sum, whatever the rows say."""
        spread = [
            self.values[dimension.name]
            if told == dimension.total and dimension.name not in column.overlaps
            else (told,)
            for dimension, told in zip(self.rules.dimensions, key, strict=True)
        ]
        return sum(self.rows.get(part, {}).get(column.column) or 0 for part in product(*spread))

    @cached_property
    def counts(self) -> Table:
        """Cells of persons."""
        nested = [
            ((one.column, key), (one.within, key))
            for one in self.rules.counts
            if one.within
            for key in self.keys
        ]
        return self._table(self.rules.counts, nested)

    @cached_property
    def amounts(self) -> Table:
        """Cells of what adds up but counts nobody."""
        return self._table(self.rules.amounts, [])

    def _table(self, columns: tuple, nested: list) -> Table:
        values = {(one.column, key): self.number(one, key) for one in columns for key in self.keys}
        return Table(
            values,
            sums=[found for one in columns for found in self._totals(one, overlapping=False)],
            unions=[found for one in columns for found in self._totals(one, overlapping=True)],
            within=nested,
        )

    def _totals(self, column: Count | Amount, *, overlapping: bool) -> Iterator[Sum]:
        """Each total over one dimension whose parts are all shown."""
        there = set(self.keys)
        for place, dimension in enumerate(self.rules.dimensions):
            if (dimension.name in column.overlaps) != overlapping:
                continue
            for key in self.keys:
                parts = [(*key[:place], value, *key[place + 1 :]) for value in self.values[dimension.name]]
                if key[place] == dimension.total and parts and set(parts) <= there:
                    yield (column.column, key), [(column.column, part) for part in parts]

    def may_only_be_empty(self, key: Key) -> bool:
        """Whether nobody could ever be in a cell, as declared."""
        told = dict(zip(self.rules.by, map(str, self.by), strict=True)) | self.named(key)
        return any(zero.items() <= told.items() for zero in self.rules.structural_zeros)

    def named(self, key: Key) -> dict[str, str]:
        """A key by dimension."""
        return {one.name: value for one, value in zip(self.rules.dimensions, key, strict=True)}

    def is_total(self, key: Key) -> int:
        """Over how many dimensions a cell is a total."""
        return sum(one.total == value for one, value in zip(self.rules.dimensions, key, strict=True))


def blocks(rows: pl.DataFrame, rules: Disclosure) -> list[Block]:
    """The parts of a table, in order.

    rows    exact; columns of `by`, of the dimensions as text, and the numbers; totals are rows too, where a
            count overlaps or its practices are told
    """
    names = [dimension.name for dimension in rules.dimensions]
    values = {one.name: one.values or _values(rows, one) for one in rules.dimensions}
    keys = _keys(rules, values)
    parts = rows.partition_by(rules.by, as_dict=True) if rules.by else {(): rows}
    return [
        Block(
            by,
            rules,
            values,
            keys,
            {tuple(row[name] for name in names): row for row in part.to_dicts()},
            part.select(rules.labels).row(0) if rules.labels else (),
        )
        for by, part in sorted(parts.items())
    ]


def _values(rows: pl.DataFrame, dimension: Dimension) -> tuple[str, ...]:
    """Values that occur anywhere in the table: one that is absent from a part alone would tell of it."""
    return tuple(sorted(set(rows.get_column(dimension.name)) - {dimension.total}))


def _keys(rules: Disclosure, values: Mapping[str, tuple[str, ...]]) -> list[Key]:
    names = [one.name for one in rules.dimensions]
    margins = rules.margins or [
        chosen for size in range(len(names) + 1) for chosen in combinations(names, size)
    ]
    spread = (
        [values[one.name] if one.name in margin else (one.total,) for one in rules.dimensions]
        for margin in margins
    )
    return sorted({key for one in spread for key in product(*one)})
