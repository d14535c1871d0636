"""What leaves raw: the columns of every table, derived from the delivery layout.

Delivered keys become numbers (`domain.identity.key_of` of their pseudonym), dates become dates, a birth year
becomes a number; all else keeps its name. The pseudonym itself stands only where the CDM shows it.
"""

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import pyarrow as pa

from thin_assets.domain import layout

if TYPE_CHECKING:
    import pandera.polars as pandera

REJECTED = "rejected"
"""Table of the rows that could not be read or typed, of all delivered tables."""

OPTED_OUT = "opted_out"
"""Why a row that can be read is left out all the same: its person does not want to be in it."""

REASONS = (
    "wrong_field_count",
    "not_utf8",
    "not_a_date",
    "not_a_number",
    "missing_required",
    "birth_date_too_precise",
    OPTED_OUT,
)
"""Why a row is rejected; the first that applies is the one that counts."""

SHOWN = frozenset({"practice", "staff", "patient"})
"""Tables whose own key the CDM shows as a source value: its pseudonym stands beside the number."""

WHOLE_ROW = frozenset({"dispense", "pvi"})
"""Tables without a record key: the whole row is its identity."""

LINEAGE = (pa.field("source_file", pa.string(), False), pa.field("source_line", pa.int64(), False))
"""Where a row stood: path inside the delivery, and line number (a header is line 1)."""

_ARROW = {"text": pa.string(), "int": pa.int64(), "float": pa.float64(), "date": pa.date32()}


@dataclass(frozen=True)
class Key:
    """A delivered key that becomes a number.

    noun        what it identifies: the same noun and parts give the same number in every table
    parts       delivered columns it is made of
    required    False: null where the last part is null
    """

    name: str
    noun: str
    parts: tuple[str, ...]
    required: bool = True


@cache
def keys_of(table: str) -> tuple[Key, ...]:
    """The keys of a table, in the order in which they stand before its other columns."""
    columns = {column.role: column for column in layout.all_tables()[table] if column.role}
    if "practice" not in columns:
        return ()
    owner = ("pracid", "patid") if "patient" in columns else ("pracid",)
    keys = [Key("practice_key", "practice", ("pracid",))]
    if "patient" in columns:
        keys.append(Key("patient_key", "patient", owner))
    if staff := columns.get("staff"):
        keys.append(Key("staff_key", "staff", ("pracid", staff.name), staff.required))
    if consult := columns.get("consult"):
        keys.append(Key("consult_key", "consult", (*owner, consult.name), consult.required))
    return (*keys, *_event_keys(table, owner, columns.get("record")))


def shown_keys(table: str) -> tuple[Key, ...]:
    """The key of a table that the CDM shows, if there is one."""
    return tuple(key for key in keys_of(table) if key.noun == table and table in SHOWN)


def pseudonym_of(key: Key) -> str:
    """The column that holds the pseudonym of a key."""
    return f"{key.noun}_pseudonym"


def _event_keys(table: str, owner: tuple[str, ...], record: layout.Column | None) -> list[Key]:
    if table in WHOLE_ROW:
        rest = tuple(name for name in layout.column_names(table) if name not in owner)
        issued = [Key("therapy_key", "therapy", (*owner, record.name), False)] if record else []
        return [Key("event_key", table, (*owner, *rest)), *issued]
    return [Key("event_key", table, (*owner, record.name))] if record else []


@cache
def arrow_schema(table: str) -> pa.Schema:
    """Names, types and nullability of a raw table, as its Parquet file says them."""
    if table == REJECTED:
        return _REJECTED_SCHEMA
    fields = [pa.field(key.name, pa.int64(), not key.required) for key in keys_of(table)]
    fields += [pa.field(pseudonym_of(key), pa.string(), False) for key in shown_keys(table)]
    columns = layout.all_tables()[table]
    for column in columns:
        if column.type == "yob":
            fields += [pa.field("birth_year", pa.int64()), pa.field("birth_month", pa.int64())]
        elif not column.role:
            fields.append(pa.field(column.name, _ARROW[column.type], not column.required))
    if any(column.type == "date" for column in columns):
        fields.append(pa.field("has_partial_date", pa.bool_(), False))
    return pa.schema([*fields, *LINEAGE])


_REJECTED_SCHEMA = pa.schema(
    [
        pa.field("country", pa.string(), False),
        pa.field("snapshot", pa.date32(), False),
        pa.field("source_table", pa.string(), False),
        *LINEAGE,
        pa.field("column_name", pa.string()),
        pa.field("reason", pa.string(), False),
    ]
)


def contract(table: str) -> "pandera.DataFrameSchema":
    """The same promise as a pandera schema, strict and in order: for a polars frame or scan of the file."""
    import pandera.polars as pandera
    import polars as pl

    types = {
        pa.string(): pl.String,
        pa.int64(): pl.Int64,
        pa.float64(): pl.Float64,
        pa.date32(): pl.Date,
        pa.bool_(): pl.Boolean,
    }
    columns = {
        field.name: pandera.Column(
            types[field.type], nullable=field.nullable, checks=_checks(pandera, field.name)
        )
        for field in arrow_schema(table)
    }
    return pandera.DataFrameSchema(columns, strict=True, ordered=True, name=f"raw/{table}")


def _checks(pandera, name: str) -> list:
    if name == "reason":
        return [pandera.Check.isin(list(REASONS))]
    if name.endswith("_key"):
        return [pandera.Check.in_range(0, 2**63 - 1)]
    if name.endswith("_pseudonym"):
        return [pandera.Check.str_matches(r"^[0-9a-f]{32}$")]
    if name == "birth_month":
        return [pandera.Check.in_range(1, 12)]
    return [pandera.Check.ge(1)] if name == "source_line" else []
