"""One table of a delivery that is OMOP CDM already: typed to the letter of CDM v5.4, and nothing mapped.

A row is rejected when a value cannot be typed, or when its key, its person or its day is missing. Ids become
ids of ours. Columns that tell who or where a person is come out empty, and links of 0 as null; what an
earlier version lacks is filled in as `cdm/changes_since_5_3.csv` says. All of it is counted in the notes.
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
from thin_assets.cdm.versions import ID_ADDED, RESTATED, V5_4, changes, current_names
from thin_assets.domain.layout import OMOP_VERSIONS
from thin_assets.errors import UnreadableFile
from thin_assets.landing.contract import DeliveredFile, Inspection
from thin_assets.raw import values
from thin_assets.raw.lines import Block, Format, read_blocks
from thin_assets.raw.omop_contract import (
    KEYED,
    LOOKS_LIKE_A_KEY,
    MAY_BE_A_KEY,
    VOCABULARY,
    WITHHELD,
    adopted_schema,
    is_indispensable,
    is_link,
)
from thin_assets.raw.plan import (
    Batch,
    Fault,
    Plan,
    judge,
    lineage,
    quoted,
    reading,
    rejected_rows,
    unreadable,
)
from thin_assets.raw.pseudonymise import Pseudonymiser
from thin_assets.raw.rekey import rekeyed, unknown_kinds

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
    version = OMOP_VERSIONS[inspection.layout]
    plan = reading_plan(table, inspection.snapshot.cutoff, version)
    for file in inspection.files_of(table):
        for block in _blocks(inspection, file):
            delivered = _completed(block.rows, table, version)
            typed, broken = judge(con, plan, delivered)
            kept = pc.is_null(broken)
            ours = rekeyed(table, version, delivered, typed, pseudonyms)
            accepted = _assemble(file, block, delivered, typed, pseudonyms, ours).filter(kept)
            yield Batch(
                accepted.cast(adopted_schema(table)),
                rejected_rows(inspection, file, block, broken, plan),
                _notes(table, version, delivered.filter(kept), accepted)
                + unknown_kinds(table, typed.filter(kept)),
            )


def reading_plan(table: str, cutoff: dt.date, version: str = V5_4) -> Plan:
    """How the columns of a CDM table are read, and which rules a row may break.

    cutoff    last day of the snapshot: who is younger than 15 then keeps the month of birth
    version   of the CDM in which it was delivered; columns are called as today
    """
    fields = spec.table(table).fields
    kinds = {field.name: field.duckdb_type for field in fields}
    texts = {name: quoted(name) for name in kinds} | _stand_ins(table, version, cutoff)
    made = {change.after for change in changes(version, table) if change.change == ID_ADDED}
    readings = {name: _READERS[kind](texts[name]) for name, kind in kinds.items() if kind in _READERS}
    outputs = {name: reading(name) if name in readings else texts[name] for name in kinds}
    outputs |= {field.name: f"nullif({reading(field.name)}, 0)" for field in fields if is_link(field)}
    outputs |= {name: f"cast(null as {kinds[name]})" for name in WITHHELD.get(table, ())}
    if table == "person":
        outputs["month_of_birth"] = _month_of_a_child(cutoff)
    if name := MAY_BE_A_KEY.get(table):
        is_kind = f"not regexp_matches({texts[name]}, '{LOOKS_LIKE_A_KEY}')"
        outputs[name] = f"case when {is_kind} then {texts[name]} end"
    return Plan(
        readings,
        outputs,
        (
            *unreadable("not_a_date", [name for name in readings if kinds[name] in _DATES]),
            *unreadable("not_a_number", [name for name in readings if kinds[name] not in _DATES]),
            *(
                Fault("missing_required", field.name, f"{texts[field.name]} is null")
                for field in fields
                if is_indispensable(field) and field.name not in made
            ),
        ),
    )


def _stand_ins(table: str, version: str, cutoff: dt.date) -> dict[str, str]:
    """The text of columns that the version in which they were delivered may lack or leave empty."""
    found = {}
    for change in changes(version, table):
        if change.otherwise:
            otherwise = change.otherwise.format(cutoff=cutoff)
            is_restated = change.change == RESTATED
            found[change.after] = (
                otherwise if is_restated else f"coalesce({quoted(change.after)}, {otherwise})"
            )
    return found


def _month_of_a_child(cutoff: dt.date) -> str:
    month = reading("month_of_birth")
    months = f"({cutoff.year} - {reading('year_of_birth')}) * 12 + {cutoff.month} - {month}"
    return f"case when {months} < {values.CHILD_MONTHS} then {month} end"


def _blocks(inspection: Inspection, file: DeliveredFile) -> Iterator[Block]:
    """The rows of a file as text, whatever its format; row n of a Parquet file counts as line n + 1."""
    if not file.name.endswith(".parquet"):
        is_quoted = file.delimiter != "\t" or file.table not in VOCABULARY
        form = Format(file.columns, file.delimiter, empty_tail=True, is_quoted=is_quoted)
        yield from read_blocks(file.path, form, inspection.where(file.name))
        return
    line = 2
    known = {*spec.table(file.table).columns, *current_names(OMOP_VERSIONS[inspection.layout], file.table)}
    with pq.ParquetFile(file.path) as stream:
        names = stream.schema_arrow.names
        read = [name for name, spelled in zip(names, file.columns, strict=True) if spelled in known]
        spelled = [name for name in file.columns if name in known]
        for batch in stream.iter_batches(ROWS, columns=read):
            rows = pa.Table.from_batches([batch]).rename_columns(spelled)
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


def _completed(rows: pa.Table, table: str, version: str) -> pa.Table:
    """The delivered columns under today's names, and a null one for each that was not delivered."""
    names = current_names(version, table)
    rows = rows.rename_columns([names.get(name, name) for name in rows.column_names])
    for name in spec.table(table).columns:
        if name not in rows.column_names:
            rows = rows.append_column(name, pa.nulls(len(rows), pa.string()))
    return rows


def _assemble(
    file: DeliveredFile,
    block: Block,
    delivered: pa.Table,
    typed: pa.Table,
    pseudonyms: Pseudonymiser,
    ours: dict[str, pa.Array],
) -> pa.Table:
    columns = {name: typed[name] for name in typed.column_names} | ours
    if key := KEYED.get(file.table):
        columns[key.name] = pseudonyms.texts(key, delivered)
    return pa.table(columns | lineage(file, block.lines))


def _notes(table: str, version: str, delivered: pa.Table, accepted: pa.Table) -> Counter:
    """How many values of each column were there and are empty now, or the reverse, and why."""
    why = {field.name: "0 read as none" for field in spec.table(table).fields if is_link(field)}
    why |= dict.fromkeys(WITHHELD.get(table, ()), "withheld")
    why |= {"month_of_birth": "withheld"} if table == "person" else {}
    why |= {MAY_BE_A_KEY[table]: "withheld"} if table in MAY_BE_A_KEY else {}
    lost = {f"{why[name]}: {name}": accepted[name].null_count - delivered[name].null_count for name in why}
    for change in changes(version, table):
        if change.otherwise:
            name, is_restated = change.after, change.change == RESTATED
            stated = accepted.num_rows if is_restated else delivered[name].null_count
            lost[f"stated by us: {name}"] = stated
    return Counter({note: count for note, count in lost.items() if count})
