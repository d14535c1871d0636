"""`python -m benchmarks.omop_build --patients 10000 100000`: the transformation beside a copy of its input.

floor        every raw Parquet file of the partition, copied to Parquet by the same engine
build        dbt: staging, intermediate, CDM, eras and the accounts, from raw Parquet to a candidate build
judgement    the validated room: every check, the reconciliation, the seal

Each in a process of its own, in one run, with the same threads, memory limit and compression.
"""

import argparse
import json
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
from rich.console import Console
from rich.table import Table

from benchmarks.processes import Cost, cost_of
from thin_assets.domain.snapshot import Snapshot
from thin_assets.landing.inspect import inspect_delivery
from thin_assets.omop.contract import ACCOUNTS, candidate_tables
from thin_assets.raw.room import unpack_delivery
from thin_assets.resources.dbt import Dbt, code_version, partition_values, prepare_manifest
from thin_assets.resources.lake import Lake
from thin_assets.resources.warehouse import connect
from thin_assets.synthetic.delivery import write_delivery
from thin_assets.text.contract import MENTION
from thin_assets.text.stream import write_mentions
from thin_assets.validated.field_rules import Calendar
from thin_assets.validated.judge import judge_build
from thin_assets.validated.reconcile import reconcile
from thin_assets.validated.results import results_frame
from thin_assets.validated.seal import seal
from thin_assets.vocabulary import DEMO, load_bundle, project_maps

MEMORY_LIMIT, THREADS = "3GB", 2
COUNTRY, MONTH, SEED = "GB", "2024-03", 7


@dataclass(frozen=True)
class Measured:
    """What one partition cost.

    source_rows    rows of the raw Parquet files, look-up tables and rejected rows included
    cdm_rows       rows of all CDM tables, the accounts left out
    """

    patients: int
    source_rows: int
    cdm_rows: int
    floor: Cost
    build: Cost
    judgement: Cost

    def as_record(self) -> dict:
        """As JSON: the costs, and the ratios that can be compared between machines."""
        return asdict(self) | {
            "build_to_floor": round(self.build.cpu / self.floor.cpu, 2),
            "judgement_to_build": round(self.judgement.cpu / self.build.cpu, 2),
            "cdm_rows_per_cpu_second": round(self.cdm_rows / self.build.cpu),
        }


@dataclass(frozen=True)
class Partition:
    """One delivery on its way: where it lies on disk, between measured processes."""

    home: Path
    patients: int
    month: str = MONTH

    @property
    def lake(self) -> Lake:
        """The lake below the home."""
        return Lake(home=str(self.home))

    @property
    def snapshot(self) -> Snapshot:
        """The same country always."""
        return Snapshot.named(COUNTRY, self.month)

    @property
    def candidate(self) -> Path:
        """The folder that dbt writes."""
        return self.lake.candidates(self.snapshot) / "candidate=benchmark"

    def raw(self, table: str) -> Path:
        """The Parquet file of a raw table."""
        return self.lake.file("raw", table, self.snapshot)

    def raw_files(self) -> list[Path]:
        """The Parquet files of all raw tables."""
        return sorted((self.lake.root / "raw").glob("*/*/*/data.parquet"))

    def connect(self) -> duckdb.DuckDBPyConnection:
        """A connection with the limits that every step has."""
        return connect(memory_limit=MEMORY_LIMIT, threads=THREADS, spill=self.home / "spill")


def measure(partition: Partition) -> Measured:
    """Deliver and unpack where that is not done yet, then measure floor, build and judgement."""
    if partition.lake.reported("raw", partition.snapshot) is None:
        cost_of(partial(deliver, partition))
        cost_of(partial(unpack, partition))
    make_way(partition)
    floor = cost_of(partial(copy_raw, partition))
    build = cost_of(partial(transform, partition))
    cdm_rows = sum(_rows(path) for path in _cdm_files(partition.candidate))
    judgement = cost_of(partial(judge, partition))
    source_rows = sum(_rows(path) for path in partition.raw_files())
    return Measured(partition.patients, source_rows, cdm_rows, floor, build, judgement)


def deliver(partition: Partition) -> None:
    """A synthetic delivery with its planted faults, and the demo vocabulary."""
    home = partition.home
    load_bundle(DEMO, project_maps(), home / "unfinished", partition.connect())
    partition.lake.adopt_vocabulary(home / "unfinished", "demo")
    write_delivery(
        partition.snapshot,
        patients=partition.patients,
        seed=SEED,
        deliveries=home / "deliveries",
        truth=home / "truth",
    )


def unpack(partition: Partition) -> None:
    """The rooms raw and text; the report of raw is kept last, so that a home with one is whole."""
    snapshot, lake = partition.snapshot, partition.lake
    inspected = inspect_delivery(partition.home / "deliveries" / COUNTRY / snapshot.folder, snapshot)
    lake.report("landing", snapshot, inspected.as_record())
    report = unpack_delivery(inspected, snapshot, b"benchmark", partition.raw, 0.05, partition.connect())
    write_mentions(partition.raw("text"), lake.file("text", MENTION, snapshot), partition.connect())
    lake.report("raw", snapshot, report.as_counts())


def copy_raw(partition: Partition) -> None:
    """The floor: every raw table read and written once, thinking nothing."""
    con = partition.connect()
    for path in partition.raw_files():
        target = partition.home / "floor.parquet"
        con.execute(f"copy (from read_parquet('{path}')) to '{target}' (format parquet, compression zstd)")


def transform(partition: Partition) -> None:
    """The dbt build, as the omop room runs it."""
    lake, snapshot = partition.lake, partition.snapshot
    delivered, version = lake.reported("landing", snapshot), lake.vocabulary_version()
    values = partition_values(lake, snapshot, partition.candidate, delivered, version)
    Dbt(memory_limit=MEMORY_LIMIT, spill=str(partition.home / "spill")).build(values)


def judge(partition: Partition) -> None:
    """The validated room. Raises BrokenRules or NotReconciled: a build that is refused is no measurement."""
    lake, snapshot, candidate = partition.lake, partition.snapshot, partition.candidate
    delivered, version = lake.reported("landing", snapshot), lake.vocabulary_version()
    con = partition.connect()
    calendar = Calendar(snapshot.cutoff, snapshot.cutoff)
    judgement = judge_build(candidate, lake.vocabulary(), con, calendar=calendar, country=COUNTRY)
    accounts = reconcile(candidate, delivered["tables"], con)
    lake.write("validated", "data_quality", snapshot, results_frame(judgement.results))
    judgement.require(snapshot.key)
    accounts.require(snapshot.key)
    identity = {"delivery": delivered["delivery"], "vocabulary": version, "code": code_version()}
    seal(candidate, lake.sealed(snapshot), identity)


def make_way(partition: Partition) -> None:
    """Empty folders for a candidate, and no sealed build: the one before would hold the same bytes."""
    for folder in (partition.candidate, partition.lake.sealed(partition.snapshot)):
        shutil.rmtree(folder, ignore_errors=True)
    for table in candidate_tables():
        (partition.candidate / table).mkdir(parents=True)
    prepare_manifest()


def _cdm_files(candidate: Path) -> Iterator[Path]:
    return (path for path in candidate.glob("*/data.parquet") if path.parent.name not in ACCOUNTS)


def _rows(path: Path) -> int:
    return pq.read_metadata(path).num_rows


def table_of(one: Measured) -> Table:
    """For people: the costs of one partition, and its ratios below."""
    record = one.as_record()
    caption = (
        f"build to floor {record['build_to_floor']}\njudgement to build {record['judgement_to_build']}\n"
        f"CDM rows per CPU second {record['cdm_rows_per_cpu_second']:,}"
    )
    title = f"{one.patients:,} patients\n{one.source_rows:,} source rows\n{one.cdm_rows:,} CDM rows"
    table = Table("step", title=title, caption=caption, title_justify="left", caption_justify="left")
    for name in ("CPU s", "wall s", "peak MB"):
        table.add_column(name, justify="right")
    for step in ("floor", "build", "judgement"):
        cost = getattr(one, step)
        table.add_row(step, f"{cost.cpu:.1f}", f"{cost.wall:.1f}", f"{cost.peak_mb:,}")
    return table


def main() -> None:
    """Measure, print tables, and JSON where it is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--patients", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--keep", type=Path, help="folder for deliveries and raw Parquet, used again")
    parser.add_argument("--json", type=Path, help="file for the figures")
    told = parser.parse_args()
    measured = []
    with tempfile.TemporaryDirectory() as passing:
        home = (told.keep or Path(passing)).resolve()
        for patients in told.patients:
            measured.append(measure(Partition(home / str(patients), patients)))
            Console().print(table_of(measured[-1]))
    if told.json:
        told.json.write_text(json.dumps([one.as_record() for one in measured], indent=2) + "\n")


if __name__ == "__main__":
    main()
