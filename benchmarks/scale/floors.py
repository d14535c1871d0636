"""Floors: read what a room read, write what it wrote, and think nothing."""

import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from thin_assets.resources.warehouse import connect

GZIP, LEVEL, AT_ONCE = 31, 1, 1 << 20
"""As the generator packs: a gzip header, the quickest level; bytes read at once."""


@dataclass(frozen=True)
class Moved:
    """Files that a floor moves: the delivery's folder, what was read of the lake, and what was written."""

    delivery: Path
    read: list[Path]
    written: list[Path]


@dataclass(frozen=True)
class Engine:
    """The limits that rooms have too, and a folder for copies, each of which is removed at once."""

    memory: str
    threads: int
    scratch: Path

    def connect(self):
        """A connection with these limits."""
        return connect(memory_limit=self.memory, threads=self.threads, spill=self.scratch)


def gzip_again(moved: Moved, engine: Engine) -> None:
    """Unpack every file of the delivery and pack it again."""
    for path in _packed(moved.delivery):
        unpack, pack = zlib.decompressobj(GZIP), zlib.compressobj(LEVEL, wbits=GZIP)
        with path.open("rb") as source, _copy(engine).open("wb") as target:
            while part := source.read(AT_ONCE):
                target.write(pack.compress(unpack.decompress(part)))
            target.write(pack.flush())
    _copy(engine).unlink(missing_ok=True)


def read_bytes(moved: Moved, engine: Engine) -> None:
    """Read every file of the delivery."""
    for path in _packed(moved.delivery):
        with path.open("rb") as source:
            while source.read(AT_ONCE):
                pass


def csv_to_parquet(moved: Moved, engine: Engine) -> None:
    """The engine's own reader: every column text, bad lines passed over, to Parquet, table by table."""
    with engine.connect() as con:
        for table in sorted({path.parent for path in _packed(moved.delivery)}):
            con.execute(
                f"copy (select * from read_csv('{table}/*.csv.gz', delim = '|', quote = '\"', header = true,"
                " all_varchar = true, auto_detect = true, ignore_errors = true, strict_mode = false))"
                f" to '{_copy(engine)}' (format parquet, compression zstd)"
            )
    _copy(engine).unlink(missing_ok=True)


def scan_and_copy(moved: Moved, engine: Engine) -> None:
    """Scan every column of what was read; copy what was written."""
    with engine.connect() as con:
        for path in moved.read:
            con.execute(f"select count(columns(*)) from {_table(path)}").fetchall()
        for path in _parquet(moved.written):
            con.execute(f"copy (from {_table(path)}) to '{_copy(engine)}' (format parquet, compression zstd)")
    _copy(engine).unlink(missing_ok=True)


FLOORS: dict[str, Callable[[Moved, Engine], None]] = {
    "gzip": gzip_again,
    "bytes": read_bytes,
    "csv": csv_to_parquet,
    "parquet": scan_and_copy,
}
"""By their names in `rooms.yaml`."""


def _packed(delivery: Path) -> list[Path]:
    return sorted(delivery.rglob("*.csv.gz"))


def _parquet(paths: Iterable[Path]) -> list[Path]:
    return [path for path in paths if path.suffix == ".parquet"]


def _copy(engine: Engine) -> Path:
    return engine.scratch / "copy"


def _table(path: Path) -> str:
    return f"read_parquet('{path}', hive_partitioning = false)"
