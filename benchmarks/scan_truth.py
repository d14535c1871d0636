"""`python -m benchmarks.scan_truth`: what a scan finds of what was planted, and of what was not.

Lives of several countries in wide mode, thousands of factors of which few do anything, are matched, scanned
and brought together as the platform does it; every factor is then held against the truth.
"""

import argparse
import json
import math
import tempfile
import time
from pathlib import Path

import polars as pl
from rich.console import Console
from rich.table import Table

from benchmarks.scan_worlds import World, scanned, vocabulary
from thin_assets.cohorts.matching import matchings
from thin_assets.domain.countries import COUNTRIES
from thin_assets.studies.scan.across import pool_countries
from thin_assets.studies.scan.declared import declared
from thin_assets.synthetic.wide import truth

SITES = {"lung": "lung_cancer", "colorectal": "colorectal_cancer", "pancreas": "pancreatic_cancer"}
LAST_YEAR = "0-1"
SIGNIFICANT = 0.05


def main() -> None:
    """Scan, judge and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=50_000)
    parser.add_argument("--wide", type=int, default=1000)
    parser.add_argument("--countries", default=",".join(COUNTRIES))
    parser.add_argument("--month", default="2024-03")
    parser.add_argument("--json", type=Path)
    told = parser.parse_args()
    started = time.process_time()
    rows, across = scan_countries(told.countries.split(","), told.patients, told.wide, told.month)
    figures = judge(rows, across, told.wide) | {"CPU seconds": round(time.process_time() - started)}
    if told.json:
        told.json.write_text(json.dumps(figures, indent=2) + "\n")
    table = Table("", "", title=f"{told.patients:,} persons of {told.countries}, {told.wide:,} factors")
    for name, value in figures.items():
        table.add_row(name, str(value))
    Console().print(table)


def scan_countries(
    countries: list[str], patients: int, wide: int, month: str
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Associations of factors with each site, by country, and of all countries together."""
    scans = {scan.name: scan for scan in declared().scans}
    wanted = {outcome: (scans[name], matchings()[scans[name].cohort]) for outcome, name in SITES.items()}
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        words = vocabulary(Path(folder), wide)
        for country in countries:
            of_sites = scanned(World(country, patients, wide=wide, month=month), words, wanted)
            found[country] = pl.concat(one.rows for one in of_sites.values())
    rows = pl.concat(frame.with_columns(scanned_in=pl.lit(country)) for country, frame in found.items())
    across = pool_countries(found, World(countries[0], patients, month=month).snapshot.month)
    return rows, across


def judge(rows: pl.DataFrame, across: pl.DataFrame, wide: int) -> dict[str, float | int | str]:
    """What became of every kind of factor, in figures; see `docs/explanation/association-scan.md`."""
    lagged, told = pl.col("window") == declared().lagged_window, with_truth(rows, wide)
    cause, sign, null = (told.filter(_is(role)) for role in ("cause", "early_sign", "null"))
    cause = cause.filter(lagged & (pl.col("country").is_null() | (pl.col("country") == pl.col("scanned_in"))))
    null, early = null.filter(lagged), sign.filter(pl.col("window") == LAST_YEAR)
    many = null.filter(~pl.col("is_exact"))
    return {
        "causes tested": cause.height,
        "interval holds the planted odds ratio": _share(cause, _covers(pl.col("multiplier"))),
        "causes significant after Bonferroni": cause.filter(pl.col("p_bonferroni") < SIGNIFICANT).height,
        "null factors tested": null.height,
        "of them p < 0.05": _share(null, pl.col("p_value") < SIGNIFICANT),
        "null factors over 100 informative sets": many.height,
        "of these p < 0.05": _share(many, pl.col("p_value") < SIGNIFICANT),
        "null factors significant after Bonferroni": null.filter(pl.col("p_bonferroni") < SIGNIFICANT).height,
        "early signs tested in the last year": early.height,
        "interval holds what was planted there": _share(early, _covers(pl.col("multiplier"))),
        "their pooled odds ratio in the last year": _typical(early),
        "and with the lag": _typical(_same(sign.filter(lagged), early)),
        "interval with the lag holds 1": _share(sign.filter(lagged), _covers(pl.lit(1.0))),
    } | _replicated(across.filter(lagged), wide)


def with_truth(rows: pl.DataFrame, wide: int) -> pl.DataFrame:
    """Associations of factors with what each of them is; a factor that acts on another site is left out."""
    told = truth(wide).select("code", "role", "outcome", "multiplier", "country")
    rows = rows.join(told, left_on="exposure_code", right_on="code")
    return rows.filter(
        (pl.col("role") == "null") | (pl.col("outcome").replace_strict(SITES, default=None) == pl.col("scan"))
    )


def _replicated(across: pl.DataFrame, wide: int) -> dict[str, int]:
    told = with_truth(across, wide)
    alone, everywhere = (pl.col("country").is_not_null(), pl.col("country").is_null())
    cause, discovered = _is("cause"), pl.col("first_country").is_not_null()
    counts = {
        "planted everywhere and discovered": cause & everywhere & discovered,
        "of them replicated": cause & everywhere & pl.col("is_replicated"),
        "planted in one country and discovered": cause & alone & discovered,
        "of those replicated": cause & alone & pl.col("is_replicated"),
        "null factors replicated": _is("null") & pl.col("is_replicated"),
    }
    return {name: told.filter(which).height for name, which in counts.items()}


def _is(role: str) -> pl.Expr:
    return pl.col("role") == role


def _covers(value: pl.Expr) -> pl.Expr:
    """Whether an interval holds a value; where all exposed are cases, or none is, it has one end."""
    return (pl.col("lower").fill_null(0.0) <= value) & (value <= pl.col("upper").fill_null(math.inf))


def _share(rows: pl.DataFrame, holds: pl.Expr) -> float | None:
    return None if rows.is_empty() else round(rows.select(holds.mean()).item(), 3)


def _same(rows: pl.DataFrame, as_in: pl.DataFrame) -> pl.DataFrame:
    return rows.join(as_in, on=("scanned_in", "scan", "exposure_id"), how="semi")


def _typical(rows: pl.DataFrame) -> float | None:
    """Odds ratio over all of them, weighed by precision."""
    rows = rows.filter(pl.col("log_odds_ratio").is_finite() & pl.col("standard_error").is_finite())
    weight = pl.col("standard_error") ** -2
    mean = rows.select((pl.col("log_odds_ratio") * weight).sum() / weight.sum()).item()
    return None if rows.is_empty() else round(math.exp(mean), 2)


if __name__ == "__main__":
    main()
