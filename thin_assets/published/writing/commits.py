"""What the log of a Delta table tells of its partitions: every commit of ours names the one it replaced."""

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from deltalake import DeltaTable

from thin_assets.domain.snapshot import Snapshot
from thin_assets.resources.tables import file_names, follow, open_table

OF = {"country", "snapshot", "build", "rows"}
"""What every commit says of its partition, beside what Delta Lake itself says."""


@dataclass(frozen=True)
class Commit:
    """One partition replaced.

    at           when it was committed, by the clock of the writer
    origin       version that first brought these rows: an earlier one where a recall put them back
    withdrawn    True where a recall left nothing of a partition that was never published before
    """

    version: int
    snapshot: Snapshot
    build: str
    rows: int
    at: dt.datetime
    origin: int
    withdrawn: bool = False


def commits(path: Path, until: int | None = None) -> Iterator[Commit]:
    """Commits of partitions, newest first, to the version `until` or to the last.

    Read from the log itself: `DeltaTable.history` counts versions down from the one that it was opened at,
    and is wrong by one for each commit that came since.
    """
    for version, told in _log(path, until):
        if set(told) >= OF:
            yield _commit(version, told)


def partitions(path: Path, until: int | None = None) -> dict[Snapshot, Commit]:
    """The commit that each partition stands by at a version, those without a row among them.

    Where the table was set back to an earlier version, what came in between does not count.
    """
    newest: dict[Snapshot, Commit] = {}
    standing = until
    for version, told in _log(path, until):
        if standing is None or version <= standing:
            if told.get("operation") == "RESTORE":
                standing = int(told["operationParameters"]["version"])
            elif set(told) >= OF:
                commit = _commit(version, told)
                newest.setdefault(commit.snapshot, commit)
    return {one: newest[one] for one in sorted(newest) if not newest[one].withdrawn}


def _log(path: Path, until: int | None) -> Iterator[tuple[int, dict]]:
    """What each commit says of itself, newest first."""
    follow(path)
    for file in sorted((path / "_delta_log").glob("*.json"), reverse=True):
        version = int(file.stem)
        if until is None or version <= until:
            yield version, _commit_info(file)


def metadata(snapshot: Snapshot, build: str, rows: int) -> dict[str, str]:
    """What a commit says of the partition that it replaces."""
    return {
        "country": snapshot.country,
        "snapshot": str(snapshot.month),
        "build": build,
        "rows": str(rows),
    }


def predicate(snapshot: Snapshot) -> str:
    """What holds for the rows of a partition, as Delta Lake asks it."""
    return f"country = '{snapshot.country}' and snapshot = '{snapshot.month}'"


def rows_at(path: Path, version: int, snapshot: Snapshot) -> pl.DataFrame:
    """Rows of a partition at a version, in the order of the table."""
    return pl.scan_delta(open_table(path, version)).filter(of_partition(snapshot)).collect()


def of_partition(snapshot: Snapshot) -> pl.Expr:
    """What holds for the rows of a partition, as polars asks it."""
    return (pl.col("country") == snapshot.country) & (pl.col("snapshot") == snapshot.month)


def data_files(table: DeltaTable, snapshot: Snapshot | None = None) -> list[str]:
    """Parquet files of a table at the version that it was opened at, all or those of a partition."""
    of = snapshot and [("country", "=", snapshot.country), ("snapshot", "=", str(snapshot.month))]
    return file_names(table, of)


def majors(folder: Path) -> dict[int, Path]:
    """Delta tables of a product by major version of the contract."""
    found = folder.glob("v*/_delta_log")
    return {int(log.parent.name.removeprefix("v")): log.parent for log in sorted(found)}


def _commit_info(file: Path) -> dict:
    """What a commit says of itself; it is the first line, or the last."""
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            if line.startswith('{"commitInfo"'):
                return json.loads(line)["commitInfo"]
    return {}


def _commit(version: int, told: Mapping) -> Commit:
    return Commit(
        version=version,
        snapshot=Snapshot.named(told["country"], told["snapshot"]),
        build=told["build"],
        rows=int(told["rows"]),
        at=dt.datetime.fromtimestamp(told["timestamp"] / 1000, dt.UTC),
        origin=int(told.get("origin", version)),
        withdrawn="withdrawn" in told,
    )
