"""What passed the scan, looked at again: beside covariates, by dose, and year by year before the index."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandera.polars as pa
import polars as pl

from thin_assets.domain.normal import NORMAL
from thin_assets.promises import OUR_FAULT, require
from thin_assets.resources.backends import Connection
from thin_assets.studies.scan.adjusted import conditional_logistic
from thin_assets.studies.scan.again import count_doses, count_years, keep_records
from thin_assets.studies.scan.associations import SIGNIFICANT
from thin_assets.studies.scan.contract_again import AdjustedAssociation, DoseResponse, OnsetYear
from thin_assets.studies.scan.counting import EXPOSED
from thin_assets.studies.scan.covariates import SMOKING, Covariates, covariates_of
from thin_assets.studies.scan.declared import Scan, Scans
from thin_assets.studies.scan.trend import class_odds_ratios, dose_patterns_of, trend_test

ABOUT = ("exposure_id", "exposure_kind", "exposure_code", "exposure_name")


@dataclass(frozen=True)
class Passed:
    """Tables of one site, as `contract_again.py` has them; without a row where nothing passed."""

    adjusted: pl.DataFrame
    doses: pl.DataFrame
    onset: pl.DataFrame


def look_again(
    rows: pl.DataFrame,
    con: Connection,
    scan: Scan,
    told: Scans,
    *,
    where: str = "studies",
    cdm_schema: str = "cdm",
) -> Passed:
    """Look again at exposures whose false discovery rate is below 0.05, after `count_patterns`.

    rows    as `contract.Association`, of this site
    Raises BrokenRules when a result breaks its contract.
    """
    passed = rows.filter(pl.col("q_value") < SIGNIFICANT)
    lagged = passed.filter(pl.col("window") == told.lagged_window).select(ABOUT)
    _, windows = told.published()
    followed = passed.filter(pl.col("window").is_in(windows)).select(ABOUT).unique()
    keep_records(con, told, pl.concat([lagged, followed])["exposure_id"], cdm_schema=cdm_schema)
    found = {"scan": pl.lit(scan.name), "window": pl.lit(told.lagged_window)}
    adjusted = _adjusted(lagged, con, told, cdm_schema) if lagged.height else None
    doses = _doses(con, told) if lagged.height else None
    onset = count_years(con, told) if followed.height else None
    return Passed(
        _checked(adjusted, lagged, AdjustedAssociation, found, where),
        _checked(doses, lagged, DoseResponse, found, where),
        _checked(onset, followed, OnsetYear, found, where),
    )


def _checked(
    rows: pl.DataFrame | None,
    about: pl.DataFrame,
    contract: type[pa.DataFrameModel],
    added: dict[str, pl.Expr],
    where: str,
) -> pl.DataFrame:
    if rows is None or rows.is_empty():
        return contract.empty()
    names = list(contract.to_schema().columns)
    told = rows.join(about, on="exposure_id").with_columns(**added).select(names)
    told = told.sort(*(name for name in ("scan", "exposure_id", "dose_class", "year") if name in names))
    require(contract, told, name=contract.__name__, where=where, remedy=OUR_FAULT)
    return told


def _adjusted(passed: pl.DataFrame, con: Connection, told: Scans, schema: str) -> pl.DataFrame:
    known = covariates_of(con, told, cdm_schema=schema)
    bit = 1 << [one.name for one in told.windows].index(told.lagged_window)
    dtypes = AdjustedAssociation.to_schema().dtypes
    found = []
    for exposure in passed.get_column("exposure_id").sort():
        places = con.execute(
            f"select place from {EXPOSED} where exposure_id = ? and bits & {bit} <> 0", [exposure]
        ).pl()["place"]
        found.append((exposure, *_fitted(np.isin(known.place, places), known, _beside(exposure, told))))
    return pl.DataFrame(found, schema={name: dtypes[name].type for name in _ADJUSTED}, orient="row")


_ADJUSTED = (
    *("exposure_id", "sets", "adjusted_for", "odds_ratio", "lower", "upper"),
    *("log_odds_ratio", "standard_error", "p_value"),
)


def _beside(exposure: int, told: Scans) -> frozenset[str]:
    """Covariates that are the exposure itself: smoking is no covariate of an answer about it."""
    asks = told.adjustment.smoking.question in told.kind_of(exposure).questions
    return frozenset({SMOKING} if asks else ())


def _fitted(exposed: np.ndarray, known: Covariates, without: Iterable[str]) -> tuple:
    columns = {name: part for name, part in known.columns.items() if name not in without and part.size}
    told = [name for name, part in columns.items() if (part != part[:1]).any()]
    x = np.column_stack([exposed.astype(float), *(columns[name] for name in told)])
    fit = conditional_logistic(known.set_no, known.is_case, x[:, (x != x[:1]).any(axis=0)])
    b, error = float(fit.coefficient[0]), float(fit.error[0])
    if not fit.converged:
        return fit.sets, ", ".join(told), *(None,) * 6
    ends = (float(np.exp(b + sign * NORMAL * error)) for sign in (-1, 1))
    return fit.sets, ", ".join(told), float(np.exp(b)), *ends, b, error, float(fit.p[0])


def _doses(con: Connection, told: Scans) -> pl.DataFrame | None:
    table = count_doses(con, told)
    if table.is_empty():
        return None
    classes = [f"class_{place}" for place in range(len(told.dose_classes) + 1)]
    patterns = dose_patterns_of(table, classes)
    b, error = pl.col("log_odds_ratio"), pl.col("standard_error")
    rows = class_odds_ratios(patterns).with_columns(
        odds_ratio=b.exp(), lower=(b - NORMAL * error).exp(), upper=(b + NORMAL * error).exp()
    )
    rows = rows.join(trend_test(patterns), on="exposure_id").join(
        _persons(table, classes), on=("exposure_id", "dose_class"), how="left"
    )
    return rows.with_columns(
        pl.col("dose_class").replace_strict(_labels(told.dose_classes), return_dtype=pl.String).alias("days")
    )


def _persons(table: pl.DataFrame, classes: list[str]) -> pl.DataFrame:
    """Cases and controls of each class, unexposed left out."""
    parts = []
    for place, name in enumerate(classes[1:], start=1):
        case = (pl.col("case_class") == place).cast(pl.Int64)
        parts.append(
            table.group_by("exposure_id").agg(
                pl.lit(place, pl.Int64).alias("dose_class"),
                (pl.col("sets") * case).sum().alias("exposed_cases"),
                (pl.col("sets") * (pl.col(name).cast(pl.Int64) - case)).sum().alias("exposed_controls"),
            )
        )
    return pl.concat(parts)


def _labels(classes: tuple[int, ...]) -> dict[int, str]:
    """
    >>> _labels((1, 2, 5))
    {1: '1', 2: '2-4', 3: '5+'}
    """
    ends = [*(one - 1 for one in classes[1:]), None]
    return {
        place: f"{least}+" if most is None else str(least) if most == least else f"{least}-{most}"
        for place, (least, most) in enumerate(zip(classes, ends, strict=True), start=1)
    }
