"""Hand-made files of the United Kingdom's own layouts: a test writes the rows that matter.

    source = practice_files(tmp_path, LAYOUT_FIXED, {"medical": '''
        pracid | patid | eventdate | medcode
        -------+-------+-----------+--------
        a0001  | P001  | 20240102  | G20..00
    '''})

A column that is not named holds what an unremarkable row holds (`tests.deliveries.PLAIN`), or nothing; dates
are written YYYYMMDD whatever the layout, and turned where it writes them otherwise.
"""

from collections.abc import Mapping
from pathlib import Path

from tests.deliveries import PLAIN, Rows, is_numbered, rows_of
from thin_assets.domain import layout as thin
from thin_assets.domain.native import (
    LAYOUT_2022,
    LAYOUT_FIXED,
    NativeColumn,
    NativeTable,
    file_name,
    native_tables,
)

OWN = {"medcode": "G20..00", "drugcode": "12345678", "collectdate": "20240331"}
"""What an unremarkable row holds in these layouts and not in the THIN-like one."""


def practice_files(folder: Path, layout: str, tables: Mapping[str, Rows] | None = None) -> Path:
    """Write the files of one delivery as practices' software writes them, and return their folder."""
    folder.mkdir(parents=True, exist_ok=True)
    given = {name: rows_of(rows) for name, rows in (tables or {}).items()}
    for name, table in native_tables(layout).items():
        rows = given.get(name, [{}] if name in ("practice", "patient") else [])
        lines = [(row.get("pracid", PLAIN["pracid"]), line_of(layout, table, row, number))
                 for number, row in enumerate(rows, start=1)]  # fmt: skip
        split = layout == LAYOUT_FIXED and table.is_of_a_practice
        for practice in sorted({practice for practice, _ in lines} | {PLAIN["pracid"]}) if split else [""]:
            text = [line for owner, line in lines if owner == practice or not split]
            head = ["|".join(table.names)] if layout == LAYOUT_2022 else []
            data = "".join(f"{line}\n" for line in [*head, *text]).encode("cp1252")
            (folder / file_name(table, practice)).write_bytes(data)
    return folder


def line_of(layout: str, table: NativeTable, row: Mapping[str, str], number: int = 1) -> str:
    """One row as its file holds it, without the line end."""
    known = {column.becomes or column.name for column in table.columns} | {"pracid"}
    if unknown := set(row) - known:
        raise KeyError(f"{table.name} has no column {sorted(unknown)}")
    kinds = {column.name: column.type for column in thin.tables()[table.name]}
    numbered = {column.name: f"{number:04d}" for column in thin.tables()[table.name] if is_numbered(column)}
    filled = PLAIN | OWN | numbered | dict(row)
    values = [_value(layout, column, filled, kinds) for column in table.columns]
    if layout == LAYOUT_2022:
        return "|".join(values)
    return "".join(value.ljust(column.width) for value, column in zip(values, table.columns, strict=True))


def _value(layout: str, column: NativeColumn, filled: dict[str, str], kinds: dict[str, str]) -> str:
    value = filled.get(column.becomes or column.name, "")
    if layout == LAYOUT_2022 and kinds.get(column.becomes) in ("date", "yob") and value.isdigit():
        return f"{value[6:]}/{value[4:6]}/{value[:4]}"
    return value
