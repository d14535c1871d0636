"""The wide table: a row per entry, a column per covariate of enough entries.

A whole one of a country of a million patients is larger than the memory of a machine: entries come some at a
time, each part with all its columns, in the order of the long table, which is read once from front to back.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow.parquet as pq

from thin_assets.errors import BrokenRules
from thin_assets.features.catalogue import Wide
from thin_assets.promises import OUR_FAULT

ENTRIES_AT_ONCE, ROWS_AT_ONCE = 20_000, 1_000_000
"""Entries of a part: with 1,000 columns 160 MB of cells. Rows of the long table that are read at a time."""

_LONG = {"row_id": pl.Int64, "covariate_id": pl.Int64, "value": pl.Float64}


def wide_parts(
    long: Path,
    labels: pl.DataFrame,
    covariates: pl.DataFrame,
    told: Wide,
    *,
    at_once: int = ENTRIES_AT_ONCE,
    where: str = "features",
) -> Iterator[pl.DataFrame]:
    """(row_id, `c<covariate_id>` ...) of every entry, so many at a time; one part without rows where is none.

    long      the long table, in the order of `labels`
    A cell without a record is 0 where the covariate's missing means zero, else null. The most frequent
    covariates are kept where there are more than the catalogue allows, and stand by their id.
    Raises BrokenRules when the long table is in another order: nothing is left out unseen.
    """
    columns = _columns(long, covariates, told)
    batches, pending = _batches(long), pl.DataFrame(schema=_LONG)
    for entries in list(labels.select("row_id").iter_slices(at_once)) or [labels.select("row_id")]:
        mine = entries.with_row_index("row")
        while pending.is_empty() or pending.item(-1, "row_id") in mine["row_id"]:
            if (batch := next(batches, None)) is None:
                break
            pending = pl.concat([pending, batch])
        yield _part(pending.join(mine, on="row_id"), mine, columns)
        pending = pending.join(mine, on="row_id", how="anti", maintain_order="left")
    if pending.height or next(batches, None) is not None:
        what = "rows of the long table are not in the order of its entries"
        raise BrokenRules(what, where=where, remedy=OUR_FAULT)


def _columns(long: Path, covariates: pl.DataFrame, told: Wide) -> pl.DataFrame:
    """The covariates that become columns, with their place."""
    rows = pl.scan_parquet(long, hive_partitioning=False)
    counts = rows.group_by("covariate_id").agg(pl.len().alias("entries")).collect(engine="streaming")
    chosen = (
        counts.filter(pl.col("entries") >= told.fewest_entries)
        .sort("entries", "covariate_id", descending=[True, False])
        .head(told.most_columns)
    )
    kept = covariates.join(chosen, on="covariate_id", how="semi").sort("covariate_id")
    return kept.select("covariate_id", "missing_means_zero").with_row_index("column")


def _batches(long: Path) -> Iterator[pl.DataFrame]:
    with pq.ParquetFile(long) as file:
        for batch in file.iter_batches(ROWS_AT_ONCE, columns=list(_LONG)):
            yield pl.from_arrow(batch).cast(_LONG)


def _part(found: pl.DataFrame, entries: pl.DataFrame, columns: pl.DataFrame) -> pl.DataFrame:
    """Cells of some entries."""
    placed = found.join(columns, on="covariate_id").select("row", "column", "value")
    cells = np.full((entries.height, columns.height), np.nan, order="F")
    cells[:, columns["missing_means_zero"].to_numpy()] = 0
    cells[placed["row"].to_numpy(), placed["column"].to_numpy()] = placed["value"].to_numpy()
    names = [f"c{number}" for number in columns["covariate_id"]]
    values = pl.DataFrame({name: cells[:, place] for place, name in enumerate(names)})
    return entries.select("row_id").hstack(values).with_columns(pl.col(names).fill_nan(None))
