"""What may be published of a scan: persons with each exposure, and the odds ratio linked to their numbers.

Exact rows, for disclosure control to judge: nothing here is hidden.
"""

import polars as pl

from thin_assets.promises import OUR_FAULT, require
from thin_assets.studies.scan.contract import ScanCell
from thin_assets.studies.scan.declared import Scans

KEY = ("window", "exposure_id")


def cells_of(
    rows: pl.DataFrame, persons: pl.DataFrame, told: Scans, *, where: str = "studies"
) -> pl.DataFrame:
    """Tested exposures of the kinds and windows that are published.

    rows       as `contract.Association`
    persons    as `counting.count_persons`
    Raises BrokenRules when the result breaks its contract.
    """
    kinds, windows = told.published()
    shown = rows.filter(pl.col("exposure_kind").is_in(kinds) & pl.col("window").is_in(windows))
    for side, is_case in (("cases", True), ("controls", False)):
        counts = persons.filter(pl.col("is_case") == is_case).select(
            *KEY,
            pl.col("persons").alias(f"exposed_{side}"),
            pl.col("practices").alias(f"{side}_practices"),
            pl.col("of_largest").alias(f"{side}_of_largest"),
        )
        shown = shown.drop(f"exposed_{side}").join(counts, on=KEY, how="left")
    found = shown.with_columns(
        pl.col("lower").alias("odds_ratio_lower"),
        pl.col("upper").alias("odds_ratio_upper"),
        minus_log10_q=0.0 - pl.col("q_value").log10(),
    )
    numbers = [
        name for name in ScanCell.to_schema().columns if name.startswith(("exposed_", "cases_", "contr"))
    ]
    found = found.with_columns(pl.col(numbers).fill_null(0).cast(pl.Int64))
    found = found.with_columns(_finite(name) for name in _ESTIMATES)
    found = found.select(list(ScanCell.to_schema().columns)).sort("scan", *KEY)
    require(ScanCell, found, name="cells of a scan", where=where, remedy=OUR_FAULT)
    return found


_ESTIMATES = ("odds_ratio", "odds_ratio_lower", "odds_ratio_upper", "minus_log10_p", "minus_log10_q")


def _finite(name: str) -> pl.Expr:
    """An estimate without end says that all cases, or none, are exposed: it is not told."""
    return pl.when(pl.col(name).is_finite()).then(pl.col(name)).alias(name)
