"""What of a mapping report may be seen: numbers of few, and what tells them, are kept back.

A total less its shown parts is what its hidden parts add up to. So the hidden parts of a domain are always
two or more, and ten records or more together: of the codes of a level, of the levels of a domain, of the
classes of concepts. A hidden number is null, in every table that these functions give; the share of what is
mapped is then the least that it can be.
"""

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from thin_assets.domain.disclosure import SMALLEST_SHOWN
from thin_assets.pages.figures import is_few

GROUP = ("kind", "domain")
CODE = ("source_table", "code_system", "source_code", "target_concept_id", "level")
UNMAPPED, TOTALS = "unmapped", ("all", "mapped")


@dataclass(frozen=True)
class Part:
    """A part of a total that is shown. persons None: nobody is counted of it."""

    key: tuple
    records: int
    persons: int | None = None

    @property
    def is_few(self) -> bool:
        """Whether it points at few by itself."""
        return is_few(self.records) or is_few(self.persons)


def kept_back(parts: Iterable[Part], *, rest_parts: int = 0, rest_records: int = 0) -> set[tuple]:
    """Keys of the parts to hide, so that the total, which is shown, gives none of them away.

    rest_parts, rest_records    how many parts are listed nowhere, and what they add up to
    >>> sorted(kept_back([Part(("a",), 4), Part(("b",), 20), Part(("c",), 90)]))
    [('a',), ('b',)]
    """
    left = sorted(parts, key=lambda part: (-part.records, part.key))
    hidden = [part for part in left if part.is_few]
    shown = [part for part in left if not part.is_few]
    while shown and _gives_away(hidden, rest_parts, rest_records):
        hidden.append(shown.pop())
    return {part.key for part in hidden}


def _gives_away(hidden: list[Part], rest_parts: int, rest_records: int) -> bool:
    """Whether the sum of what is not shown is few, or is one part alone."""
    together = sum(part.records for part in hidden) + rest_records
    is_one = len(hidden) == 1 and not rest_parts
    return (bool(hidden) or rest_records > 0) and (together < SMALLEST_SHOWN or is_one)


@dataclass(frozen=True)
class ShownReport:
    """The tables of a report as people may see them; see `contract.py` for their columns."""

    coverage: pl.DataFrame
    codes: pl.DataFrame
    classes: pl.DataFrame
    columns: pl.DataFrame


def shown_report(
    coverage: pl.DataFrame, codes: pl.DataFrame, classes: pl.DataFrame, columns: pl.DataFrame
) -> ShownReport:
    """Every table with its small numbers, and what would tell them, kept back."""
    hidden_codes, hidden_levels = _hidden(coverage, codes)
    few_unmapped = {key[:2] for key in hidden_levels if key[2] == UNMAPPED}
    return ShownReport(
        coverage=_shown_coverage(coverage, hidden_levels, few_unmapped),
        codes=_without(codes, (*GROUP, *CODE), hidden_codes, ("records", "persons")),
        classes=_shown_classes(classes, coverage),
        columns=_shown_columns(columns),
    )


def _hidden(coverage: pl.DataFrame, codes: pl.DataFrame) -> tuple[set[tuple], set[tuple]]:
    """Codes and levels to hide, domain by domain: first within each level, then level beside level."""
    listed: dict[tuple, list[Part]] = defaultdict(list)
    for row in codes.rows(named=True):
        listed[row["kind"], row["domain"], row["level"]].append(_part(row))
    of_levels = coverage.filter((pl.col("domain") != "all") & ~pl.col("level").is_in(TOTALS))
    hidden_codes: set[tuple] = set()
    hidden_levels: set[tuple] = set()
    for _, levels in of_levels.group_by(GROUP, maintain_order=True):
        parts = []
        for row in levels.rows(named=True):
            level = (row["kind"], row["domain"], row["level"])
            back, is_few_level = _within(row, listed[level])
            hidden_codes |= back
            parts.append(Part(level, row["records"], 1 if is_few_level else None))
        back = kept_back(parts)
        hidden_levels |= back
        beside = {part.key for part in parts if part.key in back and not part.is_few}
        hidden_codes |= {_smallest(listed[level]) for level in beside if listed[level]}
    return hidden_codes, hidden_levels


def _within(level: dict, listed: list[Part]) -> tuple[set[tuple], bool]:
    """Codes to hide under a level whose sum is shown, and whether the sum itself points at few."""
    rest = level["records"] - sum(part.records for part in listed)
    rest_parts = max(level["codes"] - len(listed), int(rest > 0))
    back = kept_back(listed, rest_parts=rest_parts, rest_records=rest)
    left = [part for part in listed if part.key in back]
    return back, is_few(level["records"]) or _gives_away(left, rest_parts, rest)


def _smallest(listed: list[Part]) -> tuple:
    """The code to hide with a level that is hidden beside another: else its codes would add up to it."""
    return min(listed, key=lambda part: (part.records, part.key)).key


def _part(row: dict) -> Part:
    persons = row["persons"] or None
    return Part((row["kind"], row["domain"], *(row[name] for name in CODE)), row["records"], persons)


def _without(
    rows: pl.DataFrame, key: tuple[str, ...], hidden: set[tuple], numbers: tuple[str, ...]
) -> pl.DataFrame:
    """The rows with the numbers of hidden keys put to null."""
    is_hidden = pl.Series([tuple(row) in hidden for row in rows.select(key).iter_rows()], dtype=pl.Boolean)
    return rows.with_columns(pl.when(~is_hidden).then(pl.col(name)).alias(name) for name in numbers)


def _shown_coverage(
    coverage: pl.DataFrame, hidden_levels: set[tuple], few_unmapped: set[tuple]
) -> pl.DataFrame:
    """Hide levels; the sum of the mapped where few are not; totals over domains where any is hidden."""
    key = ("kind", "domain", "level")
    kinds = {level[0] for level in hidden_levels}
    sums = {(*group, "mapped") for group in few_unmapped}
    over_all = {(kind, "all", row) for kind in kinds for row in set(coverage.get_column("level")) - {"all"}}
    few = {(*row[:3],) for row in coverage.select(*key, "records").iter_rows() if is_few(row[3])}
    hidden = hidden_levels | sums | over_all | few
    totals = {row[:2]: row[3] for row in coverage.filter(level="all").select(*key, "records").iter_rows()}
    percents = []
    for row in coverage.rows(named=True):
        total = totals[row["kind"], row["domain"]]
        is_hidden = tuple(row[name] for name in key) in hidden
        coarse = least_percent(row["records"], total) if row["level"] == "mapped" else None
        percents.append(coarse if is_hidden else row["record_percent"])
    return _without(coverage, key, hidden, ("records",)).with_columns(
        pl.Series("record_percent", percents, dtype=pl.Float64)
    )


def least_percent(mapped: int, total: int) -> float | None:
    """A share below the true one, which does not tell how few are not mapped; None where few are.

    >>> least_percent(996, 1000), least_percent(90_004, 100_000), least_percent(4, 1000)
    (99.1, 90.0, None)
    """
    if is_few(mapped) or not total:
        return None
    if is_few(total - mapped):
        return max(0, math.floor(1000 * (total - SMALLEST_SHOWN + 1) / total)) / 10
    step = next((step for step in (0.1, 1.0, 5.0) if step * total / 100 >= 2 * SMALLEST_SHOWN), 10.0)
    return round(math.floor(100 * mapped / total / step) * step, 1)


def _shown_classes(classes: pl.DataFrame, coverage: pl.DataFrame) -> pl.DataFrame:
    """Classes add up to what is mapped of a domain: what is not mapped is a part beside them."""
    key = ("domain", "vocabulary_id", "concept_class_id")
    hidden: set[tuple] = set()
    for (domain,), rows in classes.group_by("domain", maintain_order=True):
        unmapped = coverage.filter(kind="event", domain=domain, level=UNMAPPED).get_column("records").sum()
        parts = [Part(tuple(row[:3]), row[3]) for row in rows.select(*key, "records").iter_rows()]
        beside = [Part((domain, UNMAPPED, ""), unmapped)] if unmapped else []
        hidden |= kept_back([*parts, *beside])
    return _without(classes, key, hidden, ("records",))


def _shown_columns(columns: pl.DataFrame) -> pl.DataFrame:
    """Where few records or persons are unmapped, what is mapped is not told, but the least share."""
    unmapped = pl.col("records") - pl.col("mapped_records")
    hides = _few(unmapped) | _few(pl.col("persons_with_unmapped")) | _few(pl.col("mapped_records"))
    is_hidden = columns.select(hides.alias("hides")).get_column("hides")
    percents = [
        None if not total else least_percent(mapped, total) if hidden else 100 * mapped / total
        for total, mapped, hidden in zip(
            columns.get_column("records"), columns.get_column("mapped_records"), is_hidden, strict=True
        )
    ]
    return columns.with_columns(
        pl.when(~hides).then(pl.col("mapped_records")).alias("mapped_records"),
        pl.when(~hides).then(pl.col("persons_with_unmapped")).alias("persons_with_unmapped"),
        *(pl.when(~_few(pl.col(name))).then(pl.col(name)).alias(name) for name in ("records", "persons")),
        pl.Series("mapped_percent", percents, dtype=pl.Float64),
    )


def _few(count: pl.Expr) -> pl.Expr:
    return count.is_between(1, SMALLEST_SHOWN - 1)
