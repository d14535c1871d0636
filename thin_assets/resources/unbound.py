"""Tables of the standard in Ibis, of no connection: queries written against them suit every engine."""

from collections.abc import Iterable

import ibis
import ibis.expr.types as ir

from thin_assets.cdm.spec import TABLES

_TYPES = {
    "BIGINT": "int64",
    "INTEGER": "int32",
    "DOUBLE": "float64",
    "VARCHAR": "string",
    "DATE": "date",
    "TIMESTAMP": "timestamp",
}


def standard_tables(names: Iterable[str], schema: str) -> dict[str, ir.Table]:
    """These tables by name, as they lie in a schema."""
    return {
        name: ibis.table(
            {column: _TYPES[kind] for column, kind in TABLES[name].duckdb_columns().items()},
            name=name,
            database=schema,
        )
        for name in names
    }


def text_of(rows: ir.Table) -> str:
    """The query in DuckDB's words, which every connection of ours takes (`resources/backends.py`)."""
    return str(ibis.to_sql(rows, dialect="duckdb"))
