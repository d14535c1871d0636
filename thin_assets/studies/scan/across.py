"""All countries of a month brought together: pooled odds ratios, how much they differ, what was seen twice.

Estimates are pooled by Firth's penalised likelihood where the plain one has no end, for a country in which
all exposed were cases has something to say too.
"""

import datetime as dt
from collections.abc import Mapping

import numpy as np
import polars as pl

from thin_assets.promises import OUR_FAULT, require
from thin_assets.studies.scan.associations import SIGNIFICANT
from thin_assets.studies.scan.contract import AssociationAcross
from thin_assets.studies.scan.pooling import pool
from thin_assets.studies.scan.replication import replication

KEY = ("scan", "window", "exposure_id")
ABOUT = ("exposure_kind", "exposure_code", "exposure_name", "chapter", "is_negative_control")


def pool_countries(
    found: Mapping[str, pl.DataFrame], month: dt.date, *, where: str = "studies"
) -> pl.DataFrame:
    """Every exposure that was tested anywhere.

    found    `contract.Association` of each country, by its code; names are those of the first that has one
    Raises BrokenRules when the result breaks its contract.
    """
    countries = sorted(found)
    rows = [found[code].with_columns(country=pl.lit(code)) for code in countries if found[code].height]
    if not rows:
        return AssociationAcross.empty()
    long = pl.concat(rows).with_columns(
        b=_where_finite("log_odds_ratio", "firth"), error=_where_finite("standard_error", "firth_error")
    )
    groups = long.partition_by("scan", "window", maintain_order=True)
    told = pl.concat([_pooled(group, countries) for group in groups]).with_columns(snapshot=pl.lit(month))
    told = told.select(list(AssociationAcross.to_schema().columns)).sort(KEY)
    require(AssociationAcross, told, name="associations across", where=where, remedy=OUR_FAULT)
    return told


def _pooled(long: pl.DataFrame, countries: list[str]) -> pl.DataFrame:
    """One window of a site. A country discovers after Bonferroni, for the most tests that a country made."""
    keys = long.select(*KEY, *ABOUT).unique(KEY, keep="first", maintain_order=True).sort(KEY)
    b, error, direction, p = (
        _grid(long, keys, countries, name) for name in ("b", "error", "log_odds_ratio", "p_value")
    )
    tests = int(long.group_by("country").len().get_column("len").max())
    seen = replication(direction, p, countries, first=SIGNIFICANT / tests, second=SIGNIFICANT)
    told = pl.concat([keys, _as_ratios(pool(b, error)), seen], how="horizontal")
    where = long.group_by(KEY).agg(pl.col("country").sort().str.join(" ").alias("tested_in"))
    return told.join(where, on=KEY, maintain_order="left")


def _grid(long: pl.DataFrame, keys: pl.DataFrame, countries: list[str], name: str) -> np.ndarray:
    """Exposures x countries; nan where a country did not test."""
    columns = [
        keys.join(
            long.filter(pl.col("country") == code).select(*KEY, name),
            on=KEY,
            how="left",
            maintain_order="left",
        ).get_column(name)
        for code in countries
    ]
    return np.column_stack([column.fill_null(float("nan")).to_numpy() for column in columns])


def _where_finite(name: str, otherwise: str) -> pl.Expr:
    usable = pl.col("log_odds_ratio").is_finite() & pl.col("standard_error").is_finite()
    return pl.when(usable).then(pl.col(name)).otherwise(pl.col(otherwise))


def _as_ratios(pooled: pl.DataFrame) -> pl.DataFrame:
    """Estimates and ends of intervals as odds ratios; of one country there is no heterogeneity."""
    scales = ("fixed_lower", "fixed_upper", "random_lower", "random_upper", "hk_lower", "hk_upper")
    return pooled.with_columns(
        pl.col("countries").cast(pl.Int64),
        pl.col("fixed").exp().alias("fixed_odds_ratio"),
        pl.col("random").exp().alias("random_odds_ratio"),
        pl.col(scales).exp(),
    ).drop("fixed", "random")
