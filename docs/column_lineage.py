"""Write `published/declared/source_lineage.csv`: the delivered columns behind every field of the CDM.

    python -m docs.column_lineage

Read from the queries of the dbt project as they are compiled: what a column is made of, through every model
between. Conditions of joins and filters, and the order of windows, are left out, for they choose rows and
make no value. A concept is found by a join with the vocabulary: it has the origin of the source value beside
it.
"""

import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import sqlglot
from sqlglot import exp
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, build_scope

from thin_assets.cdm.spec import clinical_tables, vocabulary_tables
from thin_assets.domain.layout import all_tables
from thin_assets.raw.contract import REJECTED, arrow_schema, keys_of
from thin_assets.resources.dbt import compile_project
from thin_assets.text.contract import MENTION
from thin_assets.text.stream import SCHEMA

OUT = Path(__file__).parents[1] / "thin_assets" / "published" / "declared" / "source_lineage.csv"
HEAD = ("cdm_table", "cdm_field", "source_table", "source_column")

_UNTOLD = (
    *("THIN_CANDIDATE", "THIN_CODE_VERSION", "THIN_DELIVERY", "THIN_GENERATOR_VERSION", "THIN_HOLDER"),
    *("THIN_LAYOUT", "THIN_SEED", "THIN_TEXT_BUNDLE", "THIN_VOCABULARY_VERSION"),
)
Field = tuple[str, str]
Columns = dict[str, set[Field]]


def column_lineage(queries: Mapping[str, str]) -> list[tuple[str, str, str, str]]:
    """Rows of the file: delivered columns by field of the CDM, sorted.

    queries    compiled SQL by model; a model reads models of the same mapping, and tables of raw
    """
    trees = {name: _parsed(query) for name, query in queries.items()}
    made: dict[str, Columns] = {}
    for name in _in_order(trees):
        made[name] = _columns(trees[name], made)
    return sorted(set(_rows(made)))


def _parsed(query: str) -> exp.Expression:
    """A query without schemas; an alias `map`, which the parser takes for a function, gets another name."""
    tree = sqlglot.parse_one(re.sub(r"\bmap\b(?!\s*[\[({])", "mapped_as", query), dialect="duckdb")
    for table in tree.find_all(exp.Table):
        table.set("db", None)
        table.set("catalog", None)
    return tree


def _in_order(trees: Mapping[str, exp.Expression]) -> Iterator[str]:
    """Models, each after those that it reads."""
    waiting = {
        name: {table.name for table in tree.find_all(exp.Table)} & set(trees) - {name}
        for name, tree in sorted(trees.items())
    }
    while waiting:
        ready = [name for name, reads in waiting.items() if not reads & set(waiting)]
        yield from ready
        waiting = {name: reads for name, reads in waiting.items() if name not in ready}


def _columns(tree: exp.Expression, made: Mapping[str, Columns]) -> Columns:
    """What each column of a query is made of: columns of tables that no model makes."""
    names = {table.name for table in tree.find_all(exp.Table)}
    known = {name: dict.fromkeys(made[name], "text") for name in sorted(names & set(made))}
    known |= {name: dict.fromkeys(_raw_columns(name), "text") for name in sorted(names & set(all_tables()))}
    if MENTION in names:
        known[MENTION] = dict.fromkeys(SCHEMA.names, "text")
    qualified = qualify(
        tree, schema=known, dialect="duckdb", validate_qualify_columns=False, quote_identifiers=False
    )
    return _of_scope(build_scope(qualified), made, {})


def _raw_columns(table: str) -> list[str]:
    return [*arrow_schema(table).names, "file_row_number"]


def _of_scope(scope: Scope, made: Mapping[str, Columns], seen: dict[int, Columns]) -> Columns:
    if id(scope) not in seen:
        seen[id(scope)] = {}  # a recursive query reads itself
        parts = [_of_scope(one, made, seen) for one in scope.union_scopes]
        seen[id(scope)] = _united(scope, parts) if parts else _selected(scope, made, seen)
    return seen[id(scope)]


def _united(scope: Scope, parts: list[Columns]) -> Columns:
    """Columns of a union: by name where it says so, else by place."""
    first, second = parts
    if not scope.expression.args.get("by_name"):
        second = dict(zip(first, second.values(), strict=False))
    return {name: first.get(name, set()) | second.get(name, set()) for name in {**first, **second}}


def _selected(scope: Scope, made: Mapping[str, Columns], seen: dict[int, Columns]) -> Columns:
    found: Columns = {}
    for projection in getattr(scope.expression, "selects", []):
        told: set[Field] = set()
        for column in _values(projection):
            source = scope.sources.get(column.table)
            if isinstance(source, exp.Table):
                own = {(source.name, column.name)}
                told |= made[source.name].get(column.name, set()) if source.name in made else own
            elif source is not None:
                told |= _of_scope(source, made, seen).get(column.name, set())
        found[projection.alias_or_name] = told
    return found


def _values(projection: exp.Expression) -> Iterator[exp.Column]:
    """Columns that make a value; those that only order or part a window do not."""
    parts = [
        part
        for window in projection.find_all(exp.Window)
        for part in (*(window.args.get("partition_by") or []), window.args.get("order"))
        if part
    ]
    left_out = {id(column) for part in parts for column in part.find_all(exp.Column)}
    return (column for column in projection.find_all(exp.Column) if id(column) not in left_out)


def _rows(made: Mapping[str, Columns]) -> Iterator[tuple[str, str, str, str]]:
    """Delivered columns of every field; a concept has those of the source value beside it too."""
    for table in clinical_tables():
        columns = made.get(table.name, {})
        for field in columns:
            beside = re.sub(r"_(source_)?concept_id$", "_source_value", field)
            for name, column in sorted(_delivered(columns[field] | columns.get(beside, set()))):
                yield table.name, field, name, column


def _delivered(found: Iterable[Field]) -> set[Field]:
    """Columns as the layout names them; tables of the vocabulary and our own lists are no delivery."""
    return {
        (table, column)
        for table, name in found
        for table, name in (_read_from(table, name),)
        if table in all_tables()
        for column in _as_delivered(table, name)
    }


def _read_from(table: str, name: str) -> Field:
    """Offsets of mentions are of the free text, keys are raw's; what was found is our dictionary's."""
    if table != MENTION:
        return table, name
    return ("text", "freetext" if name in ("starts_at", "ends_at") else name)


def _as_delivered(table: str, name: str) -> tuple[str, ...]:
    keys = {key.name: key.parts for key in keys_of(table)}
    if name in keys:
        return keys[name]
    if name in ("birth_year", "birth_month"):
        return tuple(column.name for column in all_tables()[table] if column.type == "yob")
    return (name,) if any(column.name == name for column in all_tables()[table]) else ()


def text_of(rows: Iterable[tuple[str, str, str, str]]) -> str:
    """The rows as the file holds them."""
    return "".join(",".join(row) + "\n" for row in (HEAD, *rows))


def current_text() -> str:
    """The file as it should be now; compiles the project over empty tables, which takes some seconds."""
    with tempfile.TemporaryDirectory() as folder:
        return text_of(column_lineage(compile_project(Path(folder), _of_nothing(Path(folder)))))


def _of_nothing(folder: Path) -> dict[str, str]:
    """Values of a partition without a row."""
    country, month, days = (
        "GB",
        "2024-03-01",
        {"THIN_CUTOFF": "2024-03-31", "THIN_GENERATED_AT": "2024-04-01"},
    )
    for table in (*all_tables(), REJECTED):
        path = folder / "raw" / table / f"country={country}" / f"snapshot={month}" / "data.parquet"
        path.parent.mkdir(parents=True)
        pq.write_table(arrow_schema(table).empty_table(), path)
    mentions = folder / "text" / MENTION / f"country={country}" / f"snapshot={month}" / "data.parquet"
    mentions.parent.mkdir(parents=True)
    pq.write_table(SCHEMA.empty_table(), mentions)
    write_empty_vocabulary(folder / "vocabulary")
    return days | {
        "THIN_COUNTRY": country,
        "THIN_SNAPSHOT": month,
        "THIN_RAW": str(folder / "raw"),
        "THIN_TEXT": str(folder / "text"),
        "THIN_VOCABULARY_DIR": str(folder / "vocabulary"),
        "THIN_SPILL": str(folder),
        **dict.fromkeys(_UNTOLD, "none"),
    }


def write_empty_vocabulary(folder: Path) -> None:
    """Every table of the vocabulary without a row."""
    folder.mkdir()
    with duckdb.connect() as con:
        for table in vocabulary_tables():
            columns = ", ".join(f'null::{kind} as "{name}"' for name, kind in table.duckdb_columns().items())
            con.execute(f"copy (select {columns} where false) to '{folder / table.name}.parquet'")


if __name__ == "__main__":
    OUT.write_text(current_text(), encoding="utf-8")
