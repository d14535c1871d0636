"""`python -m benchmarks.scale.engines --home FOLDER`: what Spark's CPU is to DuckDB's, of the same work.

The transformation of one partition is built on either engine, at two sizes; both write the same bytes. Much
of a small build is Java that starts and compiles, and dbt: the ratio is that of what a patient more costs.
Spark runs in one process here (`local[2]`): on a cluster, tables that move between machines come on top. The
figures that are kept were taken with THIN_SPARK_MEMORY=4g.
"""

import argparse
import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from importlib.resources import files
from pathlib import Path

from rich.console import Console

from benchmarks.scale.tree import TreeCost
from benchmarks.scale.walk import Walk

ENGINES = ("duckdb", "spark")
STEP = "omop"
FILE = files("benchmarks.scale").joinpath("engines.json")


def main() -> None:
    """Build, print a line for each build, and write all as JSON where asked."""
    told = _arguments()
    console, found = Console(), []
    for patients in told.patients:
        walk = Walk(told.home.resolve() / str(patients), patients, "GB", "2024-03", 7, "4GB", 2)
        walk.home.mkdir(parents=True, exist_ok=True)
        walk.measure("text", lambda step: None)
        for engine in ENGINES:
            cost = replace(walk, engine=engine).cost_of_step(STEP)
            console.print(f"{patients:,} patients on {engine}: {cost.cpu:,.1f} CPU s, {cost.wall:,.1f} s")
            found.append(_record(patients, engine, cost))
    console.print(f"a patient more: {times(found):.1f} times the CPU of DuckDB")
    if told.json:
        told.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--home", type=Path, required=True, help="kept; deliveries that are there are used")
    parser.add_argument("--patients", type=int, nargs=2, default=[10_000, 50_000], help="two sizes")
    parser.add_argument("--json", type=Path, help="file for the figures")
    return parser.parse_args()


def _record(patients: int, engine: str, cost: TreeCost) -> dict[str, object]:
    return {"patients": patients, "engine": engine, "step": STEP, **asdict(cost)}


def measured() -> list[dict]:
    """The figures that are kept."""
    return json.loads(FILE.read_text(encoding="utf-8"))


def times(found: list[Mapping]) -> float:
    """CPU of Spark to that of DuckDB, of what a patient more costs between the two sizes.

    >>> cost = {("duckdb", 10): 5, ("duckdb", 20): 7, ("spark", 10): 50, ("spark", 20): 58}
    >>> times([{"engine": one, "patients": size, "cpu": cpu} for (one, size), cpu in cost.items()])
    4.0
    """
    cpu = {(one["engine"], one["patients"]): one["cpu"] for one in found}
    small, large = sorted({one["patients"] for one in found})
    more = {engine: cpu[engine, large] - cpu[engine, small] for engine in ENGINES}
    return more["spark"] / more["duckdb"]


if __name__ == "__main__":
    main()
