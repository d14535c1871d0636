"""Synthetic deliveries for tests: written once per session and argument list, read back as plain text."""

import csv
import gzip
import io
import json
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import polars as pl

from thin_assets.domain.snapshot import Snapshot
from thin_assets.synthetic.delivery import write_delivery


@dataclass(frozen=True)
class World:
    """A delivery with its truth."""

    folder: Path
    truth: dict

    @property
    def manifest(self) -> dict:
        return json.loads((self.folder / "manifest.json").read_text())

    def lines(self, table: str) -> list[bytes]:
        """The lines of a table, without headers and line ends."""
        found = []
        for path in self.paths(table):
            found += gzip.decompress(path.read_bytes()).split(b"\n")[1:-1]
        return found

    def paths(self, table: str) -> list[Path]:
        files = [entry["path"] for entry in self.manifest["files"] if entry["table"] == table]
        return [self.folder / path for path in sorted(files)]

    def rows(self, table: str) -> pl.DataFrame:
        """Every row of a clean table as text."""
        parts = [pl.read_csv(path, separator="|", infer_schema=False) for path in self.paths(table)]
        return pl.concat(parts)

    def bytes_by_path(self) -> dict[str, bytes]:
        return {
            path.relative_to(self.folder).as_posix(): path.read_bytes()
            for path in sorted(self.folder.rglob("*"))
            if path.is_file()
        }


def make(root: Path, country: str, month: str, *, patients: int = 300, seed: int = 7, **options) -> World:
    """Write a delivery under a folder."""
    folder = write_delivery(
        Snapshot.named(country, month),
        patients=patients,
        seed=seed,
        deliveries=root / "deliveries",
        truth=root / "truth",
        **options,
    )
    return World(folder, json.loads((root / "truth" / country / f"{month}.json").read_text()))


@cache
def world(
    country: str, month: str = "2024-03", *, patients: int = 300, seed: int = 7, defects: bool = False
) -> World:
    """A delivery that several tests read and none changes."""
    root = Path(tempfile.mkdtemp(prefix="synthetic-"))
    return make(root, country, month, patients=patients, seed=seed, defects=defects)


def parsed(line: bytes) -> list[str]:
    """The fields of one line, read as the layout says they are quoted."""
    return next(csv.reader(io.StringIO(line.decode()), delimiter="|"))


def date(column: str) -> pl.Expr:
    """A date column, 00 read as the first month or day."""
    whole = pl.col(column).str.replace("0000$", "0101").str.replace("00$", "01")
    return whole.str.to_date("%Y%m%d").alias(column)
