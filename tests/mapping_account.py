"""Accounts of mappings written as tables that people read: a build's `mapping`, with a few concepts."""

from pathlib import Path

import duckdb
import pyarrow as pa

from tests.spec.ascii_table import rows_of
from thin_assets.evidence.mapping import CONCEPT_COLUMNS

SHORT = {
    "table": "source_table",
    "system": "code_system",
    "code": "source_code",
    "source": "source_concept_id",
    "target": "target_concept_id",
}
TYPES = {
    "source_table": "varchar",
    "kind": "varchar",
    "code_system": "varchar",
    "source_code": "varchar",
    "source_concept_id": "integer",
    "domain": "varchar",
    "target_concept_id": "integer",
    "level": "varchar",
    "records": "bigint",
    "persons": "bigint",
}
PLAIN = {"table": "medical", "kind": "event", "source": "0", "level": "exact", "persons": "50"}
CONCEPTS = """
    concept_id | concept_name           | vocabulary_id | concept_class_id
    -----------+------------------------+---------------+-----------------
    1          | Asthma                 | SNOMED        | Disorder
    2          | Hypertension           | SNOMED        | Disorder
    3          | metformin              | RxNorm        | Ingredient
    4          | metformin 500 MG Oral  | RxNorm        | Clinical Drug
    5          | gram per litre         | UCUM          | Unit
    9          | Asthma as Read says it | Read          | Read
"""


def account(text: str) -> pa.Table:
    """Rows of an account; a cell that is not drawn is unremarkable."""
    rows = [PLAIN | {name: cell for name, cell in row.items() if cell} for row in rows_of(text)]
    for row in rows:
        row["level"] = "unmapped" if row["target"] == "0" else row["level"]
    named = [{SHORT.get(name, name): cell for name, cell in row.items()} for row in rows]
    return pa.Table.from_pylist(named, schema=pa.schema(dict.fromkeys(TYPES, pa.string())))


def write_account(path: Path, text: str) -> Path:
    """The account as the Parquet file that a build holds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = account(text)
    typed = ", ".join(f"{name}::{kind} as {name}" for name, kind in TYPES.items())
    with duckdb.connect() as con:
        con.register("rows", rows)
        con.execute(f"copy (select {typed} from rows) to '{path}' (format parquet)")
    return path


def cdm_with(path: Path, text: str) -> duckdb.DuckDBPyConnection:
    """A connection whose schema `cdm` holds an account, concepts, and event tables without rows."""
    con = duckdb.connect()
    con.execute("create schema cdm")
    con.execute(f"create view cdm.mapping as from read_parquet('{write_account(path, text)}')")
    con.register("concepts", pa.Table.from_pylist(rows_of(CONCEPTS)))
    con.execute(
        "create table cdm.concept as select * replace (concept_id::integer as concept_id) from concepts"
    )
    for table, columns in CONCEPT_COLUMNS.items():
        typed = ", ".join(f"{column} integer" for column in columns)
        con.execute(f"create table cdm.{table} (person_id bigint, {typed})")
    return con
