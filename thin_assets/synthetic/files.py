"""Writing the parts of a delivery: pipe-delimited, gzip without a time, and the lines that arrive broken."""

import hashlib
import io
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from thin_assets.domain.layout import column_names
from thin_assets.synthetic.defects import kinds

GZIP = 31
"""Window bits that make zlib write a gzip header without name or time."""

LEVEL = 1
NOT_UTF8 = "é".encode("cp1252") + b"t" + "é".encode("cp1252")

TEXT_OF = {
    "patient": "marital",
    "consult": "constype",
    "medical": "locate",
    "therapy": "locate",
    "ahd": "locate",
}
DATE_OF = {
    "patient": "regdate",
    "consult": "eventdate",
    "medical": "eventdate",
    "therapy": "prscdate",
    "dispense": "dispdate",
    "ahd": "eventdate",
}
NUMBER_OF = {
    "patient": "famnum",
    "consult": "duration",
    "medical": "priority",
    "therapy": "prscqty",
    "dispense": "boxes",
}
REQUIRED_OF = {
    "patient": "regdate",
    "consult": "consultid",
    "medical": "medcode",
    "therapy": "drugcode",
    "ahd": "ahdcode",
}
"""The column that each fault of the text spoils."""


@dataclass(frozen=True)
class Part:
    """One written file, as the manifest names it."""

    table: str
    path: str
    rows: int
    sha256: str
    columns: list[str]


class ThinWriter:
    """Writes the frames of a delivery as parts of the THIN-like layout."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._parts: list[Part] = []

    def write(self, table: str, number: int, frame: pl.DataFrame, faults: np.ndarray | None = None) -> None:
        """Write a frame as part `number` of a table; `faults` names the fault of each row (0: none)."""
        self._parts.append(write_part(self.folder, table, number, frame, faults))

    def parts(self) -> list[Part]:
        """Every file written, as the manifest names it."""
        return self._parts


def write_part(
    folder: Path, table: str, number: int, frame: pl.DataFrame, faults: np.ndarray | None = None
) -> Part:
    """Write a frame as one part of a table; `faults` names the fault of each row (0: none)."""
    buffer = io.BytesIO()
    frame.write_csv(buffer, separator="|", null_value="")
    content = buffer.getvalue()
    if faults is not None and faults.any():
        content = _with_broken_lines(content, table, faults)
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, GZIP)
    packed = packer.compress(content) + packer.flush()
    path = f"{folder_of(table)}/part-{number:03d}.csv.gz"
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(packed)
    return Part(table, path, len(frame), hashlib.sha256(packed).hexdigest(), frame.columns)


def folder_of(table: str) -> str:
    """Folder of a table inside a delivery: look-ups have one of their own."""
    return f"lookups/{table.removeprefix('lookup_')}" if table.startswith("lookup_") else table


def _with_broken_lines(content: bytes, table: str, faults: np.ndarray) -> bytes:
    """The file with the lines of faulty rows rewritten; row n stands in line n + 1, after the header."""
    ends = np.flatnonzero(np.frombuffer(content, dtype=np.uint8) == ord("\n"))
    pieces, copied = [], 0
    for row in np.flatnonzero(faults):
        start, end = ends[row] + 1, ends[row + 1]
        pieces += [content[copied:start], broken(content[start:end], table, kinds()[faults[row]], row)]
        copied = end
    return b"".join([*pieces, content[copied:]])


def broken(line: bytes, table: str, kind: str, row: int) -> bytes:
    """A line spoilt by a fault of its text; other faults leave it as it is.

    >>> broken(b"a|b|20200101|c13|1|1|", "dispense", "not_a_number", 0)
    b'a|b|20200101|c13|1|several|'
    """
    fields = line.split(b"|")
    if kind == "wrong_field_count":
        return b"|".join(fields[:-2]) if row % 2 else line + b"|surplus"
    column = spoiled_column(kind, table)
    if column is None:
        return line
    dates = (b"20231345", b"31/12/2019", b"unknown")
    values = {"not_utf8": NOT_UTF8, "not_a_date": dates[row % 3], "not_a_number": b"several"}
    fields[column_names(table).index(column)] = values.get(kind, b"")
    return b"|".join(fields)


def spoiled_column(kind: str, table: str) -> str | None:
    """The column that a fault of a row's text spoils; None for a fault that spoils none.

    >>> spoiled_column("not_a_number", "dispense"), spoiled_column("duplicate", "dispense")
    ('boxes', None)
    """
    spoiled = {
        "not_utf8": TEXT_OF,
        "not_a_date": DATE_OF,
        "not_a_number": NUMBER_OF,
        "missing_required": REQUIRED_OF,
    }
    return spoiled[kind][table] if kind in spoiled else None
