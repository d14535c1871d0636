"""Features as a matrix: a row per entry, a column per covariate; sparse for learners, wide for people."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from thin_assets.features.catalogue import Wide

if TYPE_CHECKING:
    import scipy.sparse


@dataclass(frozen=True)
class Matrix:
    """A sparse matrix with what its rows and columns are.

    values     one row per entry, one column per covariate; what is not stored is 0 or missing, by column
    rows       row_id and labels, in the order of the rows
    columns    covariate_id, covariate_name and missing_means_zero, in the order of the columns
    """

    values: "scipy.sparse.csr_matrix"
    rows: pl.DataFrame
    columns: pl.DataFrame


def build_matrix(long: pl.LazyFrame, labels: pl.DataFrame, covariates: pl.DataFrame) -> Matrix:
    """The long table as scipy CSR, for scikit-learn and LightGBM.

    Not stored is 0 for a learner: keep columns whose `missing_means_zero` is false apart, or fill them.
    """
    from scipy.sparse import csr_matrix

    found = _placed(long, labels, covariates)
    shape = (labels.height, covariates.height)
    places = (found["row"].to_numpy(), found["column"].to_numpy())
    values = csr_matrix((found["value"].to_numpy(), places), shape=shape)
    columns = covariates.select("covariate_id", "covariate_name", "missing_means_zero")
    return Matrix(values, labels, columns)


def build_wide(
    long: pl.LazyFrame, labels: pl.DataFrame, covariates: pl.DataFrame, told: Wide
) -> pl.DataFrame:
    """One row per entry, one column `c<covariate_id>` per covariate of enough entries, by covariate id.

    A cell without a record is 0 where the covariate's missing means zero, else null. The most frequent
    covariates are kept where there are more than the catalogue allows.
    """
    counts = long.group_by("covariate_id").agg(pl.len().alias("entries")).collect()
    chosen = (
        counts.filter(pl.col("entries") >= told.fewest_entries)
        .sort("entries", "covariate_id", descending=[True, False])
        .head(told.most_columns)
    )
    kept = covariates.join(chosen, on="covariate_id", how="semi").sort("covariate_id")
    found = _placed(long, labels, kept)
    cells = np.full((labels.height, kept.height), np.nan)
    cells[:, kept["missing_means_zero"].to_numpy()] = 0
    cells[found["row"].to_numpy(), found["column"].to_numpy()] = found["value"].to_numpy()
    names = [f"c{number}" for number in kept["covariate_id"]]
    columns = {name: cells[:, place] for place, name in enumerate(names)}
    return labels.select("row_id").hstack(pl.DataFrame(columns)).with_columns(pl.col(names).fill_nan(None))


def _placed(long: pl.LazyFrame, labels: pl.DataFrame, covariates: pl.DataFrame) -> pl.DataFrame:
    """Values with the place of their row and column."""
    rows = labels.lazy().select("row_id").with_row_index("row")
    columns = covariates.lazy().select("covariate_id").with_row_index("column")
    placed = long.select("row_id", "covariate_id", "value").join(rows, on="row_id")
    return placed.join(columns, on="covariate_id").select("row", "column", "value").collect()
