"""One partition through the rooms without Dagster, each timed beside its floor."""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from thin_assets.domain.snapshot import Snapshot
from thin_assets.evidence.profile import build_profile
from thin_assets.landing.inspect import inspect_delivery
from thin_assets.omop.contract import candidate_tables
from thin_assets.raw.room import unpack_delivery
from thin_assets.resources.dbt import Dbt, partition_values, prepare_manifest
from thin_assets.resources.lake import Lake
from thin_assets.resources.warehouse import attach_tables, connect
from thin_assets.synthetic.delivery import write_delivery
from thin_assets.text.contract import MENTION
from thin_assets.text.stream import write_mentions
from thin_assets.validated.field_rules import Calendar
from thin_assets.validated.judge import judge_build
from thin_assets.vocabulary import DEMO, load_bundle, project_maps


@dataclass(frozen=True)
class Measured:
    """Seconds of a room; CPU of this process and those it started. floor_cpu is null where there is none."""

    room: str
    rows: int
    wall: float
    cpu: float
    floor_cpu: float | None


def measure_partition(home: Path, country: str, patients: int) -> Iterator[Measured]:
    """Generate, inspect, unpack, transform, judge and profile one partition, a measurement for each."""
    snapshot, lake = Snapshot.named(country, "2024-03"), Lake(home=str(home))
    con = connect(memory_limit="4GB", spill=home / "spill")
    load_bundle(DEMO, project_maps(), home / "vocabulary", con)
    lake.adopt_vocabulary(home / "vocabulary", "demo")
    prepare_manifest()

    wall, cpu, folder = timed(lambda: _generate(home, snapshot, patients))
    inspected = timed(lambda: inspect_delivery(folder, snapshot))
    rows = sum(inspected[2].tables.values())
    yield Measured("generate", rows, wall, cpu, None)
    yield Measured("landing", rows, *inspected[:2], timed(lambda: _read_bytes(folder))[1])

    def target(table: str) -> Path:
        return lake.file("raw", table, snapshot)

    unpacked = timed(lambda: unpack_delivery(inspected[2], snapshot, b"benchmark", target, 0.05, con))
    yield Measured("raw", rows, *unpacked[:2], timed(lambda: _csv_to_parquet(con, folder, home))[1])

    write_mentions(target("text"), lake.file("text", MENTION, snapshot), con)
    candidate = home / "candidate"
    for table in candidate_tables():
        (candidate / table).mkdir(parents=True)
    dbt = Dbt(memory_limit="4GB", spill=str(home / "spill"))
    values = partition_values(lake, snapshot, candidate, inspected[2].as_record(), lake.vocabulary_version())
    built = timed(lambda: dbt.build(values))
    copied = timed(lambda: _copy_parquet(con, candidate, home))
    made = sum(pq.read_metadata(path).num_rows for path in candidate.glob("*/data.parquet"))
    yield Measured("omop", made, *built[:2], copied[1])

    calendar = Calendar(snapshot.cutoff, snapshot.cutoff)
    judged = timed(lambda: judge_build(candidate, lake.vocabulary(), con, calendar=calendar, country=country))
    scanned = timed(lambda: _scan(con, candidate))[1]
    yield Measured("validated", made, *judged[:2], scanned)

    attach_tables(con, "cdm", candidate)
    attach_tables(con, "cdm", lake.vocabulary())
    profiled = timed(lambda: build_profile(con, where=snapshot.key))
    yield Measured("evidence", made, *profiled[:2], scanned)


def timed(work: Callable) -> tuple[float, float, object]:
    """Wall seconds, CPU seconds (children included) and the result of some work."""
    wall, before = time.monotonic(), os.times()
    result = work()
    after = os.times()
    return time.monotonic() - wall, sum(after[:4]) - sum(before[:4]), result


def _generate(home: Path, snapshot: Snapshot, patients: int) -> Path:
    return write_delivery(
        snapshot, patients=patients, seed=7, deliveries=home / "deliveries", truth=home / "truth"
    )


def _read_bytes(folder: Path) -> int:
    return sum(len(path.read_bytes()) for path in folder.rglob("*.gz"))


def _csv_to_parquet(con: duckdb.DuckDBPyConnection, folder: Path, home: Path) -> None:
    """The floor of raw: the engine's own reader, every column text, bad lines passed over, to Parquet."""
    for table in sorted({path.parent for path in folder.rglob("*.csv.gz")}):
        con.execute(
            f"copy (select * from read_csv('{table}/*.csv.gz', delim = '|', quote = '\"', header = true,"
            " all_varchar = true, auto_detect = true, ignore_errors = true, strict_mode = false))"
            f" to '{home}/floor.parquet' (format parquet, compression zstd)"
        )


def _copy_parquet(con: duckdb.DuckDBPyConnection, candidate: Path, home: Path) -> None:
    """The floor of omop: every table it wrote, read and written once."""
    for path in candidate.glob("*/data.parquet"):
        floor = f"'{home}/floor.parquet' (format parquet, compression zstd)"
        con.execute(f"copy (from read_parquet('{path}')) to {floor}")


def _scan(con: duckdb.DuckDBPyConnection, candidate: Path) -> None:
    """The floor of validated: every column of every table read once."""
    for path in candidate.glob("*/data.parquet"):
        con.execute(f"select count(columns(*)) from read_parquet('{path}')").fetchall()
