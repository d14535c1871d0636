"""A connection to Spark that takes what the rooms ask DuckDB, with the few methods of a connection they use.

Every table is a view of the session, which is the caller's own. What is filled is kept by the executors, so
that a later step does not compute it again, and may replace it while reading it.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Self

import polars
import pyarrow as pa
import pyarrow.parquet as pq

from thin_assets.resources.spark_words import Wish, wishes

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from pyspark.sql import DataFrame, SparkSession


class SparkConnection:
    """Asks a Spark session; rows come to this process as Arrow, in the order that the query names."""

    def __init__(self, session: "SparkSession") -> None:
        self.session = session
        self._found: DataFrame | None = None
        self._shown: set[str] = set()
        self._waiting: dict[str, Wish] = {}

    def execute(self, sql: str, values: Sequence[object] = ()) -> Self:
        """Do what a script in DuckDB's SQL says; the rows of its last query can be fetched."""
        for wish in wishes(sql, values):
            self._found = self._grant(wish)
        return self

    def to_arrow_table(self) -> pa.Table:
        """The rows, in columns that may be null as DuckDB's are."""
        return _nullable(self._found.toArrow())

    def pl(self) -> polars.DataFrame:
        """The rows as polars has them."""
        return polars.from_arrow(self.to_arrow_table())

    def fetchall(self) -> list[tuple]:
        """The rows as tuples."""
        table = self.to_arrow_table()  # by place: unnamed columns may share a name
        return list(zip(*(column.to_pylist() for column in table.columns), strict=True))

    def fetchone(self) -> tuple | None:
        """The first row; None where there is none."""
        return next(iter(self.fetchall()), None)

    def register(self, name: str, rows: polars.DataFrame | pa.Table) -> None:
        """Show rows of this process as a table."""
        table = rows if isinstance(rows, pa.Table) else rows.to_arrow()
        self._show(name, self.session.createDataFrame(table))

    def unregister(self, name: str) -> None:
        """Forget a table."""
        self._waiting.pop(name, None)
        if name in self._shown:
            self._shown.remove(name)
            self.session.catalog.dropTempView(name)

    def table(self, name: str) -> "ir.Table":
        """A view of the session in Ibis."""
        import ibis

        self._show_waiting({name})
        return ibis.pyspark.connect(self.session).table(name)

    def close(self) -> None:
        """Forget every table, so that the executors may forget their rows."""
        for name in list(self._shown):
            self.unregister(name)

    def _grant(self, wish: Wish) -> "DataFrame | None":
        if wish.kind == "view":  # an engine of many tables opens quickly: a view is made when it is read
            self._waiting[wish.table] = wish
            return None
        self._show_waiting(wish.reads)
        for name, path in wish.files.items():
            self._show(name, self._read(path))
        if wish.kind == "ask":
            return self.session.sql(wish.sql)
        if wish.kind == "fill":
            self._fill(wish.table, self.session.sql(wish.sql))
        elif wish.kind == "empty":
            self._fill(wish.table, self.session.createDataFrame([], wish.sql))
        elif wish.kind == "append":
            more = self.session.sql(wish.sql)
            self._fill(wish.table, self.session.table(wish.table).union(more))
        elif wish.kind == "drop":
            self._drop(wish.table)
        return None

    def _show_waiting(self, names: Collection[str]) -> None:
        """Make the views that are read now, and first those that they read."""
        for name in sorted(self._waiting.keys() & names):
            wish = self._waiting.pop(name)
            self._show(name, self._grant(replace(wish, kind="ask")))

    def _show(self, name: str, rows: "DataFrame") -> None:
        rows.createOrReplaceTempView(name)
        self._shown.add(name)

    def _fill(self, table: str, rows: "DataFrame") -> None:
        self._show(table, rows.localCheckpoint())

    def _drop(self, name: str) -> None:
        """Drop a table, or all that stand in a schema."""
        for view in [*self._shown, *self._waiting]:
            if view == name or (name.endswith("__") and view.startswith(name)):
                self.unregister(view)

    def _read(self, path: str) -> "DataFrame":
        """A Parquet file; its schema is read here, for Spark would start a job to find it."""
        from pyspark.sql.pandas.types import from_arrow_schema

        schema = from_arrow_schema(pq.read_schema(path), prefer_timestamp_ntz=True)
        return self.session.read.schema(schema).parquet(f"file://{path}")


def _nullable(table: pa.Table) -> pa.Table:
    return table.cast(pa.schema([field.with_nullable(True) for field in table.schema]))
