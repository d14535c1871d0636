"""Rows of one partition: delivered once, then each room's work beside a copy or a scan of the same bytes."""

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

import pyarrow.parquet as pq

from benchmarks.omop_build import (
    MEMORY_LIMIT,
    THREADS,
    Partition,
    copy_raw,
    deliver,
    judge,
    make_way,
    transform,
    unpack,
)
from benchmarks.processes import cost_of
from benchmarks.scale.floors import Engine, Moved, csv_to_parquet, read_bytes, scan_and_copy
from benchmarks.suite.trio import Trio, steady
from thin_assets.evidence.profile import build_profile
from thin_assets.landing.inspect import inspect_delivery
from thin_assets.omop.contract import ACCOUNTS
from thin_assets.resources.files import read_json
from thin_assets.resources.sums import sum_of
from thin_assets.resources.warehouse import attach_tables


def partition_rows(folder: Path, size: int) -> Iterator[Trio]:
    """landing, raw, checksums, omop, validated, evidence; in this order, each needs what was before."""
    partition = Partition(folder, size)
    engine = Engine(MEMORY_LIMIT, THREADS, folder / "spill")
    cost_of(partial(deliver, partition))
    delivery = folder / "deliveries" / partition.snapshot.country / partition.snapshot.folder
    yield from _arrived(partition, Moved(delivery, [], []), engine)
    yield _checksums(partition, engine)
    yield from _built(partition, engine)


def _arrived(partition: Partition, moved: Moved, engine: Engine) -> Iterator[Trio]:
    """Rows and bytes of the delivery."""
    rows = sum(one["rows"] for one in read_json(moved.delivery / "manifest.json")["files"])
    told = {"rows": rows, "bytes": _bytes(moved.delivery.rglob("*.csv.gz"))}
    ours = steady(lambda: inspect_delivery(moved.delivery, partition.snapshot))
    yield Trio("landing", ours, steady(partial(read_bytes, moved, engine)), **told)
    ours = steady(partial(unpack, partition))
    yield Trio("raw", ours, steady(partial(csv_to_parquet, moved, engine)), **told)


def _checksums(partition: Partition, engine: Engine) -> Trio:
    """Of all raw tables; the floor reads their bytes."""
    files = partition.raw_files()
    ours = steady(lambda: [sum_of(path) for path in files])
    return Trio("checksums", ours, steady(lambda: [path.read_bytes() for path in files]), bytes=_bytes(files))


def _built(partition: Partition, engine: Engine) -> Iterator[Trio]:
    """Rows and bytes of the CDM tables; the candidate is gone after the seal."""
    floor = steady(partial(copy_raw, partition))
    make_way(partition)
    build = cost_of(partial(transform, partition))
    tables = [one for one in partition.candidate.glob("*/data.parquet") if one.parent.name not in ACCOUNTS]
    told = {"rows": sum(pq.read_metadata(path).num_rows for path in tables), "bytes": _bytes(tables)}
    yield Trio("omop", build, floor, **told)
    scan = steady(partial(scan_and_copy, Moved(partition.home, tables, []), engine))
    judged = cost_of(partial(judge, partition))
    yield Trio("validated", judged, scan, build, **told)
    yield Trio("evidence", steady(partial(_profile, partition)), scan, **told)


def _profile(partition: Partition) -> None:
    with partition.connect() as con:
        attach_tables(con, "cdm", partition.lake.current_build(partition.snapshot))
        attach_tables(con, "cdm", partition.lake.vocabulary())
        build_profile(con, where=partition.snapshot.key)


def _bytes(paths: Iterable[Path]) -> int:
    return sum(path.stat().st_size for path in paths)
