"""The results of the data-quality checks, as far as they may be shown outside, and how many passed."""

from dataclasses import dataclass

import polars as pl

from thin_assets.domain.disclosure import SMALLEST_SHOWN
from thin_assets.evidence.dossier import NO_PATIENTS

STRUCTURAL = ("cdmTable", "onlyCdmFields", "cdmField", "cdmDatatype")
"""Checks that count columns, not rows: there is nobody to find."""

NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True)
class Tally:
    """How many checks ended how. percent: passed of those executed; None where none was."""

    name: str
    executed: int
    passed: int
    failed: int
    not_applicable: int

    @property
    def percent(self) -> float | None:
        """What was not applicable did not pass."""
        return 100 * self.passed / self.executed if self.executed else None


def shown_quality(results: pl.DataFrame) -> pl.DataFrame:
    """The table `validated/data_quality` with `is_kept_back`; what is kept back is null.

    Kept back are 1 to 9 rows that violate a check, that do not, or that were looked at, and rows looked at
    where all but 1 to 9 of the table were. Two checks of different columns are not held against each other.
    """
    violated, looked_at = pl.col("violated_rows"), pl.col("denominator_rows")
    counts_rows = ~pl.col("check_name").is_in(STRUCTURAL) & ~pl.col("cdm_table").is_in(sorted(NO_PATIENTS))
    of_records = counts_rows & (pl.col("level") != "TABLE")
    rows = looked_at.filter(of_records).max().over("cdm_table")
    hides_denominator = counts_rows & (_few(looked_at) | (of_records & _few(rows - looked_at)))
    hides_violated = counts_rows & (_few(looked_at) | _few(violated) | _few(looked_at - violated))
    hides = {"hides_denominator": hides_denominator, "hides_violated": hides_violated}
    flagged = results.with_columns(pl.coalesce(told, False).alias(name) for name, told in hides.items())
    is_hidden = pl.col("hides_denominator") | pl.col("hides_violated")
    return flagged.with_columns(
        pl.when(~pl.col("hides_violated")).then(violated).alias("violated_rows"),
        pl.when(~pl.col("hides_denominator")).then(looked_at).alias("denominator_rows"),
        pl.when(~is_hidden).then(pl.col("violated_percent")).alias("violated_percent"),
        is_hidden.alias("is_kept_back"),
    ).drop(hides)


def _few(count: pl.Expr) -> pl.Expr:
    return count.is_between(1, SMALLEST_SHOWN - 1)


def tally(results: pl.DataFrame, name: str = "all") -> Tally:
    """How the checks of a table of results ended."""
    counts = dict(results.group_by("status").len().iter_rows())
    passed, failed = counts.get("passed", 0), counts.get("failed", 0)
    return Tally(name, passed + failed, passed, failed, counts.get(NOT_APPLICABLE, 0))


def tallies(results: pl.DataFrame) -> list[Tally]:
    """One line per category, then all together."""
    parts = results.partition_by("category", as_dict=True)
    return [*(tally(parts[key], key[0]) for key in sorted(parts)), tally(results)]


def filled_percents(shown: pl.DataFrame) -> dict[tuple[str, str], float | None]:
    """Share of rows that say something, by table and column; None is kept back."""
    judged = shown.filter(pl.col("status") != NOT_APPLICABLE).filter(check_name="measureValueCompleteness")
    told = judged.select("cdm_table", "cdm_field", 100 - pl.col("violated_percent"))
    return {(table, column): percent for table, column, percent in told.iter_rows()}
