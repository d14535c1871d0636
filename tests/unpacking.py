"""A delivery taken through landing and raw in a test's own folder."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa

from tests.deliveries import MARCH
from thin_assets.domain.snapshot import Snapshot
from thin_assets.landing.inspect import inspect_delivery
from thin_assets.raw.report import RawReport
from thin_assets.raw.room import unpack_delivery

SECRET = b"a secret of the tests, known to everyone"


@dataclass(frozen=True)
class Raw:
    """A raw partition: its report, and its files."""

    report: RawReport
    files: Callable[[str], Path]

    def table(self, name: str) -> pl.DataFrame:
        """A raw table as it was written."""
        return pl.read_parquet(self.files(name), hive_partitioning=False)

    def column(self, table: str, name: str) -> list:
        """One column of a raw table."""
        return self.table(table)[name].to_list()

    @property
    def rejected(self) -> set[tuple[str, int, str | None, str]]:
        """What was rejected: table, line, column, reason."""
        return set(self.table("rejected")["source_table", "source_line", "column_name", "reason"].rows())


def raw_files(lake: Path) -> Callable[[str], Path]:
    """Where the files of a raw partition lie."""
    return lambda table: lake / "raw" / table / "data.parquet"


def unpacked(
    folder: Path,
    lake: Path,
    snapshot: Snapshot = MARCH,
    *,
    allowed: float = 1.0,
    secret: bytes = SECRET,
    opted_out: tuple[int, ...] = (),
    key: bytes | None = None,
) -> Raw:
    """Inspect and unpack a delivery; by default any share of rejected rows is allowed."""
    inspection = inspect_delivery(folder, snapshot)
    with duckdb.connect() as con:
        report = unpack_delivery(
            *(inspection, snapshot, secret, raw_files(lake), allowed, con),
            opted_out=pa.array(sorted(opted_out), pa.int64()),
            key=key,
        )
    return Raw(report, raw_files(lake))
