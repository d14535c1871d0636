"""What the page of a feature table is given, and the numbers that all its sections use."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from thin_assets.domain.disclosure import complement
from thin_assets.domain.snapshot import Snapshot
from thin_assets.pages.figures import is_few


@dataclass(frozen=True)
class Scene:
    """One population in one partition, and the same population elsewhere.

    others    profiles of other countries of the month, by country
    """

    population: str
    snapshot: Snapshot
    build: str
    covariates: pl.DataFrame
    profile: pl.DataFrame
    drift: pl.DataFrame
    others: Mapping[str, pl.DataFrame]

    @cached_property
    def names(self) -> dict[int, str]:
        """Name by covariate, of this partition."""
        return dict(self.covariates.select("covariate_id", "covariate_name").rows())

    def name(self, covariate: int) -> str:
        """Name of a covariate; its id where this partition does not have it."""
        return self.names.get(covariate, f"covariate {covariate}")

    @cached_property
    def groups(self) -> dict[tuple[str, bool], int]:
        """Entries by split and case status."""
        parts = self.profile.filter(pl.col("split") != "all")
        return {
            (split, is_case): entries
            for split, is_case, entries in parts.select("split", "is_case", "entries")
            .unique()
            .sort("split", "is_case")
            .iter_rows()
        }

    @cached_property
    def counts(self) -> dict[tuple[int, str, bool | None], int]:
        """Entries with a covariate, by covariate, split and case status."""
        rows = self.profile.select("covariate_id", "split", "is_case", "with_covariate").iter_rows()
        return {(covariate, split, is_case): count for covariate, split, is_case, count in rows}

    def hidden_groups(self) -> set[tuple[str, bool]]:
        """Splits and case statuses whose entries are kept back: few, or what would tell the few of others."""
        cells: dict = dict(self.groups)
        sums = [((None, it), [cell for cell in self.groups if cell[1] == it]) for it in (True, False)]
        cells |= {total: sum(self.groups[part] for part in parts) for total, parts in sums}
        few = {cell for cell, count in self.groups.items() if is_few(count)}
        return complement(cells, few, sums) & set(self.groups)

    def hidden_cells(self, covariate: int) -> set[tuple[str, bool]]:
        """Splits and case statuses in which the entries with a covariate are kept back."""
        cells: dict = {group: self.counts.get((covariate, *group), 0) for group in self.groups}
        total = ("all", None)
        few = {cell for cell, count in cells.items() if is_few(count)} | self.hidden_groups()
        parts = list(self.groups)
        return complement(cells | {total: self.counts[covariate, *total]}, few, [(total, parts)]) - {total}

    def most_frequent(self, most: int) -> list[int]:
        """Covariates that most entries have, but not those that everybody has."""
        whole = self.profile.filter(pl.col("split") == "all")
        some = whole.filter(pl.col("with_covariate") < pl.col("entries"))
        ordered = some.sort("with_covariate", "covariate_id", descending=[True, False])
        return ordered["covariate_id"].head(most).to_list()


def whole_counts(profile: pl.DataFrame) -> tuple[dict[int, int], int]:
    """Entries by covariate, and all entries, of a profile."""
    whole = profile.filter(pl.col("split") == "all")
    counts = dict(whole.select("covariate_id", "with_covariate").rows())
    return counts, whole["entries"].max() or 0
