"""The THIN-like delivery layout v1: tables, columns, types and the role of each delivered key.

Source: `thin_v1.csv` beside this file. Values hold no line breaks, so a record is a line of the file.
"""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

LAYOUT_THIN = "thin-v1"
LAYOUT_OMOP = "omop-cdm-5.4"
LAYOUT_OMOP_5_3 = "omop-cdm-5.3"
LAYOUT_TEXT = "thin-text-v1"
"""Free text, in a restricted bundle of its own: it never lies in the folder of a delivery."""

OMOP_VERSIONS = {LAYOUT_OMOP: "5.4", LAYOUT_OMOP_5_3: "5.3"}
"""Version of the CDM by layout, for deliveries that are OMOP CDM already."""

COUNTRY_ONLY = {"dispense": "dispensing", "pvi": "deprivation"}
"""Tables that only some countries deliver, and the trait of `Country` that says so."""


@dataclass(frozen=True)
class Column:
    """One delivered column.

    type       text, int, float, date (YYYYMMDD; month or day may be 00), yob (YYYY0000, or YYYYMM00 under 15)
    required   an empty value rejects the row
    role       practice, patient, staff, consult or record where the value is a delivered key; else empty
    """

    name: str
    type: str
    required: bool
    role: str


@cache
def tables() -> dict[str, tuple[Column, ...]]:
    """Every table of the layout with its columns in delivered order."""
    return _read("thin_v1.csv")


@cache
def restricted_tables() -> dict[str, tuple[Column, ...]]:
    """The tables of the restricted text bundle: `text` alone."""
    return _read("text_v1.csv")


@cache
def all_tables() -> dict[str, tuple[Column, ...]]:
    """What raw may be given: the tables of a delivery, and those of a text bundle beside it."""
    return tables() | restricted_tables()


def _read(name: str) -> dict[str, tuple[Column, ...]]:
    found: dict[str, list[Column]] = {}
    text = files("thin_assets.domain").joinpath(name).read_text(encoding="utf-8")
    for row in csv.DictReader(text.splitlines()):
        column = Column(row["column"], row["type"], row["required"] == "yes", row["role"])
        found.setdefault(row["table"], []).append(column)
    return {table: tuple(columns) for table, columns in found.items()}


def column_names(table: str) -> list[str]:
    """Column names of a table, in delivered order."""
    return [column.name for column in all_tables()[table]]
