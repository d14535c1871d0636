"""The first line of a file: do its columns belong to the layout, and if not, what happened?

A file without a header shows a patient's row where names should stand, so names are repeated in an error only
when most of the line was recognised.
"""

import csv
import re

from thin_assets.errors import IdentifierRefused, WrongLayout
from thin_assets.landing.delivery import HOW_TO, RESEND, Delivery
from thin_assets.landing.identifiers import identifier_kind
from thin_assets.landing.layouts import Layout, Shape
from thin_assets.landing.scan import Scan

LINE_END, ODD_LINES = 2, 0.1
"""Bytes of the longest line end, and by how much the mean length of a fixed-width line may be off."""

DELIMITERS = {"|": "'|'", ",": "a comma", ";": "a semicolon", "\t": "a tab"}
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_ ]{0,40}")


def refuse_identifiers(delivery: Delivery, columns: dict[str, list[str]]) -> None:
    """No column beside those of the layout may look like a direct identifier. Raises IdentifierRefused."""
    for file in delivery.files:
        known = delivery.layout.shapes[file.table].columns
        names = [name for name in columns[file.path] if delivery.layout.spelled(name) not in known]
        if kinds := sorted({kind for kind in map(identifier_kind, names) if kind}):
            raise IdentifierRefused(
                f"a column looks like a person's {' and '.join(kinds)}",
                where=delivery.where(file.path),
                remedy=f"leave the file closed, tell the provider, delete the delivery; {HOW_TO}",
            )


def require_columns(delivery: Delivery, scans: dict[str, Scan]) -> dict[str, tuple[str, ...]]:
    """Columns of every file as the layout spells them. Raises IdentifierRefused or WrongLayout.

    A file without a header has the columns that the layout gives its table.
    """
    layout = delivery.layout
    names = {
        file.path: list(layout.shapes[file.table].required)
        if file.table in layout.widths
        else named_columns(scans[file.path].header or b"", delivery.delimiter(file))
        for file in delivery.files
    }
    refuse_identifiers(delivery, names)
    for file in delivery.files:
        scan = scans[file.path]
        if file.table in layout.widths:
            fault = width_fault(scan, layout.widths[file.table])
        else:
            fault = column_fault(scan.header, delivery.delimiter(file), layout, file.table)
        if not fault and names[file.path] != file.columns:
            fault = "the file has other columns, or another order, than the manifest says"
        if fault:
            raise WrongLayout(fault, where=delivery.where(file.path), remedy=RESEND)
    return {path: spelled_columns(found, layout) for path, found in names.items()}


def width_fault(scan: Scan, width: int) -> str | None:
    """What is wrong with a file whose lines should all be of one width, in words, or None.

    Single lines of another length are rejected later; here most of them are meant.
    """
    length = scan.length / scan.rows if scan.rows else width
    if width * (1 - ODD_LINES) <= length <= (width + LINE_END) * (1 + ODD_LINES):
        return None
    return f"a line has {length:.0f} bytes on average, one of this table has {width}"


def named_columns(header: bytes, delimiter: str) -> list[str]:
    """Column names of a header line as written; bytes that are no UTF-8 show as replacement characters."""
    return next(csv.reader([header.decode(errors="replace")], delimiter=delimiter), [])


def spelled_columns(names: list[str], layout: Layout) -> tuple[str, ...]:
    """Column names as the layout spells them."""
    return tuple(layout.spelled(name) for name in names)


def column_fault(header: bytes | None, delimiter: str, layout: Layout, table: str) -> str | None:
    """What is wrong with the header of a table's file, in words, or None."""
    if not header:
        return "the file holds nothing, not even a header"
    shape = layout.shapes[table]
    names = spelled_columns(named_columns(header, delimiter), layout)
    missing = [name for name in shape.required if name not in names]
    extra = [name for name in names if name not in shape.columns]
    if len(set(names)) < len(names):
        return "the header names a column twice"
    if not missing and not extra:
        return None
    return _other_delimiter(header, delimiter, layout, shape) or _difference(shape, names, missing, extra)


def _other_delimiter(header: bytes, delimiter: str, layout: Layout, shape: Shape) -> str | None:
    for other, called in DELIMITERS.items():
        names = spelled_columns(named_columns(header, other), layout)
        if other != delimiter and len(set(names) & shape.columns) * 2 > len(shape.required):
            return f"columns are separated by {called}, not by {DELIMITERS[delimiter]}"
    return None


def _difference(shape: Shape, names: tuple[str, ...], missing: list[str], extra: list[str]) -> str:
    recognised = len(set(names) & shape.columns)
    if recognised * 2 < len(names):
        return f"the first line is no header of this table: {recognised} of {len(names)} columns recognised"
    shown = [name if _NAME.fullmatch(name) else "(an unprintable one)" for name in extra]
    parts = [("columns missing: ", missing), ("columns not in the layout: ", shown)]
    return "; ".join(label + ", ".join(columns) for label, columns in parts if columns)
