"""Tiny CDM builds and vocabularies from tables that a clinician can read.

    write_cdm(folder, person='''
        person_id | year_of_birth
        1         | 1950
    ''')

Columns that are not given hold null, or a harmless value where the standard requires one; tables that are
not given are there, typed and empty. A cell may be empty: null.
"""

import datetime as dt
from itertools import count
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from thin_assets.cdm.spec import Field, Table, clinical_tables, vocabulary_tables
from thin_assets.resources.warehouse import attach_tables, connect

ARROW = {
    "BIGINT": pa.int64(),
    "INTEGER": pa.int32(),
    "DOUBLE": pa.float64(),
    "VARCHAR": pa.string(),
    "DATE": pa.date32(),
    "TIMESTAMP": pa.timestamp("us"),
}
PARSERS = {
    "BIGINT": int,
    "INTEGER": int,
    "DOUBLE": float,
    "VARCHAR": str,
    "DATE": dt.date.fromisoformat,
    "TIMESTAMP": dt.datetime.fromisoformat,
}
HARMLESS = {"BIGINT": 1, "INTEGER": 0, "DOUBLE": 0.0, "VARCHAR": "x", "DATE": dt.date(2020, 1, 1)}
HARMLESS_BY_NAME = {"gender_concept_id": 8507, "year_of_birth": 1960}
CONCEPT_COLUMNS = ["concept_id", "concept_name", "domain_id", "standard_concept", "concept_class_id"]
EHR = 32817


def rows(text: str) -> list[dict[str, str | None]]:
    """The rows of a table drawn with `|`; lines of dashes are drawing only."""
    lines = [line for line in text.strip().splitlines() if set(line.strip()) - set("-+| ")]
    names, *values = ([cell.strip() for cell in line.split("|")] for line in lines)
    return [dict(zip(names, (cell or None for cell in cells), strict=True)) for cells in values]


def write_table(path: Path, table: Table, text: str = "") -> None:
    """One table of the standard as a Parquet file."""
    given = rows(text) if text else []
    unknown = {name for row in given for name in row} - set(table.columns)
    assert not unknown, f"{table.name} has no column {unknown}"
    keys = count(1)
    records = [{field.name: _value(field, row, keys) for field in table.fields} for row in given]
    schema = pa.schema([(field.name, ARROW[field.duckdb_type]) for field in table.fields])
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(records, schema=schema), path)


def write_cdm(folder: Path, **tables: str) -> Path:
    """A build: every CDM table as `<table>/data.parquet`."""
    for table in clinical_tables():
        write_table(folder / table.name / "data.parquet", table, tables.get(table.name, ""))
    return folder


def write_vocabulary(folder: Path, concepts: str = "", ancestors: str = "", relationships: str = "") -> Path:
    """A loaded vocabulary: `<table>.parquet`, with the concepts that every build needs and those given.

    concepts    concept_id | concept_name | domain_id; standard unless standard_concept says otherwise;
                concept_class_id, vocabulary_id and concept_code where they matter
    ancestors   ancestor_concept_id | descendant_concept_id; each concept is an ancestor of itself anyway
    relationships   concept_id_1 | concept_id_2 | relationship_id
    """
    given = [*rows(_BASIC), *(rows(concepts) if concepts else [])]
    usual = {"standard_concept": "S", "concept_class_id": "Clinical Finding"}
    known = {row["concept_id"]: usual | row for row in given}
    pairs = {(key, key) for key in known}
    if ancestors:
        pairs |= {(row["ancestor_concept_id"], row["descendant_concept_id"]) for row in rows(ancestors)}
    more = sorted({name for row in given for name in row} - set(CONCEPT_COLUMNS))
    drawn = {
        "concept": _draw(known.values(), [*CONCEPT_COLUMNS, *more]),
        "concept_ancestor": "ancestor_concept_id | descendant_concept_id\n"
        + "\n".join(f"{above} | {below}" for above, below in sorted(pairs)),
        "concept_relationship": relationships,
    }
    for table in vocabulary_tables():
        write_table(folder / f"{table.name}.parquet", table, drawn.get(table.name, ""))
    return folder


_BASIC = """
    concept_id | concept_name        | domain_id
    0          | No matching concept | Metadata
    8507       | MALE                | Gender
    8532       | FEMALE              | Gender
    32817      | EHR                 | Type Concept
"""


def _draw(records, names: list[str]) -> str:
    lines = [" | ".join(str(record.get(name) or "") for name in names) for record in records]
    return "\n".join([" | ".join(names), *lines])


def _value(field: Field, row: dict[str, str | None], keys) -> object:
    if field.name in row:
        text = row[field.name]
        return None if text is None else PARSERS[field.duckdb_type](text)
    if field.primary_key:
        return next(keys)
    if not field.required:
        return None
    if field.name.endswith("type_concept_id"):
        return EHR
    return HARMLESS_BY_NAME.get(field.name, HARMLESS.get(field.duckdb_type))


def open_cdm(build: Path, vocabulary: Path) -> duckdb.DuckDBPyConnection:
    """A connection as the rooms after the seal are given one: build and vocabulary in schema `cdm`."""
    con = connect()
    attach_tables(con, "cdm", build)
    attach_tables(con, "cdm", vocabulary)
    return con
