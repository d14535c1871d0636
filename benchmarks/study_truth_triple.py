"""`python -m benchmarks.study_truth_triple`: persistence in a real build, beside what is planted.

A delivery enriched with people who get COPD is written and carried through the rooms up to the cohorts by the
command line, as any other; then the study is computed from the sealed build, and held against the truth.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import polars as pl
from rich.console import Console
from rich.table import Table

from thin_assets.domain.snapshot import Snapshot
from thin_assets.resources.lake import Lake
from thin_assets.resources.warehouse import attach_tables, connect
from thin_assets.studies.study import Material, Tables
from thin_assets.studies.triple_therapy.declared import ARMS, ONE, SEVERAL, declared
from thin_assets.studies.triple_therapy.study import STUDY

PLANTED = {
    ("median_days", ONE): 181,
    ("median_days", SEVERAL): 135,
    ("persistence_one_year", ONE): 0.33,
    ("persistence_one_year", SEVERAL): 0.18,
}
RATIO = 1.49
"""Hazard ratio of the two planted laws within two years."""


def main() -> None:
    """Write, build, compute and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--country", default="GB")
    parser.add_argument("--month", default="2024-03")
    parser.add_argument("--patients", type=int, default=24_000)
    parser.add_argument("--times", type=int, default=55, help="how many times as large the population is")
    parser.add_argument("--home", type=Path, help="keep the build here, or use the one that is here")
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home, started = told.home or Path(folder), time.monotonic()
        if not (home / "lake" / "cohorts" / "cohort").is_dir():
            _build(home, told)
        built = time.monotonic() - started
        found = study_of(home, Snapshot.named(told.country, told.month))
    table = Table("", "planted", "found", title=f"{told.country}, {told.patients:,} patients")
    for row in judged(found):
        table.add_row(*row)
    Console().print(table, f"built in {built:,.0f} s")


def _build(home: Path, told: argparse.Namespace) -> None:
    where = ["--country", told.country, "--snapshot", told.month]
    size = ["--patients", str(told.patients), "--enrich-times", str(told.times)]
    for command in (
        ["doctor", "--fix"],
        ["generate", *where, *size, "--enrich", "copd", "--effect", "copd_persistence"],
        ["run", *where, "--until", "cohorts"],
    ):
        subprocess.run(["thin-assets", "--home", str(home), *command], check=True, stdout=sys.stderr)


def study_of(home: Path, snapshot: Snapshot) -> Tables:
    """Tables of the study, from the sealed build and the cohorts of a home."""
    lake = Lake(home=str(home))
    build = lake.current_build(snapshot)
    con = connect(memory_limit="2GB", spill=home / "spill")
    for folder in (build, lake.vocabulary_of(build)):
        attach_tables(con, "cdm", folder)
    named = lake.read("cohorts", "cohort_definition", snapshot)
    ids = dict(named.select("cohort_definition_name", "cohort_definition_id").iter_rows())
    entries = lake.read("cohorts", "cohort", snapshot)
    members = {name: entries.filter(pl.col("cohort_definition_id") == ids[name]) for name in STUDY.cohorts}
    return STUDY.found(Material(snapshot, con, members, "benchmark"))


def judged(found: Tables) -> list[tuple[str, str, str]]:
    """What was planted beside what was found, in words."""
    main = found["triple_therapy_estimates"].filter(gap_days=declared().main_gap)
    users = {arm: main.filter(arm=arm)["persons"].max() or 0 for arm in ARMS}
    rows = [("new users", "", " and ".join(f"{users[arm]:,} {arm}" for arm in ARMS))]
    for (measure, arm), planted in PLANTED.items():
        one = main.filter(measure=measure, arm=arm).row(0, named=True)
        value = _interval(one["value"], one["lower"], one["upper"])
        rows.append((f"{measure}, {arm}", f"{planted:g}", value))
    ratios = found["triple_therapy_hazards"].filter(gap_days=declared().main_gap, term=SEVERAL)
    for one in ratios.iter_rows(named=True):
        found_ratio = _interval(one["hazard_ratio"], one["lower"], one["upper"])
        rows.append((f"hazard ratio, {one['model']}", f"{RATIO:g}", found_ratio))
    return rows


def _interval(value: float, low: float, high: float) -> str:
    return f"{value:.3g} ({low:.3g} to {high:.3g})"


if __name__ == "__main__":
    main()
