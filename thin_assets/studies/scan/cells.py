"""What may be published of a scan: persons with each exposure, and the odds ratio linked to their numbers.

Exact rows, for disclosure control to judge: nothing here is hidden. An odds ratio is told by what matching
makes of the ratio of persons, so that it can be told for the numbers that are shown.
"""

import polars as pl

from thin_assets.promises import OUR_FAULT, require
from thin_assets.studies.scan.associations import Found
from thin_assets.studies.scan.contract import ScanCell
from thin_assets.studies.scan.declared import Scans

KEY = ("window", "exposure_id")


def cells_of(
    found: Found, persons: pl.DataFrame, names: pl.DataFrame, told: Scans, *, where: str = "studies"
) -> pl.DataFrame:
    """Exposures of the kinds and windows that are published, tested or not.

    persons    as `counting.count_persons`
    names      as `names.names_of`, of every exposure
    Raises BrokenRules when the result breaks its contract.
    """
    kinds, windows = told.published()
    cells = persons.select(KEY).unique().join(names, on="exposure_id")
    cells = cells.filter(pl.col("exposure_kind").is_in(kinds) & pl.col("window").is_in(windows))
    for side, is_case in (("cases", True), ("controls", False)):
        cells = cells.join(_side(persons, side, is_case), on=KEY, how="left")
    cells = cells.with_columns(pl.col("^(exposed|cases|controls)_.*$").fill_null(0).cast(pl.Int64))
    design = found.windows.select("scan", "window", "sets", _up_to_two_digits("tested").alias("tests"))
    cells = cells.join(design, on="window").join(_estimates(found.rows), on=KEY, how="left")
    cells = cells.with_columns(_matching(), _spread()).select(list(ScanCell.to_schema().columns))
    cells = cells.sort("scan", *KEY)
    require(ScanCell, cells, name="cells of a scan", where=where, remedy=OUR_FAULT)
    return cells


def _side(persons: pl.DataFrame, side: str, is_case: bool) -> pl.DataFrame:
    return persons.filter(pl.col("is_case") == is_case).select(
        *KEY,
        pl.col("persons").alias(f"exposed_{side}"),
        pl.col("practices").alias(f"{side}_practices"),
        pl.col("of_largest").alias(f"{side}_of_largest"),
    )


def _estimates(rows: pl.DataFrame) -> pl.DataFrame:
    """Estimates that have an end: one without says that all cases, or none, are exposed, and is not told."""
    finite = pl.col("log_odds_ratio").is_finite() & pl.col("standard_error").is_finite()
    return rows.filter(finite).select(*KEY, "log_odds_ratio", "standard_error")


def _matching() -> pl.Expr:
    return (pl.col("log_odds_ratio").exp() * pl.col("exposed_controls") / pl.col("exposed_cases")).alias(
        "matching"
    )


def _spread() -> pl.Expr:
    of_counts = (1 / pl.col("exposed_cases") + 1 / pl.col("exposed_controls")).sqrt()
    return (pl.col("standard_error") / of_counts).alias("spread")


def _up_to_two_digits(name: str) -> pl.Expr:
    """Tests are told so that none is: 1,234 as 1,300."""
    size = 10.0 ** (pl.col(name).clip(10).log10().floor() - 1)
    return ((pl.col(name) / size).ceil() * size).cast(pl.Int64)
