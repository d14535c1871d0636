"""Features for learners: scipy CSR, or Arrow files; the same rows, ids and names as in the lake."""

import json
from pathlib import Path

import polars as pl

from thin_assets.features.matrix import build_matrix


def keep_lag(
    long: pl.LazyFrame, covariates: pl.DataFrame, analyses: pl.DataFrame, lag: int
) -> tuple[pl.LazyFrame, pl.DataFrame]:
    """Rows and covariates of the analyses that leave out so many days before the index, or more.

    lag     0 keeps all; what has no window (age, sex) is kept always
    """
    if not lag:
        return long, covariates
    timeless = pl.col("domain_id") == "Demographics"
    kept = analyses.filter(timeless | (pl.col("lag") >= lag))["analysis_id"]
    covariates = covariates.filter(pl.col("analysis_id").is_in(kept.implode()))
    return long.filter((pl.col("covariate_id") % 1000).is_in(kept.implode())), covariates


def write_csr(
    folder: Path, long: pl.LazyFrame, labels: pl.DataFrame, splits: pl.DataFrame, covariates: pl.DataFrame
) -> dict[str, int]:
    """Write `matrix.npz`, `rows.parquet` (labels and splits) and `columns.parquet`; returns counts."""
    from scipy.sparse import save_npz

    rows = labels.join(splits.drop("person_id", "set_id"), on="row_id", maintain_order="left")
    matrix = build_matrix(long, rows, covariates)
    folder.mkdir(parents=True, exist_ok=True)
    save_npz(folder / "matrix.npz", matrix.values)
    matrix.rows.write_parquet(folder / "rows.parquet")
    matrix.columns.write_parquet(folder / "columns.parquet")
    return {"rows": rows.height, "columns": covariates.height, "values": int(matrix.values.nnz)}


def write_arrow(folder: Path, long: pl.LazyFrame, tables: dict[str, pl.DataFrame]) -> dict[str, int]:
    """Write `features_long.arrow` and one Arrow file for each other table; returns their rows."""
    folder.mkdir(parents=True, exist_ok=True)
    counts = {}
    for name, rows in {"features_long": long.collect(), **tables}.items():
        rows.write_ipc(folder / f"{name}.arrow", compression="zstd")
        counts[name] = rows.height
    return counts


def write_note(folder: Path, told: dict[str, str | int]) -> None:
    """Beside the files: partition, build and lag that they were made from."""
    text = json.dumps(told, indent=2, sort_keys=True) + "\n"
    (folder / "export.json").write_text(text, encoding="utf-8")
