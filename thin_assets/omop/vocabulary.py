"""The vocabulary of a delivery that brings its own: the provider's words, completed from those in use.

What was delivered decides: a provider judged its records by its own concepts, and so do we. The vocabulary in
use speaks only where the provider is silent: it adds the tables that were not delivered, and to those that
were the rows about concepts that were not. So cohorts and covariates find the concepts they ask for.
"""

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path

import duckdb

from thin_assets.cdm.spec import Table, vocabulary_tables
from thin_assets.omop.contract import raw_table
from thin_assets.resources.raw_tables import read_raw

_ABOUT = {
    "concept_relationship": "concept_id_1",
    "concept_ancestor": "descendant_concept_id",
    "concept_synonym": "concept_id",
    "drug_strength": "drug_concept_id",
}
"""The column that says which concept a row is about, by table."""

_KEYS = {"source_to_concept_map": ("source_vocabulary_id", "source_code")}
"""What a row is known by, in tables without a primary key whose rows are about no concept."""


def delivered_version(files: Iterable[dict], in_use: str) -> str | None:
    """Name of the vocabulary that a delivery brings; None when it brings no table of one.

    files    of the delivery: table and sha256 of each
    The same files over the same vocabulary in use have the same name, in whichever month they come.
    """
    names = {table.name for table in vocabulary_tables()}
    brought = sorted(f"{file['table']}:{file['sha256']}" for file in files if file["table"] in names)
    if not brought:
        return None
    digest = hashlib.sha256("\n".join([in_use, *brought]).encode()).hexdigest()
    return f"delivered-{digest[:12]}"


def complete_vocabulary(
    raw: Callable[[str], Path], in_use: Path, out: Path, con: duckdb.DuckDBPyConnection
) -> None:
    """Write `<table>.parquet` of every vocabulary table into a folder; the same input gives the same bytes.

    raw      where the Parquet file of a raw table lies, by name
    in_use   folder of the vocabulary in use
    """
    out.mkdir(parents=True, exist_ok=True)
    for table in vocabulary_tables():
        own = own_rows(table, raw(raw_table(table.name)))
        silent = _where_silent(table, _rows(table, in_use / f"{table.name}.parquet"), raw)
        con.execute(
            f"copy (from ({own}) union {silent} order by all) "
            f"to '{out / table.name}.parquet' (format parquet, compression zstd)"
        )


def own_rows(table: Table, file: Path) -> str:
    """The delivered rows of a vocabulary table, each once; of two with one key the first in order."""
    once = f"distinct on ({table.primary_key})" if table.primary_key else "distinct"
    return _rows(table, file).replace("select", f"select {once}", 1) + " order by all"


def _where_silent(table: Table, other: str, raw: Callable[[str], Path]) -> str:
    """Those rows of the vocabulary in use that the delivery says nothing about."""
    delivered = _file(raw, table.name)
    if about := _ABOUT.get(table.name):
        concepts = f"select concept_id from {_file(raw, 'concept')}"
        return f"from ({other}) where not (exists (from {delivered}) and {about} in ({concepts}))"
    keys = _KEYS.get(table.name, (table.primary_key,))
    return f"select * from ({other}) anti join {delivered} using ({', '.join(keys)})"


def _rows(table: Table, file: Path) -> str:
    columns = ", ".join(f"{name}::{kind} as {name}" for name, kind in table.duckdb_columns().items())
    return f"select {columns} from {read_raw(file)}"


def _file(raw: Callable[[str], Path], table: str) -> str:
    return read_raw(raw(raw_table(table)))
