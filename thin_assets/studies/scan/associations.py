"""From patterns to associations: which exposures are tested, what tests say, and how many were made."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from thin_assets.promises import OUR_FAULT, require
from thin_assets.studies.scan.conditional import odds_ratios
from thin_assets.studies.scan.contract import Association, ScanWindow
from thin_assets.studies.scan.counting import Patterns
from thin_assets.studies.scan.declared import Scan, Scans
from thin_assets.studies.scan.evalue import e_value_of_interval
from thin_assets.studies.scan.multiplicity import (
    EmpiricalNull,
    benjamini_hochberg,
    bonferroni,
    empirical_null,
    genomic_inflation,
)
from thin_assets.studies.scan.patterns import patterns_of

SIGNIFICANT = 0.05
ENOUGH_SETS = 20
"""Informative sets from which a test statistic enters lambda: with fewer it takes few values."""

KEY = ("window", "exposure_id")


@dataclass(frozen=True)
class Found:
    """One site scanned.

    rows       as `contract.Association`, by window and exposure
    windows    as `contract.ScanWindow`, in the order declared
    """

    rows: pl.DataFrame
    windows: pl.DataFrame


def associations(
    patterns: Patterns, names: pl.DataFrame, scan: Scan, told: Scans, *, where: str = "studies"
) -> Found:
    """Test every exposure that is frequent enough.

    names    as `names.names_of`
    Raises BrokenRules when the result breaks its contract.
    """
    counts = _counts(patterns)
    tested = counts.filter(_is_frequent(told))
    rows = _tested(patterns.rows.join(tested.select(KEY), on=KEY, how="semi"))
    rows = rows.join(tested, on=KEY).join(names, on="exposure_id")
    controls = [told.id_of(one) for one in scan.negative_controls]
    rows = rows.with_columns(
        scan=pl.lit(scan.name), is_negative_control=pl.col("exposure_id").is_in(controls)
    )
    rows = pl.concat([_corrected(rows.filter(pl.col("window") == one.name)) for one in told.windows])
    rows = rows.select(list(Association.to_schema().columns))
    require(Association, rows, name="associations", where=where, remedy=OUR_FAULT)
    return Found(rows, _windows(patterns.totals, counts, rows, scan, where))


def _counts(patterns: Patterns) -> pl.DataFrame:
    """Exposed and unexposed cases and controls, by window and exposure."""
    case = pl.col("case_exposed").cast(pl.Int64)
    counts = patterns.rows.group_by(KEY).agg(
        (pl.col("sets") * case).sum().alias("exposed_cases"),
        (pl.col("sets") * (pl.col("exposed") - case)).sum().alias("exposed_controls"),
    )
    rows = counts.join(patterns.totals, on="window")
    return rows.with_columns(
        unexposed_cases=pl.col("cases") - pl.col("exposed_cases"),
        unexposed_controls=pl.col("controls") - pl.col("exposed_controls"),
    ).drop("left_out")


def _is_frequent(told: Scans) -> pl.Expr:
    exposed = pl.col("exposed_cases") + pl.col("exposed_controls")
    members = pl.col("cases") + pl.col("controls")
    return (exposed >= told.fewest_exposed) & (exposed >= told.smallest_share * members)


def _tested(rows: pl.DataFrame) -> pl.DataFrame:
    """Estimates by window and exposure, on the scale of odds ratios where people read them."""
    found = odds_ratios(patterns_of(rows, by=KEY)).drop("exposed_cases", "exposed_controls")
    ends = (found[name].fill_null(float("nan")).to_numpy() for name in ("lower", "upper"))
    return found.with_columns(
        pl.col("log_odds_ratio").exp().alias("odds_ratio"),
        pl.col("lower", "upper").exp(),
        e_value=pl.Series(e_value_of_interval(*ends), nan_to_null=True),
    )


def _corrected(rows: pl.DataFrame) -> pl.DataFrame:
    """p of one window corrected for the number of its tests, and calibrated on its negative controls.

    Sorted first: sums over the controls differ in the last bit with their order.
    """
    rows = rows.sort("exposure_id")
    p, null = _numbers(rows, "p_value"), _null_of(rows)
    b, error = _numbers(rows, "log_odds_ratio"), _numbers(rows, "standard_error")
    calibrated = np.full(rows.height, np.nan) if null is None else null.p_values(b, error)
    return rows.with_columns(
        calibrated_p=pl.Series(calibrated, dtype=pl.Float64, nan_to_null=True),
        q_value=pl.Series(benjamini_hochberg(p), dtype=pl.Float64, nan_to_null=True),
        p_bonferroni=pl.Series(bonferroni(p), dtype=pl.Float64, nan_to_null=True),
    )


def _null_of(rows: pl.DataFrame) -> EmpiricalNull | None:
    control = rows.filter("is_negative_control")
    return empirical_null(_numbers(control, "log_odds_ratio"), _numbers(control, "standard_error"))


def _numbers(rows: pl.DataFrame, name: str) -> np.ndarray:
    return rows.get_column(name).fill_null(float("nan")).to_numpy()


def _windows(
    totals: pl.DataFrame, counts: pl.DataFrame, rows: pl.DataFrame, scan: Scan, where: str
) -> pl.DataFrame:
    met = counts.group_by("window").agg(pl.len().cast(pl.Int64).alias("exposures"))
    found = [_window(rows.filter(pl.col("window") == name), name) for name in totals.get_column("window")]
    judged = pl.DataFrame(found, schema=_JUDGED, orient="row")
    told = totals.join(met, on="window", how="left", maintain_order="left").join(
        judged, on="window", maintain_order="left"
    )
    told = told.with_columns(pl.col("exposures").fill_null(0), scan=pl.lit(scan.name))
    told = told.select(list(ScanWindow.to_schema().columns))
    require(ScanWindow, told, name="windows of a scan", where=where, remedy=OUR_FAULT)
    return told


_JUDGED = {
    "window": pl.String,
    "tested": pl.Int64,
    "significant": pl.Int64,
    "discovered": pl.Int64,
    "inflation": pl.Float64,
    "inflation_tests": pl.Int64,
    "controls_tested": pl.Int64,
    "controls_found": pl.Int64,
    "null_mean": pl.Float64,
    "null_sd": pl.Float64,
}


def _window(rows: pl.DataFrame, name: str) -> tuple:
    """How a window came out; lambda over tests of many sets, known effects among them."""
    enough = _numbers(rows, "informative_sets") >= ENOUGH_SETS
    inflation = genomic_inflation(_numbers(rows, "likelihood_ratio"), enough)
    control, null = rows.filter("is_negative_control"), _null_of(rows)
    return (
        name,
        rows.height,
        rows.filter(pl.col("p_bonferroni") < SIGNIFICANT).height,
        rows.filter(pl.col("q_value") < SIGNIFICANT).height,
        None if np.isnan(inflation.factor) else inflation.factor,
        inflation.tests,
        control.height,
        control.filter(pl.col("p_value") < SIGNIFICANT).height,
        *((None, None) if null is None else (null.mean, null.sd)),
    )
