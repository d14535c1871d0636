"""The United Kingdom's own layouts: fixed-width practice files, and the pipe-separated files of 2022.

Sources: `thin_uk_fixed.csv` and `thin_uk_2022.csv` beside this file: for each delivered column where it
stands, and the column of the THIN-like layout that it becomes; empty: it is read by nobody. The positions of
patient, consult, medical, therapy, ahd and pvi are those of the practice files; no public source shows those
of staff and of the look-up files, nor the order of columns of all 2022 files but medical and ahd: these are
ours, and a real file description replaces a line of the CSV.
"""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

LAYOUT_FIXED = "thin-uk-fixed"
LAYOUT_2022 = "thin-uk-2022"
NATIVE_LAYOUTS = (LAYOUT_FIXED, LAYOUT_2022)

COUNTRY = "GB"
"""The only country that delivers in these layouts."""

ENCODING = "cp1252"
"""Of look-up texts; the coded columns are ASCII."""


@dataclass(frozen=True)
class NativeColumn:
    """One delivered column.

    start, end    bytes of the line, counted from 1, both included; 0 in a file with a header
    becomes       column of the THIN-like layout; empty for none
    """

    name: str
    start: int
    end: int
    becomes: str

    @property
    def width(self) -> int:
        """Bytes of the column."""
        return self.end - self.start + 1


@dataclass(frozen=True)
class NativeTable:
    """One table: its name in the THIN-like layout, how its files are called, and its columns in order."""

    layout: str
    name: str
    file: str
    columns: tuple[NativeColumn, ...]

    @property
    def width(self) -> int:
        """Bytes of a line without its line end."""
        return self.columns[-1].end

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in delivered order."""
        return tuple(column.name for column in self.columns)

    @property
    def is_of_a_practice(self) -> bool:
        """Whether each practice has a file of its own, named after it, in the fixed-width layout."""
        return not self.name.startswith("lookup_") and self.name != "practice"


@cache
def native_tables(layout: str) -> dict[str, NativeTable]:
    """The tables of a layout by name. Raises KeyError for a layout that is not the United Kingdom's own."""
    source = {LAYOUT_FIXED: "thin_uk_fixed.csv", LAYOUT_2022: "thin_uk_2022.csv"}[layout]
    text = files("thin_assets.domain").joinpath(source).read_text(encoding="utf-8")
    found: dict[tuple[str, str], list[NativeColumn]] = {}
    for row in csv.DictReader(text.splitlines()):
        column = NativeColumn(row["column"], int(row["start"] or 0), int(row["end"] or 0), row["becomes"])
        found.setdefault((row["table"], row["file"]), []).append(column)
    return {name: NativeTable(layout, name, file, tuple(columns)) for (name, file), columns in found.items()}


def file_name(table: NativeTable, practice: str = "") -> str:
    """How the file of a table is called.

    practice    key of the practice whose file it is; the 2022 layout has one file for all
    >>> file_name(native_tables(LAYOUT_FIXED)["patient"], "a6641")
    'patient.a6641'
    """
    if table.layout == LAYOUT_2022:
        return f"{table.file}.csv"
    return f"{table.file}.{practice}" if table.is_of_a_practice else table.file
