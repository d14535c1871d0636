"""The first line of a file: do its columns belong to the layout, and if not, what happened?

A file without a header shows a patient's row where names should stand, so names are repeated in an error only
when most of the line was recognised.
"""

import csv
import re
from collections.abc import Collection
from dataclasses import dataclass

from thin_assets.errors import IdentifierRefused, WrongLayout
from thin_assets.landing.delivery import HOW_TO, RESEND, Delivery
from thin_assets.landing.identifiers import identifier_kind
from thin_assets.landing.layouts import Layout, Shape, layouts
from thin_assets.landing.manifest import FileEntry
from thin_assets.landing.scan import Scan

LINE_END, ODD_LINES = 2, 0.1
"""Bytes of the longest line end, and by how much the mean length of a fixed-width line may be off."""

DELIMITERS = {"|": "'|'", ",": "a comma", ";": "a semicolon", "\t": "a tab"}
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_ ]{0,40}")


@dataclass(frozen=True)
class Header:
    """The columns of a file as the layout spells them, and what separates them."""

    columns: tuple[str, ...]
    delimiter: str


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


def require_columns(delivery: Delivery, scans: dict[str, Scan]) -> dict[str, Header]:
    """Columns and delimiter of every file. Raises IdentifierRefused or WrongLayout.

    A file without a header has the columns that the layout gives its table.
    """
    layout = delivery.layout
    found = {file.path: _header(file, scans[file.path], layout) for file in delivery.files}
    refuse_identifiers(delivery, {path: list(header.columns) for path, header in found.items()})
    for file in delivery.files:
        fault = _fault(delivery, file, scans[file.path])
        if not fault and list(found[file.path].columns) != file.columns:
            fault = "the file has other columns, or another order, than the manifest says"
        if fault:
            raise WrongLayout(fault, where=delivery.where(file.path), remedy=RESEND)
    return {
        path: Header(spelled_columns(list(header.columns), layout), header.delimiter)
        for path, header in found.items()
    }


def _header(file: FileEntry, scan: Scan, layout: Layout) -> Header:
    """Columns as written, and what separates them."""
    if file.table in layout.widths:
        return Header(layout.shapes[file.table].required, layout.delimiters[0])
    header = scan.header or b""
    delimiter = delimiter_of(header, layout, file.table)
    return Header(tuple(named_columns(header, delimiter)), delimiter)


def _fault(delivery: Delivery, file: FileEntry, scan: Scan) -> str | None:
    layout = delivery.layout
    if file.table in layout.widths:
        return width_fault(scan, layout.widths[file.table])
    fault = column_fault(scan.header, layout, file.table, file.unread)
    return fault and fault + _better_layout(delivery, file, scan.header)


def width_fault(scan: Scan, width: int) -> str | None:
    """What is wrong with a file whose lines should all be of one width, in words, or None.

    Single lines of another length are rejected later; here most of them are meant.
    """
    length = scan.length / scan.rows if scan.rows else width
    if width * (1 - ODD_LINES) <= length <= (width + LINE_END) * (1 + ODD_LINES):
        return None
    return f"a line has {length:.0f} bytes on average, one of this table has {width}"


def _better_layout(delivery: Delivery, file: FileEntry, header: bytes | None) -> str:
    """Another layout that the header of a file fits, in words; empty when there is none."""
    others = (
        layout for name, layout in layouts(delivery.snapshot.country).items() if name != delivery.layout.name
    )
    fitting = [
        other.name
        for other in others
        if file.table in other.shapes
        and not other.widths
        and not column_fault(header, other, file.table, file.unread)
    ]
    return f"; it fits layout {fitting[0]}" if fitting else ""


def delimiter_of(header: bytes, layout: Layout, table: str) -> str:
    """That delimiter of the layout under which most columns of the table are recognised; else its first."""
    known = layout.shapes[table].columns
    return max(layout.delimiters, key=lambda each: len(known & _names(header, each, layout)))


def named_columns(header: bytes, delimiter: str) -> list[str]:
    """Column names of a header line as written; bytes that are no UTF-8 show as replacement characters."""
    return next(csv.reader([header.decode(errors="replace")], delimiter=delimiter), [])


def spelled_columns(names: list[str], layout: Layout) -> tuple[str, ...]:
    """Column names as the layout spells them."""
    return tuple(layout.spelled(name) for name in names)


def column_fault(
    header: bytes | None, layout: Layout, table: str, unread: Collection[str] = ()
) -> str | None:
    """What is wrong with the header of a table's file, in words, or None.

    unread    columns that the manifest says shall stay unread: they may be there beside the layout's
    """
    if not header:
        return "the file holds nothing, not even a header"
    shape, delimiter = layout.shapes[table], delimiter_of(header, layout, table)
    names = spelled_columns(named_columns(header, delimiter), layout)
    missing = [name for name in shape.required if name not in names]
    allowed = shape.columns | set(spelled_columns(list(unread), layout))
    extra = [name for name in names if name not in allowed]
    if len(set(names)) < len(names):
        return "the header names a column twice"
    if not missing and not extra:
        return None
    return _other_delimiter(header, layout, shape) or _difference(shape, names, missing, extra)


def _names(header: bytes, delimiter: str, layout: Layout) -> set[str]:
    return set(spelled_columns(named_columns(header, delimiter), layout))


def _other_delimiter(header: bytes, layout: Layout, shape: Shape) -> str | None:
    for other, called in DELIMITERS.items():
        known = _names(header, other, layout) & shape.columns
        if other not in layout.delimiters and len(known) * 2 > len(shape.required):
            allowed = " or ".join(DELIMITERS[delimiter] for delimiter in layout.delimiters)
            return f"columns are separated by {called}, not by {allowed}"
    return None


def _difference(shape: Shape, names: tuple[str, ...], missing: list[str], extra: list[str]) -> str:
    recognised = len(set(names) & shape.columns)
    if recognised * 2 < len(names):
        return f"the first line is no header of this table: {recognised} of {len(names)} columns recognised"
    shown = [name if _NAME.fullmatch(name) else "(an unprintable one)" for name in extra]
    parts = [("columns missing: ", missing), ("columns not in the layout: ", shown)]
    return "; ".join(label + ", ".join(columns) for label, columns in parts if columns)
