"""`python -m benchmarks --patients 20000`: every room of one partition beside its floor, on this machine.

The floor of a room reads what the room reads and writes what it writes, and thinks nothing. Ratios of the
same run can be compared between machines; seconds cannot.
"""

import argparse
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.partition import Measured, measure_partition


def main() -> None:
    """Measure one partition and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=20_000)
    parser.add_argument("--country", default="GB")
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measured = list(measure_partition(Path(folder), told.country, told.patients))
    Console().print(_table(measured, told.patients))


def _table(measured: list[Measured], patients: int) -> Table:
    table = Table(title=f"{patients:,} patients", title_justify="left")
    for name in ("room", "rows", "wall s", "CPU s", "floor CPU s", "ratio", "rows per CPU s"):
        table.add_column(name, justify="right" if name != "room" else "left")
    for one in measured:
        floor = "" if one.floor_cpu is None else f"{one.floor_cpu:.2f}"
        ratio = "" if not one.floor_cpu else f"{one.cpu / one.floor_cpu:.1f}"
        table.add_row(
            one.room,
            f"{one.rows:,}",
            f"{one.wall:.2f}",
            f"{one.cpu:.2f}",
            floor,
            ratio,
            f"{one.rows / one.cpu:,.0f}",
        )
    return table


if __name__ == "__main__":
    main()
