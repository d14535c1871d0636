"""Features as a sparse matrix: a row per entry, a column per covariate."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

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


def _placed(long: pl.LazyFrame, labels: pl.DataFrame, covariates: pl.DataFrame) -> pl.DataFrame:
    """Values with the place of their row and column."""
    rows = labels.lazy().select("row_id").with_row_index("row")
    columns = covariates.lazy().select("covariate_id").with_row_index("column")
    placed = long.select("row_id", "covariate_id", "value").join(rows, on="row_id")
    return placed.join(columns, on="covariate_id").select("row", "column", "value").collect()
