"""Macros of the dbt project, as dbt renders them for an engine, and what the engine answers to them."""

from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import jinja2
import pyarrow as pa
import pyarrow.parquet as pq

MACROS = Path(__file__).parents[1] / "dbt_project" / "macros"
FILES = ("identity", "events", "health_data", "spellings", "dialect/numbers", "dialect/texts", "dialect/rows")


def macros_for(engine: str) -> Any:
    """Every macro by its name, for Great Britain."""
    environment = jinja2.Environment(extensions=["jinja2.ext.do"])
    adapter = SimpleNamespace(dispatch=lambda name, _: getattr(module, f"{engine}__{name}"))
    told = {"return": lambda value: value, "country": lambda: "'GB'", "adapter": adapter}
    source = "".join((MACROS / f"{name}.sql").read_text(encoding="utf-8") for name in FILES)
    module = environment.from_string(source, globals=told).module
    return module


def write_rows(file: Path, columns: Mapping[str, pa.Array]) -> Path:
    """A Parquet file of rows in this order: both engines read it."""
    numbered = {"place": pa.array(range(len(next(iter(columns.values())))))} | dict(columns)
    pq.write_table(pa.table(numbered), file)
    return file


def answers_of_duckdb(file: Path, expressions: Mapping[str, str]) -> dict[str, list]:
    """The answers to each expression, in the order of the rows."""
    asked = ", ".join(f'{text} as "{name}"' for name, text in expressions.items())
    with duckdb.connect() as con:
        rows = con.execute(f"select {asked} from '{file}' order by place").fetchall()
    return dict(zip(expressions, map(list, zip(*rows, strict=True)), strict=True))


def answers_of_spark(spark: Any, file: Path, expressions: Mapping[str, str]) -> dict[str, list]:
    """The same of a session of Spark's."""
    asked = ", ".join(f"{text} as `{name}`" for name, text in expressions.items())
    rows = spark.sql(f"select {asked} from parquet.`{file}` order by place").collect()
    return dict(zip(expressions, map(list, zip(*rows, strict=True)), strict=True))
