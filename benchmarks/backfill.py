"""`python -m benchmarks.backfill`: many tiny partitions through the real daemon, beside one warm process.

The deliveries are nearly empty, so that what is measured is the fixed cost of a partition: its process, its
events, its files. Ratios of the same run can be compared between machines; seconds cannot.
"""

import argparse
import json
import re
import shutil
import statistics
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.processes import Cost, cost_of
from thin_assets.cli.doctor import mend
from thin_assets.domain.countries import COUNTRIES
from thin_assets.domain.rooms import ROOMS
from thin_assets.domain.snapshot import Snapshot, months_between, parse_month
from thin_assets.errors import RunFailed
from thin_assets.instance.backfills import costs, submit_backfill, wait_for_backfill
from thin_assets.instance.config import QUIET, open_instance
from thin_assets.instance.daemon import daemon
from thin_assets.jobs import assets_of
from thin_assets.settings import Settings
from thin_assets.synthetic.delivery import write_delivery

FIRST_MONTH = "2023-01"
_RACES = re.compile(r"database is locked|deadlock|CommitFailed|ConcurrentModification|FileExistsError", re.I)


@dataclass(frozen=True)
class Figures:
    """What a backfill took, and what the same partitions took in one warm process.

    failures            runs that did not succeed
    races               lines of the daemon's log that speak of a lock or of two writers
    cpu_per_partition   seconds of every process: daemon, code server, runs, dbt
    cpu_in_run          median, of a run's process and dbt alone, from its first step on
    start_seconds       median, from the launch of a run to its first step
    run_seconds         median, from its first step to its end
    warm_cpu            seconds of CPU for a partition in a process that has loaded everything, dbt included
    """

    partitions: int
    concurrent: int
    until: str
    failures: int
    races: int
    wall: float
    wall_per_partition: float
    cpu_per_partition: float
    cpu_in_run: float
    start_seconds: float
    run_seconds: float
    peak_mb: int
    warm_wall: float
    warm_cpu: float
    cpu_to_warm: float


def main() -> None:
    """Measure a backfill, print the figures, and keep them as JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--partitions", type=int, default=168)
    parser.add_argument("--patients", type=int, default=30)
    parser.add_argument("--concurrent", type=int, default=4)
    parser.add_argument("--until", choices=ROOMS, default="validated")
    parser.add_argument("--warm", type=int, default=14, help="partitions built in one warm process")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--keep", type=Path, help="folder of both homes; unset: a temporary one")
    told = parser.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        figures = measure(told.keep or Path(folder), told)
    if told.json:
        told.json.write_text(json.dumps(asdict(figures), indent=2), encoding="utf-8")
    Console().print(_table(figures))


def measure(folder: Path, told: argparse.Namespace) -> Figures:
    """Two homes with the same deliveries: one for the daemon, one for the warm process."""
    snapshots = _grid(told.partitions)
    settings = Settings(home=folder / "daemon", max_concurrent_runs=told.concurrent)
    cost_of(lambda: _prepare(settings, snapshots, told.patients))
    warm = settings.model_copy(update={"home": folder / "warm"})
    shutil.copytree(settings.home, warm.home)
    rooms = ROOMS[: ROOMS.index(told.until) + 1]
    backfilled = cost_of(lambda: _backfill(settings, snapshots, rooms))
    few = snapshots[: told.warm]
    warmed = cost_of(lambda: _in_one_process(warm, few, rooms))
    return _figures(settings, told, backfilled, warmed, len(few))


def _prepare(settings: Settings, snapshots: list[Snapshot], patients: int) -> None:
    """A home with deliveries; in a process of its own, for no connection to SQLite may pass a fork."""
    mend(settings)
    for snapshot in snapshots:
        write_delivery(
            snapshot,
            patients=patients,
            seed=7,
            deliveries=settings.deliveries,
            truth=settings.home / "truth",
        )


def _grid(partitions: int) -> list[Snapshot]:
    """So many partitions, month by month, all countries of each."""
    first = parse_month(FIRST_MONTH)
    months = months_between(first, first.replace(year=first.year + 9))
    return [Snapshot(code, month) for month in months for code in COUNTRIES][:partitions]


def _backfill(settings: Settings, snapshots: list[Snapshot], rooms: tuple[str, ...]) -> None:
    from thin_assets.definitions import build_definitions

    graph = build_definitions(settings).resolve_asset_graph()
    keys = [snapshot.key for snapshot in snapshots]
    with open_instance(settings) as instance, daemon(settings, instance):
        backfill_id = submit_backfill(instance, graph, assets_of(graph, rooms), keys)
        try:
            wait_for_backfill(instance, backfill_id, lambda _: None)
        except RunFailed as error:  # is a figure
            print(error, instance.get_backfill(backfill_id).error, file=sys.stderr)


def _in_one_process(settings: Settings, snapshots: list[Snapshot], rooms: tuple[str, ...]) -> None:
    from thin_assets.definitions import build_definitions

    definitions = build_definitions(settings)
    job = definitions.resolve_implicit_global_asset_job_def()
    assets = assets_of(definitions.resolve_asset_graph(), rooms)
    with open_instance(settings) as instance:
        for snapshot in snapshots:
            job.execute_in_process(
                instance=instance, partition_key=snapshot.key, asset_selection=assets, run_config=QUIET
            )


def _figures(
    settings: Settings, told: argparse.Namespace, backfilled: Cost, warmed: Cost, few: int
) -> Figures:
    with open_instance(settings) as instance:
        (backfill,) = instance.get_backfills()
        runs = costs(instance, backfill.backfill_id)
        ids = [run.run_id for run in instance.get_runs() if "dagster/backfill" in run.tags]
        ran = [one for one in map(instance.get_run_stats, ids) if one.start_time and one.end_time]
    log = (settings.dagster_home / "daemon.log").read_text(encoding="utf-8", errors="replace")
    cpu, warm = backfilled.cpu / told.partitions, warmed.cpu / few
    return Figures(
        partitions=told.partitions,
        concurrent=told.concurrent,
        until=told.until,
        failures=told.partitions - [run.status for run in runs].count("SUCCESS"),
        races=len(_RACES.findall(log)),
        wall=backfilled.wall,
        wall_per_partition=backfilled.wall / told.partitions,
        cpu_per_partition=cpu,
        cpu_in_run=statistics.median(run.cpu_seconds or 0 for run in runs),
        start_seconds=statistics.median(one.start_time - one.launch_time for one in ran),
        run_seconds=statistics.median(one.end_time - one.start_time for one in ran),
        peak_mb=max(run.peak_mb or 0 for run in runs),
        warm_wall=warmed.wall / few,
        warm_cpu=warm,
        cpu_to_warm=cpu / warm,
    )


def _table(figures: Figures) -> Table:
    table = Table(title="A backfill of tiny partitions", title_justify="left", show_header=False)
    table.add_column("figure")
    table.add_column("value", justify="right")
    for name, value in asdict(figures).items():
        table.add_row(name.replace("_", " "), f"{value:,.2f}" if isinstance(value, float) else str(value))
    return table


if __name__ == "__main__":
    main()
