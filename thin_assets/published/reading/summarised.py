"""An aggregate as a `summarised_result`, the form in which DARWIN EU's packages exchange results.

Thirteen columns of text but for `result_id`, as R's omopgenerics 1.x reads them from a CSV file
(`importSummarisedResult`). It is another spelling of what was published: no number is in it that is not in
the product, and what is kept back there is `-` here.
"""

from collections.abc import Sequence
from importlib.metadata import version

import pandera.polars as pa
import polars as pl

from thin_assets.errors import SettingsError
from thin_assets.promises import OUR_FAULT, require
from thin_assets.published.declared.product import Product

OVERALL, BOTH, KEPT_BACK, ABSENT = "overall", " &&& ", "-", "NA"
PER_PARTITION = ("country", "snapshot", "build", "min_cell_count")
"""What is the same in all rows of a partition: settings of its result."""


class SummarisedResult(pa.DataFrameModel):
    """One row per estimate, and one per setting of each result; a result is a country and month."""

    result_id: pl.Int64 = pa.Field(ge=1, description="number of the result within the file")
    cdm_name: str = pa.Field(description="database that it comes from, `THIN GB`")
    group_name: str = pa.Field(
        description="what splits the table into parts that do not add up, or `overall`"
    )
    group_level: str
    strata_name: str = pa.Field(description="dimensions that are not a total in this row, or `overall`")
    strata_level: str
    variable_name: str = pa.Field(description="what is estimated, or `settings`")
    variable_level: str
    estimate_name: str = pa.Field(description="which number of it")
    estimate_type: str = pa.Field(isin=["integer", "numeric", "character", "date"])
    estimate_value: str = pa.Field(description="`-`: kept back; `NA`: there is none")
    additional_name: str = pa.Field(description="what the group is called, or `overall`")
    additional_level: str

    class Config:
        """Exactly these columns."""

        strict = True
        ordered = True


COLUMNS = tuple(SummarisedResult.to_schema().columns)


def summarised_result(rows: pl.DataFrame, product: Product) -> pl.DataFrame:
    """Published rows of an aggregate as `SummarisedResult`, settings after the estimates.

    rows       as `read_published` gives them; of any version of the contract
    Raises SettingsError for a product that is no aggregate.
    """
    rules = product.disclosure
    if rules is None:
        raise SettingsError(
            f"{product.name} is no aggregate, and has no estimates",
            where="summarised_result",
            remedy="ask for an aggregate: docs/reference/products.md",
        )
    ids = rows.select(PER_PARTITION).unique().sort(PER_PARTITION).with_row_index("result_id", 1)
    told = rows.join(ids.select("country", "snapshot", "result_id"), on=["country", "snapshot"])
    parts = [_estimates(told, product, name) for name in rules.shown if name in rows.columns]
    estimates = pl.concat(parts).sort("result_id", "_row", "_place").select(COLUMNS)
    found = pl.concat([estimates, _settings(ids, product)])
    require(SummarisedResult, found, name="summarised_result", where=product.name, remedy=OUR_FAULT)
    return found


def _estimates(rows: pl.DataFrame, product: Product, column: str) -> pl.DataFrame:
    """One row per row of the product: what it says of one column."""
    rules = product.disclosure
    told = next(one for one in product.columns if one.name == column)
    kind = "integer" if column in {one.column for one in rules.counts} else "numeric"
    value = pl.col(column).cast(pl.String)
    nothing = pl.when("is_suppressed").then(pl.lit(KEPT_BACK)).otherwise(pl.lit(ABSENT))
    return rows.with_row_index("_row").select(
        "_row",
        pl.lit(rules.shown.index(column)).alias("_place"),
        pl.col("result_id").cast(pl.Int64),
        pl.format("THIN {}", "country").alias("cdm_name"),
        *_names("group", rules.by),
        *_strata(product),
        pl.lit(told.variable or column).alias("variable_name"),
        pl.lit(ABSENT).alias("variable_level"),
        pl.lit(told.estimate or ("count" if kind == "integer" else column)).alias("estimate_name"),
        pl.lit(kind).alias("estimate_type"),
        pl.coalesce(value, nothing).alias("estimate_value"),
        *_names("additional", rules.labels),
    )


def _names(what: str, columns: Sequence[str]) -> tuple[pl.Expr, pl.Expr]:
    """Name and level of columns that every row has; `overall` where there are none."""
    if not columns:
        return pl.lit(OVERALL).alias(f"{what}_name"), pl.lit(OVERALL).alias(f"{what}_level")
    levels = pl.concat_str([pl.col(name).cast(pl.String) for name in columns], separator=BOTH)
    return pl.lit(BOTH.join(columns)).alias(f"{what}_name"), levels.alias(f"{what}_level")


def _strata(product: Product) -> tuple[pl.Expr, pl.Expr]:
    """Name and level of the dimensions that are not a total in a row."""
    dimensions = product.disclosure.dimensions
    if not dimensions:
        return _names("strata", ())
    apart = {one.name: pl.when(pl.col(one.name) != one.total) for one in dimensions}
    names = pl.concat_str(
        [split.then(pl.lit(name)) for name, split in apart.items()], separator=BOTH, ignore_nulls=True
    )
    levels = pl.concat_str(
        [split.then(pl.col(name)) for name, split in apart.items()], separator=BOTH, ignore_nulls=True
    )
    return tuple(
        pl.when(one == "").then(pl.lit(OVERALL)).otherwise(one).alias(f"strata_{what}")
        for what, one in {"name": names, "level": levels}.items()
    )


def _settings(ids: pl.DataFrame, product: Product) -> pl.DataFrame:
    """What the results of a file were made with, one row per result and setting."""
    rules = product.disclosure
    same = {
        "result_type": product.name,
        "package_name": "thin-assets",
        "package_version": version("thin-assets"),
        "group": BOTH.join(rules.by),
        "strata": BOTH.join(one.name for one in rules.dimensions),
        "additional": BOTH.join(rules.labels),
        "contract_version": product.version,
        "rounded_to": str(rules.rounded_to),
    }
    integers = {"min_cell_count", "rounded_to"}
    rows = [
        {
            "result_id": row["result_id"],
            "cdm_name": f"THIN {row['country']}",
            **dict.fromkeys(COLUMNS[2:6], OVERALL),
            "variable_name": "settings",
            "variable_level": ABSENT,
            "estimate_name": name,
            "estimate_type": "integer" if name in integers else "character",
            "estimate_value": str(value),
            **dict.fromkeys(COLUMNS[11:], OVERALL),
        }
        for row in ids.iter_rows(named=True)
        for name, value in (same | {one: row[one] for one in PER_PARTITION}).items()
    ]
    return pl.DataFrame(rows, schema=dict.fromkeys(COLUMNS, pl.String) | {"result_id": pl.Int64})
