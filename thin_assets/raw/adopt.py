"""One table of a delivery that is already OMOP CDM v5.4: typed to the letter of the CDM, and nothing mapped.

A row is rejected when a value cannot be typed, or when its key, its person or its day is missing. Columns
that tell who or where a person is come out empty, and links of 0 as null; both are counted in the notes.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterator

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from thin_assets.cdm import spec
from thin_assets.errors import UnreadableFile
from thin_assets.landing.contract import DeliveredFile, Inspection
from thin_assets.raw import values
from thin_assets.raw.lines import Block, Format, read_blocks
from thin_assets.raw.omop_contract import KEYED, WITHHELD, adopted_schema, is_indispensable, is_link
from thin_assets.raw.plan import (
    Batch,
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

ROWS = 50_000
"""Rows of a Parquet file read at once."""

_READERS = {
    "BIGINT": values.read_cdm_integer,
    "INTEGER": lambda text: values.read_cdm_integer(text, "integer"),
    "DOUBLE": values.read_decimal,
    "DATE": values.read_cdm_date,
    "TIMESTAMP": values.read_cdm_datetime,
}
_DATES = ("DATE", "TIMESTAMP")


def adopt_table(
    inspection: Inspection, table: str, pseudonyms: Pseudonymiser, con: duckdb.DuckDBPyConnection
) -> Iterator[Batch]:
    """The rows of a CDM table in delivered order; columns that were not delivered are null.

    con    any DuckDB connection; it computes, and keeps nothing
    Raises UnreadableFile when a file is damaged.
    """
    plan = reading_plan(table, inspection.snapshot.cutoff)
    for file in inspection.files_of(table):
        for block in _blocks(inspection, file):
            delivered = _completed(block.rows, table)
            typed, broken = judge(con, plan, delivered)
            kept = pc.is_null(broken)
            accepted = _assemble(file, block, delivered, typed, pseudonyms).filter(kept)
            yield Batch(
                accepted.cast(adopted_schema(table)),
                rejected_rows(inspection, file, block, broken, plan),
                _notes(table, delivered.filter(kept), accepted),
            )


def reading_plan(table: str, cutoff: dt.date) -> Plan:
    """How the columns of a CDM table are read, and which rules a row may break.

    cutoff    last day of the snapshot: who is younger than 15 then keeps the month of birth
    """
    fields = spec.table(table).fields
    kinds = {field.name: field.duckdb_type for field in fields}
    readings = {name: _READERS[kind](quoted(name)) for name, kind in kinds.items() if kind in _READERS}
    outputs = {name: reading(name) if name in readings else quoted(name) for name in kinds}
    outputs |= {field.name: f"nullif({reading(field.name)}, 0)" for field in fields if is_link(field)}
    outputs |= {name: f"cast(null as {kinds[name]})" for name in WITHHELD.get(table, ())}
    if table == "person":
        outputs["month_of_birth"] = _month_of_a_child(cutoff)
    return Plan(
        readings,
        outputs,
        (
            *unreadable("not_a_date", [name for name in readings if kinds[name] in _DATES]),
            *unreadable("not_a_number", [name for name in readings if kinds[name] not in _DATES]),
            *missing(field.name for field in fields if is_indispensable(field)),
        ),
    )


def _month_of_a_child(cutoff: dt.date) -> str:
    month = reading("month_of_birth")
    months = f"({cutoff.year} - {reading('year_of_birth')}) * 12 + {cutoff.month} - {month}"
    return f"case when {months} < {values.CHILD_MONTHS} then {month} end"


def _blocks(inspection: Inspection, file: DeliveredFile) -> Iterator[Block]:
    """The rows of a file as text, whatever its format; row n of a Parquet file counts as line n + 1."""
    if not file.name.endswith(".parquet"):
        form = Format(file.columns, inspection.delimiter, empty_tail=True)
        yield from read_blocks(file.path, form, inspection.where(file.name))
        return
    line = 2
    with pq.ParquetFile(file.path) as stream:
        for batch in stream.iter_batches(ROWS):
            rows = pa.Table.from_batches([batch]).rename_columns(list(file.columns))
            yield Block(_as_text(rows, inspection.where(file.name)), np.arange(line, line + len(rows)), [])
            line += len(rows)


def _as_text(rows: pa.Table, where: str) -> pa.Table:
    """Every column as text, empty text as null: the form in which CSV arrives."""
    try:
        texts = [column.combine_chunks().cast(pa.string()) for column in rows.columns]
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise UnreadableFile(
            "a column holds other things than numbers, dates and UTF-8 text",
            where=where,
            remedy="ask the provider for flat columns",
        ) from error
    return pa.table([pc.if_else(pc.equal(text, ""), None, text) for text in texts], rows.column_names)


def _completed(rows: pa.Table, table: str) -> pa.Table:
    """The delivered columns, and a null one for each that was not delivered."""
    for name in spec.table(table).columns:
        if name not in rows.column_names:
            rows = rows.append_column(name, pa.nulls(len(rows), pa.string()))
    return rows


def _assemble(
    file: DeliveredFile, block: Block, delivered: pa.Table, typed: pa.Table, pseudonyms: Pseudonymiser
) -> pa.Table:
    columns = {name: typed[name] for name in typed.column_names}
    if key := KEYED.get(file.table):
        columns[key.name] = pseudonyms.texts(key, delivered)
    return pa.table(columns | lineage(file, block.lines))


def _notes(table: str, delivered: pa.Table, accepted: pa.Table) -> Counter:
    """How many values of each column were there and are empty now, and why."""
    why = {field.name: "0 read as none" for field in spec.table(table).fields if is_link(field)}
    why |= dict.fromkeys(WITHHELD.get(table, ()), "withheld")
    why |= {"month_of_birth": "withheld"} if table == "person" else {}
    lost = {f"{why[name]}: {name}": accepted[name].null_count - delivered[name].null_count for name in why}
    return Counter({note: count for note, count in lost.items() if count})
