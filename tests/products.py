"""Rows as the features room leaves them, for tests of what is published."""

import datetime as dt

import polars as pl

from thin_assets.published.product import products

LUNG = products()["lung_cancer_features"]

SCHEMA = {
    "cohort_definition_id": pl.Int32,
    "row_id": pl.Int64,
    "person_id": pl.Int64,
    "index_date": pl.Date,
    "covariate_id": pl.Int64,
    "covariate_name": pl.String,
    "value": pl.Float64,
    "n": pl.Int64,
    "days_since_last": pl.Int32,
}


def features(entries: int, *, value: float = 1.0, covariate_id: int = 443388101) -> pl.DataFrame:
    """One covariate of so many entries."""
    rows = [
        (7, number, number, dt.date(2020, 1, 1), covariate_id, "a covariate", value, 1, 10)
        for number in range(1, entries + 1)
    ]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")
