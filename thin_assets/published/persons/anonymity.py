"""k-anonymity: nobody stands in a group of fewer than k persons that look alike.

What somebody who knows a person may know is made coarser, the same for the whole partition, until few enough
persons stand in groups that are too small; these are left out. Country and month are the partition itself.
Measures as in pycanon: k, distinct l-diversity, t-closeness of a categorical attribute; but k counts persons.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product as combinations

import polars as pl

from thin_assets.published.declared.protection import QUARTER, RELATIVE, Protection

INDEX, OBSERVED, AGE, SEX = "index", "observed", "age", "sex"
ALL = "all"

LEVELS: dict[str, tuple[str, ...]] = {
    INDEX: ("quarter", "year", ALL),
    OBSERVED: ("band", ALL),
    AGE: ("5 years", "10 years", "20 years", ALL),
    SEX: ("exact", ALL),
}
"""What is known of a person, and how coarsely it can be told, finest first."""

_LOSS = {INDEX: 1.0, OBSERVED: 1.0, AGE: 3.0, SEX: 4.0}
"""What it costs a reader not to know it at all; steps between cost their part."""

OBSERVED_FROM = (1, 2, 5, 10)
"""Whole years of observation before the index at which a band begins."""

SHOWN = {
    "sex": pl.String,
    "age_from": pl.Int32,
    "age_band": pl.String,
    "index_quarter": pl.String,
    "index_year": pl.Int32,
    "observed_years": pl.Int32,
}
"""Columns in which it is told; null: not told, for it would single somebody out."""

Node = dict[str, str]


@dataclass(frozen=True)
class Anonymity:
    """How rows were made anonymous, and what that achieved.

    levels       how coarsely each attribute is told
    smallest     persons of the smallest group that looks alike (k); None without rows
    groups       how many such groups there are
    diversity    fewest distinct outcomes in a group (l); None without rows
    closeness    largest distance of a group's outcomes from those of all (t), 0 to 1; None without rows
    persons, shown       before, and after
    """

    levels: Node
    smallest: int | None
    groups: int
    diversity: int | None
    closeness: float | None
    persons: int
    shown: int


def anonymised(entries: pl.DataFrame, rules: Protection) -> tuple[pl.DataFrame, Anonymity]:
    """The entries that may be shown, with what is told of them in the columns of `SHOWN`.

    entries    (person_id, row_id, set_id, is_case, index_date, age, sex, observed_days), one row per entry;
               sex in words, age in years, observed_days null where no period holds the index
    returns    the entries kept, in the order given, and what was done; none is left of fewer than k persons
    """
    persons = entries["person_id"].n_unique()
    for node in nodes(rules):
        told = entries.with_columns(*_told(node, rules))
        kept = _large_enough(told, rules.smallest_group)
        if persons - kept["person_id"].n_unique() <= rules.most_suppressed * persons:
            break
    return kept, measured(kept, node, persons)


def nodes(rules: Protection) -> Iterator[Node]:
    """Every combination of levels, the least loss first; the last one tells nothing of anybody."""
    finest = {QUARTER: 0, RELATIVE: 1}.get(rules.dates, 0)
    ranges = [range(finest if name == INDEX else 0, len(levels)) for name, levels in LEVELS.items()]
    ordered = sorted(combinations(*ranges), key=lambda steps: (_loss(steps), steps))
    for steps in ordered:
        yield {name: levels[step] for (name, levels), step in zip(LEVELS.items(), steps, strict=True)}


def _loss(steps: tuple[int, ...]) -> float:
    return sum(
        _LOSS[name] * step / (len(levels) - 1)
        for (name, levels), step in zip(LEVELS.items(), steps, strict=True)
    )


def _told(node: Node, rules: Protection) -> list[pl.Expr]:
    """The columns of `SHOWN` at these levels."""
    nothing = {name: pl.lit(None, kind).alias(name) for name, kind in SHOWN.items()}
    found = dict(nothing)
    year, quarter = pl.col("index_date").dt.year(), pl.col("index_date").dt.quarter()
    if node[INDEX] != ALL:
        found["index_year"] = year.cast(pl.Int32).alias("index_year")
    if node[INDEX] == "quarter":
        found["index_quarter"] = pl.format("{}Q{}", year, quarter).alias("index_quarter")
    if node[OBSERVED] != ALL:
        found["observed_years"] = _band_of(pl.col("observed_days") // 365, OBSERVED_FROM)
    if node[AGE] != ALL:
        found["age_from"], found["age_band"] = _age(int(node[AGE].split()[0]), rules.oldest_shown)
    if node[SEX] != ALL:
        found["sex"] = pl.col("sex")
    return list(found.values())


def _band_of(years: pl.Expr, starts: tuple[int, ...]) -> pl.Expr:
    """The largest start that is not above; 0 below the first."""
    band = pl.max_horizontal(
        pl.lit(0, pl.Int32), *(pl.when(years >= start).then(pl.lit(start, pl.Int32)) for start in starts)
    )
    return pl.when(years.is_not_null()).then(band).alias("observed_years")


def _age(width: int, oldest: int) -> tuple[pl.Expr, pl.Expr]:
    """First year of the age band, and the band in words such as 60-64 and 90+."""
    age = pl.col("age").clip(0, oldest)
    first = (age // width * width).cast(pl.Int32)
    last = first + width - 1
    words = pl.when(last >= oldest).then(pl.format("{}+", first)).otherwise(pl.format("{}-{}", first, last))
    return first.alias("age_from"), pl.when(age.is_not_null()).then(words).alias("age_band")


def _large_enough(told: pl.DataFrame, smallest: int) -> pl.DataFrame:
    """Without groups of too few persons, and without sets whose case is gone; until nothing changes."""
    while True:
        groups = pl.col("person_id").n_unique().over([pl.col(name) for name in SHOWN])
        has_case = pl.col("is_case").any().over("set_id")
        kept = told.filter((groups >= smallest) & has_case)
        if kept.height == told.height:
            return kept
        told = kept


def measured(kept: pl.DataFrame, node: Node, persons: int) -> Anonymity:
    """What anonymity the rows have; `kept` has the columns of `SHOWN`, person_id and is_case."""
    groups = kept.group_by(list(SHOWN), maintain_order=True).agg(
        persons=pl.col("person_id").n_unique(),
        outcomes=pl.col("is_case").n_unique(),
        cases=pl.col("is_case").mean(),
    )
    overall = kept["is_case"].mean()
    return Anonymity(
        levels=node,
        smallest=groups["persons"].min(),
        groups=groups.height,
        diversity=groups["outcomes"].min(),
        closeness=None if overall is None else round((groups["cases"] - overall).abs().max(), 6),
        persons=persons,
        shown=kept["person_id"].n_unique(),
    )
