"""Writing a delivery in the United Kingdom's own layouts: the same rows, in practice files or those of 2022.

What the layouts have no column for (regions, list sizes, ATC classes beside prescriptions) is not written;
everything else is, and the truth about the delivery says the same: a faulty line is spoiled in the way of the
layout. A decimal number that is longer than its column loses its last decimals; any other value is an error.
"""

import hashlib
from pathlib import Path

import numpy as np
import polars as pl

from thin_assets.domain import layout as thin
from thin_assets.domain.native import (
    ENCODING,
    LAYOUT_2022,
    LAYOUT_FIXED,
    NativeColumn,
    NativeTable,
    file_name,
    native_tables,
)
from thin_assets.synthetic.defects import kinds
from thin_assets.synthetic.files import NOT_UTF8, Part, spoiled_column
from thin_assets.synthetic.truth import Delivered

NATION = "E"
PATIENT_KEY_LENGTH = 16
BAD_DATES = {
    LAYOUT_FIXED: ("20231345", "31/12/19", "unknown"),
    LAYOUT_2022: ("45/13/2023", "2019-12-31", "unknown"),
}
"""What stands where a date should: none of it is one in its layout."""

KNOWN_BY_OTHER_MEANS = {"pracid", "code_system", "drug_code_system"}
"""Columns that follow from the name of the file or from the form of a code."""

LISTED = {
    LAYOUT_FIXED: {"lookup_diag_ref": ("code_system", "READ2"), "lookup_drug_ref": ("system", "MULTILEX")},
    LAYOUT_2022: {"lookup_diag_ref": ("code_system", "READ2")},
}
"""Look-up rows that a layout has a file for: the column and the code system that tell them."""


class NativeWriter:
    """Writes the frames of a delivery, one after another, to the files of a layout.

    A practice's rows may come in several frames: they follow one another in its file.
    """

    def __init__(self, layout: str, folder: Path) -> None:
        self.layout, self.folder = layout, folder
        self._rows: dict[tuple[str, str], int] = {}

    def write(self, table: str, number: int, frame: pl.DataFrame, faults: np.ndarray | None = None) -> None:
        """Write a frame of the THIN-like layout; `faults` names the fault of each row (0: none).

        number    of the frame among those of its table; the files have no parts, so it is not used
        Raises ValueError for a value that a fixed-width column has no room for.
        """
        native = native_tables(self.layout).get(table)
        if native is None:
            return
        column, system = LISTED[self.layout].get(table, (None, None))
        frame = frame.filter(pl.col(column) == system) if column else frame
        texts = native_frame(native, frame)
        lines = np.array(_lines(native, texts), dtype=object)
        for row in np.flatnonzero(faults) if faults is not None else ():
            lines[row] = broken(native, texts.row(row), kinds()[faults[row]], int(row))
        if self.layout == LAYOUT_FIXED and native.is_of_a_practice:
            owners = frame["pracid"].to_numpy()
            for practice in dict.fromkeys(owners):
                self._append(native, practice, lines[owners == practice])
        else:
            self._append(native, "", lines)

    def parts(self) -> list[Part]:
        """Every file written, as the manifest names it; a table without rows has a file without rows."""
        written = {table for table, _ in self._rows}
        for name, table in native_tables(self.layout).items():
            if name not in written:
                practices = [practice for _, practice in self._rows if practice]
                self._append(table, practices[0] if table.is_of_a_practice and practices else "", [])
        return [self._part(table, practice, rows) for (table, practice), rows in sorted(self._rows.items())]

    def _append(self, table: NativeTable, practice: str, lines: np.ndarray | list) -> None:
        path = self.folder / self._path(table, practice)
        path.parent.mkdir(parents=True, exist_ok=True)
        is_new = (table.name, practice) not in self._rows
        with path.open("ab") as file:
            if is_new and self.layout == LAYOUT_2022:
                file.write("|".join(table.names).encode() + b"\n")
            file.writelines(line + b"\n" for line in lines)
        self._rows[table.name, practice] = self._rows.get((table.name, practice), 0) + len(lines)

    def _path(self, table: NativeTable, practice: str) -> str:
        return f"{table.name}/{file_name(table, practice)}"

    def _part(self, name: str, practice: str, rows: int) -> Part:
        table = native_tables(self.layout)[name]
        path = self._path(table, practice)
        with (self.folder / path).open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        return Part(name, path, rows, sha256, list(table.names))


def carried(layout: str, table: str, part: Delivered) -> Delivered:
    """A table with null where the layout has no column, so that the truth knows no more than the files."""
    told = {column.becomes for column in native_tables(layout)[table].columns} | KNOWN_BY_OTHER_MEANS
    silent = [name for name in part.frame.columns if name not in told]
    nulls = [pl.lit(None, dtype=part.frame.schema[name]).alias(name) for name in silent]
    return Delivered(part.frame.with_columns(nulls), part.beside)


def native_frame(table: NativeTable, frame: pl.DataFrame) -> pl.DataFrame:
    """The columns of a native table, each as text, empty for null, out of those of the THIN-like one."""
    types = {column.name: column.type for column in thin.tables()[table.name]}
    texts = frame.select(
        _text(table, column, types, frame.columns).alias(column.name) for column in table.columns
    )
    is_hashed = table.layout == LAYOUT_2022 and "patid" in table.names
    return _hashed_patients(texts, frame) if is_hashed else texts


def _text(table: NativeTable, column: NativeColumn, types: dict[str, str], delivered: list[str]) -> pl.Expr:
    if column.name == "strength":
        return pl.concat_str(["strength_num", "strength_unit"], separator=" ").fill_null("")
    if column.name == "nation":
        return pl.lit(NATION)
    if column.name == "dteflag":
        date = "eventdate" if "eventdate" in delivered else "prscdate"
        return pl.when(pl.col(date).str.ends_with("00")).then(pl.lit("Y")).otherwise(pl.lit(""))
    if column.becomes not in delivered:
        return pl.lit("")
    text = pl.col(column.becomes).cast(pl.String).fill_null("")
    if table.layout == LAYOUT_2022 and types[column.becomes] in ("date", "yob"):
        turned = pl.concat_str(
            [text.str.slice(6, 2), text.str.slice(4, 2), text.str.slice(0, 4)], separator="/"
        )
        return pl.when(text == "").then(pl.lit("")).otherwise(turned)
    if table.layout == LAYOUT_FIXED and types[column.becomes] == "float":
        has_room = text.str.find(".", literal=True) < column.width
        return pl.when(has_room).then(text.str.head(column.width)).otherwise(text)
    return text


def _hashed_patients(texts: pl.DataFrame, frame: pl.DataFrame) -> pl.DataFrame:
    """The 2022 files hold a hash where the practice files hold the practice's own number of a patient."""
    keys = frame.select("pracid", "patid").unique()
    hashes = [
        hashlib.sha256(f"{practice}/{patient}".encode()).hexdigest()[:PATIENT_KEY_LENGTH]
        for practice, patient in keys.iter_rows()
    ]
    found = frame.select("pracid", "patid").join(
        keys.with_columns(hashed=pl.Series(hashes)), on=["pracid", "patid"], how="left", maintain_order="left"
    )
    return texts.with_columns(patid=found["hashed"])


def _lines(table: NativeTable, texts: pl.DataFrame) -> list[bytes]:
    if table.layout == LAYOUT_2022:
        written = texts.write_csv(separator="|", include_header=False)
        return written.encode(ENCODING).split(b"\n")[:-1]
    for column in table.columns:
        _require_room(table, column, texts[column.name])
    padded = [pl.col(column.name).str.pad_end(column.width) for column in table.columns]
    return [line.encode(ENCODING) for line in texts.select(pl.concat_str(padded)).to_series()]


def _require_room(table: NativeTable, column: NativeColumn, values: pl.Series) -> None:
    longest = values.str.len_chars().max() or 0
    if longest > column.width:
        raise ValueError(f"{table.file}.{column.name} has room for {column.width} bytes, not for {longest}")


def broken(table: NativeTable, values: tuple[str, ...], kind: str, row: int) -> bytes:
    """The line of a row, spoilt by a fault of its text; other faults leave it as it is."""
    fields = [value.encode(ENCODING) for value in values]
    if name := spoiled_column(kind, table.name):
        becomes = {column.becomes: place for place, column in enumerate(table.columns)}
        fields[becomes[name]] = _spoiling(table.layout, kind, row)
    if table.layout == LAYOUT_2022:
        line = b"|".join(fields)
        shorter, longer = b"|".join(fields[:-2]), line + b"|surplus"
    else:
        cells = zip(fields, table.columns, strict=True)
        line = b"".join(value[: column.width].ljust(column.width) for value, column in cells)
        shorter, longer = line[:-2], line + b"surplus"
    if kind != "wrong_field_count":
        return line
    return shorter if row % 2 else longer


def _spoiling(layout: str, kind: str, row: int) -> bytes:
    if kind == "not_a_date":
        return BAD_DATES[layout][row % 3].encode()
    return {"not_utf8": NOT_UTF8[:2], "not_a_number": b"x", "missing_required": b""}[kind]
