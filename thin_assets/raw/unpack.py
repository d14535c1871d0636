"""One delivered THIN-like table to typed, pseudonymised rows, and the rows that cannot be, batch by batch."""

import datetime as dt
from collections.abc import Iterator

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from thin_assets.domain import layout
from thin_assets.domain.native import NATIVE_LAYOUTS
from thin_assets.landing.contract import DeliveredFile, Inspection
from thin_assets.raw.contract import WHOLE_ROW, arrow_schema, keys_of, pseudonym_of, shown_keys
from thin_assets.raw.lines import Block, Format, read_blocks
from thin_assets.raw.native import native_blocks
from thin_assets.raw.plan import (
    Batch,
    Fault,
    Plan,
    judge,
    lineage,
    missing,
    quoted,
    reading,
    rejected_rows,
    unreadable,
)
from thin_assets.raw.pseudonymise import Pseudonymiser
from thin_assets.raw.values import (
    is_birth_too_precise,
    is_partial_date,
    read_date,
    read_decimal,
    read_integer,
)

_READERS = {"date": read_date, "yob": read_date, "int": read_integer, "float": read_decimal}
_DATES, _NUMBERS = ("date", "yob"), ("int", "float")

_COLLECTED = "last collected"
"""The practice's day, put beside each patient while her birth date is judged."""


def unpack_table(
    inspection: Inspection, table: str, pseudonyms: Pseudonymiser, con: duckdb.DuckDBPyConnection
) -> Iterator[Batch]:
    """The rows of a table in delivered order.

    con    any DuckDB connection; it computes, and keeps nothing
    Raises UnreadableFile when a file is damaged.
    """
    plan = reading_plan(table, inspection.snapshot.cutoff)
    collected = _collection_days(inspection) if _COLLECTED in plan.readings else None
    for file in inspection.files_of(table):
        for block in _blocks(inspection, file):
            rows = block.rows if collected is None else _with_collection_day(block.rows, collected)
            typed, broken = judge(con, plan, rows)
            accepted = _assemble(file, block, typed, pseudonyms).filter(pc.is_null(broken))
            yield Batch(
                accepted.cast(arrow_schema(table)), rejected_rows(inspection, file, block, broken, plan)
            )


def _blocks(inspection: Inspection, file: DeliveredFile) -> Iterator[Block]:
    if inspection.layout in NATIVE_LAYOUTS:
        return native_blocks(inspection, file)
    return read_blocks(file.path, Format(file.columns, file.delimiter), inspection.where(file.name))


def _collection_days(inspection: Inspection) -> dict[str, str]:
    """When each practice was last collected, as delivered: one that has left stays at its last day."""
    days: dict[str, str] = {}
    for file in inspection.files_of("practice"):
        for block in _blocks(inspection, file):
            pairs = (block.rows[name].to_pylist() for name in ("pracid", "collectdate"))
            days.update(zip(*pairs, strict=True))
    return days


def _with_collection_day(rows: pa.Table, days: dict[str, str]) -> pa.Table:
    """The rows with their practice's day; null where the practice is not known."""
    position = pc.index_in(rows["pracid"], pa.array(list(days), pa.string()))
    return rows.append_column(_COLLECTED, pa.array(list(days.values()), pa.string()).take(position))


def reading_plan(table: str, cutoff: dt.date) -> Plan:
    """How the columns of a table are read, and which rules a row may break, by the delivery layout.

    cutoff    last day of the snapshot: it counts where nobody knows when a practice was last collected
    """
    columns = layout.all_tables()[table]
    readings = {
        column.name: _READERS[column.type](quoted(column.name))
        for column in columns
        if column.type in _READERS
    }
    if any(column.type == "yob" for column in columns):
        readings[_COLLECTED] = f"coalesce({read_date(quoted(_COLLECTED))}, date '{cutoff}')"
    return Plan(readings, dict(_outputs(columns)), tuple(_faults(columns)))


def _outputs(columns: tuple[layout.Column, ...]) -> Iterator[tuple[str, str]]:
    for column in columns:
        if column.type == "yob":
            yield "birth_year", f"year({reading(column.name)})"
            month = f"month({reading(column.name)})"
            yield "birth_month", f"case when substr({quoted(column.name)}, 5, 2) <> '00' then {month} end"
        elif not column.role:
            yield column.name, (reading if column.type in _READERS else quoted)(column.name)
    if dates := [quoted(column.name) for column in columns if column.type == "date"]:
        yield "has_partial_date", " or ".join(map(is_partial_date, dates))


def _faults(columns: tuple[layout.Column, ...]) -> list[Fault]:
    return [
        *unreadable("not_a_date", [column.name for column in columns if column.type in _DATES]),
        *unreadable("not_a_number", [column.name for column in columns if column.type in _NUMBERS]),
        *missing(column.name for column in columns if column.required),
        *(
            Fault(
                "birth_date_too_precise",
                column.name,
                is_birth_too_precise(quoted(column.name), reading(_COLLECTED)),
            )
            for column in columns
            if column.type == "yob"
        ),
    ]


def _assemble(file: DeliveredFile, block: Block, typed: pa.Table, pseudonyms: Pseudonymiser) -> pa.Table:
    """Keys first, then the typed columns, then where each row stood."""
    whole = file.table in WHOLE_ROW
    columns = {
        key.name: pseudonyms.keys(key, block.rows, whole_row=whole and key.noun == file.table)
        for key in keys_of(file.table)
    }
    columns |= {pseudonym_of(key): pseudonyms.texts(key, block.rows) for key in shown_keys(file.table)}
    columns |= {name: typed[name] for name in typed.column_names}
    return pa.table(columns | lineage(file, block.lines))
