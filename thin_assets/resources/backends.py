"""Ibis on the connection that a step was given, whichever engine it is."""

from typing import TYPE_CHECKING

import duckdb
import ibis
import ibis.expr.types as ir

from thin_assets.resources.spark_connection import SparkConnection
from thin_assets.resources.spark_words import view_of

if TYPE_CHECKING:
    from ibis.backends.sql import SQLBackend

Connection = duckdb.DuckDBPyConnection | SparkConnection
"""What a step computes on; both are asked in DuckDB's SQL."""


def table_of(con: Connection, name: str, schema: str | None = None) -> ir.Table:
    """A table of a connection, or of a schema of it."""
    if isinstance(con, SparkConnection):
        return con.table(view_of(name, schema))
    return ibis.duckdb.from_connection(con).table(name, database=schema)


def footers_of(con: Connection) -> "SQLBackend":
    """Ibis on DuckDB for what files say of themselves: no engine is needed to read their last bytes."""
    return ibis.duckdb.connect() if isinstance(con, SparkConnection) else ibis.duckdb.from_connection(con)
