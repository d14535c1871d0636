"""`python -m benchmarks.models --keep FOLDER --patients 100000`: which models of the build cost most.

Models run one at a time, and here in this process, so that the CPU between the start and the end of a model
is its own. The folder is one that `benchmarks.omop_build --keep` has filled.
"""

import argparse
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from dbt.cli.main import dbtRunner
from rich.console import Console
from rich.table import Table

from benchmarks.omop_build import MEMORY_LIMIT, Partition, make_way
from thin_assets.resources.dbt import PROJECT_DIR, TARGET, partition_values

SHOWN = 25


def cost_of_models(partition: Partition) -> dict[str, float]:
    """CPU seconds of each seed and model of a build. Raises RuntimeError when a model fails."""
    make_way(partition)
    lake, snapshot = partition.lake, partition.snapshot
    delivered, version = lake.reported("landing", snapshot), lake.vocabulary_version()
    spent: dict[str, float] = {}
    with tempfile.TemporaryDirectory(dir=partition.home) as spill:
        os.environ |= partition_values(lake, snapshot, partition.candidate, delivered, version)
        os.environ |= {"THIN_MEMORY_LIMIT": MEMORY_LIMIT, "THIN_SPILL": spill}
        folders = ("--project-dir", str(PROJECT_DIR), "--profiles-dir", str(PROJECT_DIR))
        written = ("--no-write-json", "--target-path", spill, "--log-path", spill, "--quiet")
        resources = ("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")
        arguments = ["build", "--target", TARGET, *folders, *written, *resources]
        if not dbtRunner(callbacks=[_listener(spent)]).invoke(arguments).success:
            raise RuntimeError("dbt build failed")
    return spent


def _listener(spent: dict[str, float]) -> Callable:
    """Adds the CPU of this process between the start and the end of each node."""

    def listen(event) -> None:
        if event.info.name == "NodeStart":
            spent[event.data.node_info.node_name] = -_cpu()
        elif event.info.name == "NodeFinished":
            spent[event.data.node_info.node_name] += _cpu()

    return listen


def _cpu() -> float:
    return sum(os.times()[:2])


def main() -> None:
    """Print the costliest models and the sum of all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--patients", type=int, default=100_000)
    parser.add_argument("--keep", type=Path, required=True)
    told = parser.parse_args()
    spent = cost_of_models(Partition(told.keep.resolve() / str(told.patients), told.patients))
    table = Table("model", title=f"{told.patients:,} patients: {sum(spent.values()):.1f} CPU s in all")
    table.add_column("CPU s", justify="right")
    for name, cpu in sorted(spent.items(), key=lambda item: -item[1])[:SHOWN]:
        table.add_row(name, f"{cpu:.1f}")
    Console().print(table)


if __name__ == "__main__":
    main()
