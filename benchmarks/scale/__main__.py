"""`python -m benchmarks.scale --patients 1000000 --home FOLDER --memory 8GB`: one partition, room by room.

Each room is a command of its own, as an operator runs it, with its CPU, the peak of all its processes, what
it read and wrote, and a floor that moves the same bytes. A home that was begun goes on where it stopped.
"""

import argparse
import re
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.scale.walk import STEPS, Step, Walk, as_json

BESIDE_THE_ENGINE = 2.0
"""GB of the memory for what is not DuckDB's: Python, libraries, frames of a step, dbt."""

COLUMNS = (
    "step",
    "rows",
    "wall s",
    "CPU s",
    "floor CPU s",
    "ratio",
    "rows per CPU s",
    "GB",
    "peak MB",
)


def main() -> None:
    """Walk, print a line for each step, and write all as JSON where asked."""
    told = _arguments()
    memory = gigabytes(told.memory)
    walk = Walk(
        home=told.home.resolve(),
        patients=told.patients,
        country=told.country,
        month=told.month,
        seed=told.seed,
        engine_memory=told.engine_memory or f"{engine_share(memory):g}GB",
        threads=told.threads,
    )
    walk.home.mkdir(parents=True, exist_ok=True)
    console = Console()
    steps = walk.measure(told.until, lambda step: console.print(f"{step.step}: {step.cpu:.1f} CPU s"))
    console.print(table_of(steps, told.memory))
    if told.json:
        told.json.write_text(as_json(steps), encoding="utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--patients", type=int, required=True)
    parser.add_argument("--home", type=Path, required=True, help="kept, and gone on with")
    parser.add_argument("--memory", default="8GB", help="what all processes of a room may have together")
    parser.add_argument(
        "--engine-memory", help="limit of DuckDB; default: the memory less 2 GB, at least half"
    )
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--country", default="GB")
    parser.add_argument("--month", default="2024-03")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--until", choices=STEPS, default=STEPS[-1], help="the last step")
    parser.add_argument("--json", type=Path, help="file for the figures")
    return parser.parse_args()


def gigabytes(text: str) -> float:
    """A number of GB.

    >>> gigabytes("8GB"), gigabytes("512 MB")
    (8.0, 0.512)
    """
    found = re.fullmatch(r"([0-9.]+) ?([MG])B", text)
    if found is None:
        raise ValueError(f"{text!r} is no memory: write it as 8GB or 512MB")
    return float(found[1]) / (1000 if found[2] == "M" else 1)


def engine_share(memory: float) -> float:
    """GB that DuckDB may take of so many.

    >>> engine_share(8), engine_share(3)
    (6.0, 1.5)
    """
    return max(memory - BESIDE_THE_ENGINE, memory / 2)


def table_of(steps: list[Step], memory: str) -> Table:
    """For people; a step that took more than it may is marked."""
    table = Table(title=f"{steps[0].patients:,} patients, {memory}", title_justify="left")
    for name in COLUMNS:
        table.add_column(name, justify="left" if name == "step" else "right")
    for one in steps:
        rows, peak = max(one.rows_read, one.rows_written), max(one.peak_mb, one.tree_mb)
        mark = " over" if peak > 1000 * gigabytes(memory) else ""
        table.add_row(
            one.step,
            f"{rows:,}",
            f"{one.wall:,.1f}",
            f"{one.cpu:,.1f}",
            f"{one.floor_cpu:,.2f}",
            f"{one.cpu / one.floor_cpu:,.1f}" if one.floor_cpu else "",
            f"{rows / one.cpu:,.0f}",
            f"{one.bytes_written / 1e9:.3f}",
            f"{peak:,}{mark}",
        )
    return table


if __name__ == "__main__":
    main()
