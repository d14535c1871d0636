"""What the rooms ask DuckDB, in Spark's words: sqlglot translates, what it leaves different is settled here.

Settled by sqlglot    nulls stand last in every order; `//` divides integers; names in quotes; `filter`,
                      `exclude`, `group by all`, `using`
Settled here          tables of a schema, and Parquet files, are views of the session; the first of a group in
                      an order; frames of functions that rank; days between two dates; products of sums
Equal by nature       text compares by its bytes; md5, and casts of integers and dates to text; sums of
                      integers; halves are rounded away from zero
Not equal             sums of fractions follow the order of rows in either engine: no table of ours holds one
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

import sqlglot
from sqlglot import exp

FROM, TO = "duckdb", "spark"
Kind = Literal["ask", "fill", "view", "empty", "append", "drop", "nothing"]

_RANKS = (exp.RowNumber, exp.Rank, exp.DenseRank, exp.Lag, exp.Lead)


@dataclass(frozen=True)
class Wish:
    """What a statement wants of a session whose tables are views.

    kind      ask: rows; fill, view: a table of the rows of a query, kept or not; empty: a table of columns;
              append: rows to a table; drop: tables whose names start so; nothing
    table     the view
    sql       Spark's, or the columns of an empty table
    files     Parquet files that the query reads, by the views that it names them as
    reads     every other table that the query names
    """

    kind: Kind
    table: str = ""
    sql: str = ""
    files: dict[str, str] = field(default_factory=dict)
    reads: frozenset[str] = frozenset()


def view_of(table: str, schema: str | None = None) -> str:
    """The view that stands for a table of a schema.

    >>> view_of("person", "cdm")
    'cdm__person'
    """
    return f"{schema}__{table}" if schema else table


def wishes(sql: str, values: Sequence[object] = ()) -> Iterator[Wish]:
    """The statements of a script of DuckDB's SQL.

    values    of the question marks, in their order
    >>> [wish.sql for wish in wishes("select a // 2 as b from cdm.person order by b")]
    ['SELECT a DIV 2 AS b FROM cdm__person ORDER BY b NULLS LAST']
    """
    given = iter(values)
    for statement in sqlglot.parse(sql, read=FROM):
        if statement is not None:
            for mark in list(statement.find_all(exp.Placeholder)):
                mark.replace(exp.convert(next(given)))
            yield _wish(statement)


def _wish(statement: exp.Expression) -> Wish:
    if isinstance(statement, exp.Query):
        return Wish("ask", "", *_said(statement))
    if isinstance(statement, exp.Create):
        return _created(statement)
    if isinstance(statement, exp.Insert):
        return Wish("append", _name(statement.this), *_said(statement.expression))
    if isinstance(statement, exp.Drop):
        is_schema = statement.args["kind"] == "SCHEMA"
        schema = statement.this.args.get("db") or statement.this.this
        return Wish("drop", view_of("", schema.name) if is_schema else _name(statement.this))
    raise NotImplementedError(f"no statement of Spark's for {statement.key}")


def _created(statement: exp.Create) -> Wish:
    kind, query = statement.args["kind"], statement.expression
    if kind == "SCHEMA":
        return Wish("nothing")
    if query is None:
        columns = ", ".join(column.sql(TO) for column in statement.this.expressions)
        return Wish("empty", _name(statement.this.this), columns)
    return Wish("view" if kind == "VIEW" else "fill", _name(statement.this), *_said(query))


def _name(table: exp.Expression) -> str:
    return view_of(table.name, table.args["db"].name if table.args.get("db") else "")


def _said(query: exp.Expression) -> tuple[str, dict[str, str], frozenset[str]]:
    """The query in Spark's words, the files that it reads, and the tables."""
    files: dict[str, str] = {}
    tables = list(query.find_all(exp.Table))
    for table in tables:
        _flatten(table, files)
    reads = frozenset(table.name for table in tables) - files.keys()
    for node in reversed(list(query.bfs())):  # from the inside out: what is settled may stand in what will be
        if (settled := _settle(node)) is not node:
            node.replace(settled)
    return query.sql(TO), files, reads


def _flatten(table: exp.Table, files: dict[str, str]) -> None:
    """Name a view in place of a table of a schema, or of a file."""
    if isinstance(table.this, exp.ReadParquet):
        path = table.this.expressions[0].name
        name = f"file_{hashlib.md5(path.encode()).hexdigest()}"
        files[name] = path
        table.set("this", exp.to_identifier(name))
    elif table.args.get("db"):
        name = _name(table)
        if not table.alias:
            table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name)))
        table.set("this", exp.to_identifier(name))
        table.set("db", None)


def _settle(node: exp.Expression) -> exp.Expression:
    """What the two say differently, and sqlglot leaves as it is."""
    if isinstance(node, exp.Window) and isinstance(node.this, _RANKS):
        node.set("spec", None)  # a function that ranks knows its frame, and Spark will not be told another
    elif isinstance(node, exp.First) and isinstance(node.this, exp.Order):
        return _earliest(node.this)
    elif isinstance(node, exp.DateDiff) and node.text("unit").upper() == "DAY":
        days = exp.Anonymous(this="DATEDIFF", expressions=[_date(node.this), _date(node.expression)])
        return exp.cast(days, "bigint")
    elif isinstance(node, exp.ToDays):
        return exp.Anonymous(this="MAKE_DT_INTERVAL", expressions=[exp.cast(node.this, "int")])
    elif isinstance(node, exp.Cast) and isinstance(node.this, exp.Explode):
        return exp.Explode(this=exp.cast(node.this.this, f"array<{node.to.sql(TO)}>", dialect=TO))
    elif isinstance(node, exp.Mul):
        for side in (node.this, node.expression):
            _widen(side)
    return node


def _widen(factor: exp.Expression) -> None:
    """A sum that is multiplied may pass 64 bits: DuckDB's have 128, Spark's decimals 38 digits."""
    total = factor.this if isinstance(factor, exp.Filter) else factor
    if isinstance(total, exp.Sum):
        total.set("this", exp.cast(total.this, "decimal(20, 0)"))


def _date(value: exp.Expression) -> exp.Expression:
    return exp.cast(value, "date")


def _earliest(order: exp.Order) -> exp.Expression:
    """`first(x order by a, b desc)` of integers is what stands beside the smallest (a, ~b), nulls last."""
    keys: list[exp.Expression] = []
    for key in order.expressions:
        upward = exp.BitwiseNot(this=exp.paren(key.this)) if key.args.get("desc") else key.this
        keys += [exp.Is(this=key.this.copy(), expression=exp.Null()), upward]
    return exp.ArgMin(this=order.this, expression=exp.Struct(expressions=keys))
