"""`python -m benchmarks --size 10000`, or `make bench SIZE=10000`: every claim of speed, measured in one run.

Each row is a ratio to a floor, which moves the same bytes and thinks nothing, or to what others would use.
Ratios of the same run can be compared between machines; seconds cannot. A ratio that is more than 30 % above
the median of its last five in `benchmarks/history.jsonl`, at this size and on such a machine, fails the run.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.suite import history, page
from benchmarks.suite.registry import measure, rows

COLUMNS = ("row", "CPU s", "floor CPU s", "to floor", "peer CPU s", "to peer", "peak MB")


def main() -> None:
    """Measure, print a table, keep the history and the page, and fail where something became slow."""
    told = _arguments()
    run = history.circumstances(told.size)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        lines = []
        for trio in measure(Path(folder), told.size, told.only):
            lines.append(run | trio.as_record())
            Console(stderr=True).print(f"{trio.row}: {trio.ours.cpu:.2f} CPU s", highlight=False)
    before = history.read(told.history)
    found = list(history.regressions(lines, before))
    history.append(lines, told.history)
    told.page.parent.mkdir(parents=True, exist_ok=True)
    told.page.write_text(page.benchmarks_page([*before, *lines]), encoding="utf-8")
    Console().print(_table(lines, told.size))
    for one in found:
        Console(stderr=True).print(f"slower: {one}", style="red", highlight=False)
    if found:
        sys.exit(1)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--size", type=int, default=10_000, help="patients, or what stands for them")
    parser.add_argument("--only", nargs="+", choices=list(rows()), help="rows; unset: all")
    parser.add_argument("--history", type=Path, default=history.HISTORY)
    parser.add_argument("--page", type=Path, default=Path("build/benchmarks.html"))
    return parser.parse_args()


def _table(lines: list[dict], size: int) -> Table:
    table = Table(title=f"size {size:,}", title_justify="left")
    for name in COLUMNS:
        table.add_column(name, justify="left" if name == "row" else "right")
    for line in lines:
        table.add_row(
            line["row"],
            *(_told(line, key) for key in ("ours_cpu", "floor_cpu", "to_floor", "peer_cpu", "to_peer")),
            f"{line['peak_mb']:,}",
        )
    return table


def _told(line: dict, key: str) -> str:
    if line[key] is None:
        return ""
    return page.seconds(line[key]) if key.endswith("_cpu") else page.shown(line[key])


if __name__ == "__main__":
    main()
