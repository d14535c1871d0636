"""The tables of a population beside its long one: who the entries are, what was counted, what changed."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

import duckdb
import polars as pl

from thin_assets.domain.snapshot import Snapshot
from thin_assets.features.build import FeatureWork
from thin_assets.features.catalogue import Catalogue
from thin_assets.features.drift import acknowledged_for, compare_months
from thin_assets.features.profile import prevalence, single_auc
from thin_assets.features.reference import analysis_reference
from thin_assets.features.splits import describe_people, label_entries, split_entries


@dataclass(frozen=True)
class FeatureTables:
    """The tables beside the long one; in the lake each is named `<population>_<name>`.

    The wide one is none of them: it is larger than memory, and is written part by part (`wide.py`).
    """

    covariate_ref: pl.DataFrame
    analysis_ref: pl.DataFrame
    labels: pl.DataFrame
    splits: pl.DataFrame
    people: pl.DataFrame
    profile: pl.DataFrame
    drift: pl.DataFrame

    def items(self) -> Iterator[tuple[str, pl.DataFrame]]:
        """Name and rows of each."""
        return ((field.name, getattr(self, field.name)) for field in fields(self))


def tables_beside(
    work: FeatureWork,
    long: Path,
    before: tuple[Path, int] | None,
    con: duckdb.DuckDBPyConnection,
    *,
    told: Catalogue,
    population: str,
    snapshot: Snapshot,
) -> FeatureTables:
    """Everything that is known of a population besides its features.

    work      whose ranges were written to `long`
    before    long table of the month before, and its entries
    """
    covariates, entries = work.covariates(), work.entries()
    labels = label_entries(entries)
    splits = split_entries(entries, told.splits, snapshot.country)
    rows = pl.scan_parquet(long, hive_partitioning=False)
    told_apart = labels.select("row_id", "is_case").join(splits.select("row_id", "split"), on="row_id")
    alone = single_auc(rows, labels.select("row_id", "is_case"), covariates)
    return FeatureTables(
        covariate_ref=covariates,
        analysis_ref=analysis_reference(told),
        labels=labels,
        splits=splits,
        people=describe_people(entries),
        profile=prevalence(rows, told_apart).join(
            alone, on="covariate_id", how="left", maintain_order="left"
        ),
        drift=compare_months(con, (long, labels.height), before, acknowledged_for(population, snapshot)),
    )
