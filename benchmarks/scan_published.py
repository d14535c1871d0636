"""`python -m benchmarks.scan_published`: what published scans found, planted in lives, and found again.

Alzheimer's disease and multiple sclerosis, by the designs of `scans.yaml` and `matching.csv`. An effect is
looked for in the window in which it was planted.
"""

import argparse
import json
import tempfile
from pathlib import Path

import polars as pl
from rich.console import Console
from rich.table import Table

from benchmarks.scan_worlds import World, scanned, vocabulary
from thin_assets.cohorts.matching import matchings
from thin_assets.studies.scan.declared import declared
from thin_assets.synthetic.codes import concepts
from thin_assets.synthetic.coding import codes, index_of
from thin_assets.synthetic.effects import planted

SCANS = {"alzheimer": "alzheimers_disease", "multiple_sclerosis": "multiple_sclerosis"}
"""Scan by the effect that plants what it found, which is called as its outcome."""

KINDS = ("condition", "symptom")


def main() -> None:
    """Scan and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--effect", choices=list(SCANS), default="alzheimer")
    parser.add_argument("--patients", type=int, default=100_000)
    parser.add_argument("--countries", default="GB,FR")
    parser.add_argument("--seed", type=int, default=12)
    parser.add_argument("--json", type=Path)
    told = parser.parse_args()
    found = pl.concat(
        recovered(told.effect, country, told.patients, told.seed) for country in told.countries.split(",")
    )
    if told.json:
        told.json.write_text(json.dumps(found.to_dicts(), indent=2) + "\n")
    table = Table(*found.columns, title=f"{told.effect}, {told.patients:,} persons")
    for row in found.iter_rows():
        table.add_row(*(f"{value:.2f}" if isinstance(value, float) else str(value) for value in row))
    Console().print(table)


def recovered(effect: str, country: str, patients: int, seed: int) -> pl.DataFrame:
    """(country, exposure, window, sets, planted, odds_ratio, lower, upper, holds) of every planted exposure.

    holds    whether the interval holds what was planted; exposures that are too rare to test have no row
    """
    scan = next(one for one in declared().scans if one.name == SCANS[effect])
    world = World(country, patients, effects=(effect,), records=True, seed=seed)
    with tempfile.TemporaryDirectory() as folder:
        words = vocabulary(Path(folder), 1)
        found = scanned(world, words, {effect: (scan, matchings()[scan.cohort])})[effect]
    windows = {one.from_days: one.name for one in scan.windows}
    wanted = [
        (concept, row["exposure"], windows[max(row["to_days"], 0) + 1], row["multiplier"])
        for row in planted([effect], country)
        for concept in concepts(codes("diagnoses")["concept_id"][index_of("diagnoses")[row["exposure"]]])
    ]
    told = pl.DataFrame(wanted, schema=["concept", "exposure", "window", "planted"], orient="row")
    rows = found.rows.filter(pl.col("exposure_kind").is_in(KINDS))
    rows = rows.with_columns(concept=pl.col("exposure_id") // 1000).join(told, on=("concept", "window"))
    return rows.select(
        pl.lit(country).alias("country"),
        *("exposure", "window", "sets", "planted", "odds_ratio", "lower", "upper"),
        holds=pl.col("planted").is_between("lower", "upper"),
    ).sort("exposure")


if __name__ == "__main__":
    main()
