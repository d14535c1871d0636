"""Numbers that may be published after disclosure control: who is still followed, whose therapy has ended."""

import polars as pl

from thin_assets.domain.disclosure import SMALLEST_SHOWN
from thin_assets.studies.triple_therapy.declared import SEVERAL, Declared
from thin_assets.studies.triple_therapy.estimates import ADJUSTED

ROW_OF_ESTIMATES = 360
"""Day of the grid in whose row estimates of the whole curve are told."""

KEY = ["gap_days", "arm", "day"]
ORDER = ["analysis", "arm", "day"]
MAIN, OTHER = "main", "sensitivity"
_OF_THE_CURVE = ("median_days", "restricted_mean_days")


def cells(
    curves: pl.DataFrame,
    estimates: pl.DataFrame,
    hazards: pl.DataFrame,
    courses: pl.DataFrame,
    record: str,
    told: Declared,
) -> pl.DataFrame:
    """As `contract.Cell`, sorted: the main analysis first, for what is told of it stands for the others.

    A curve ends before fewer than may be shown are followed, or have not ended: the rest of those who began
    would be counted by what is shown.

    curves, estimates, hazards    as their contracts
    courses                       gap_days, arm, days, ended and practice of each person
    """
    ongoing = pl.min_horizontal("at_risk", pl.col("persons") - pl.col("ended"))
    curves = curves.filter(ongoing >= SMALLEST_SHOWN)
    rows = curves.join(_spread(curves, courses), on=KEY).join(_told(estimates, hazards), on=KEY, how="left")
    other = pl.format(OTHER + "_{}", "gap_days")
    analysis = pl.when(pl.col("gap_days") == told.main_gap).then(pl.lit(MAIN)).otherwise(other)
    return rows.with_columns(analysis=analysis, record=pl.lit(record, dtype=pl.String)).sort(ORDER)


def _spread(curves: pl.DataFrame, courses: pl.DataFrame) -> pl.DataFrame:
    """For each count of a row, practices with such a person, and persons of the one that has most."""
    rows = curves.select(KEY).join(courses, on=("gap_days", "arm"))
    by_practice = rows.group_by(*KEY, "practice").agg(
        persons=pl.len(),
        at_risk=(pl.col("days") >= pl.col("day")).sum(),
        ended=(pl.col("ended") & (pl.col("days") <= pl.col("day"))).sum(),
    )
    names = ("persons", "at_risk", "ended")
    return by_practice.group_by(KEY).agg(
        *((pl.col(name) > 0).sum().cast(pl.Int64).alias(f"{name}_practices") for name in names),
        *(pl.col(name).max().cast(pl.Int64).alias(f"{name}_of_largest") for name in names),
    )


def _told(estimates: pl.DataFrame, hazards: pl.DataFrame) -> pl.DataFrame:
    """Estimates of a whole curve by gap and arm, at one day of the grid."""
    rows = estimates.select("gap_days", "arm").unique()
    for name in _OF_THE_CURVE:
        of_it = estimates.filter(measure=name).select("gap_days", "arm", *_ends(name, "value"))
        rows = rows.join(of_it, on=("gap_days", "arm"), how="left")
    ratio = hazards.filter(model=ADJUSTED, term=SEVERAL).select(
        "gap_days", pl.lit(SEVERAL).alias("arm"), *_ends("hazard_ratio", "hazard_ratio")
    )
    rows = rows.join(ratio, on=("gap_days", "arm"), how="left")
    return rows.with_columns(day=pl.lit(ROW_OF_ESTIMATES, dtype=pl.Int32))


def _ends(name: str, value: str) -> list[pl.Expr]:
    return [
        pl.col(value).alias(name),
        pl.col("lower").alias(f"{name}_lower"),
        pl.col("upper").alias(f"{name}_upper"),
    ]
