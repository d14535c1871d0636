"""Judge a build where it lies: structure by pandera, every row rule of a table in one query of the engine."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import duckdb
import ibis
import ibis.expr.types as ir
import pandera.ibis as pandera
from pandera.config import ValidationDepth, config_context
from pandera.errors import SchemaErrors

from thin_assets.cdm.spec import Table, clinical_tables
from thin_assets.domain.layout import LAYOUT_THIN
from thin_assets.validated.concepts import concept_usage, judge_concepts, mapped_percent
from thin_assets.validated.contract import contract
from thin_assets.validated.judgement import Judgement, RuleResult, severity
from thin_assets.validated.reconcile import rows_of
from thin_assets.validated.rules import rules, with_person

STRUCTURE = "has_the_columns_and_types_of_the_standard"
REQUIRED, UNIQUE = "is_never_null", "is_unique"

Broken = dict[tuple[str, str, str], int]
"""Rows that break a rule, by table, column and rule."""

Counter = Callable[[ir.Table], ir.IntegerScalar]
"""From the rows of a table to the number of those that break a rule, still to be computed."""


def judge_build(
    build: Path,
    vocabulary: Path,
    con: duckdb.DuckDBPyConnection,
    *,
    cutoff: dt.date | None = None,
    layout: str = LAYOUT_THIN,
) -> Judgement:
    """Judge every table of a build by the standard and by the rules between tables.

    build         folder of `<table>/data.parquet`
    vocabulary    folder with `concept.parquet`
    cutoff        last day of the snapshot; None: dates are not held against the calendar
    layout        how the delivery came; decides severities (`severities.csv`)

    A build of broken structure is judged no further: its columns cannot be asked.
    """
    backend = ibis.duckdb.from_connection(con)
    specs = clinical_tables()
    tables = {
        spec.name: backend.read_parquet(path, table_name=f"judged_{spec.name}", hive_partitioning=False)
        for spec in specs
        if (path := build / spec.name / "data.parquet").is_file()
    }
    broken = _broken_structure(specs, tables)
    if any(broken.values()):
        return _judgement(broken, {}, None, layout)
    rows: dict[str, int] = {}
    usage: list[dict] = []
    for spec in specs:
        is_empty = rows_of(build / spec.name / "data.parquet") == 0
        counted, rows[spec.name] = _broken_rows(spec, tables, cutoff, is_empty=is_empty)
        broken |= counted
        if rows[spec.name] and (used := concept_usage(spec, tables[spec.name])) is not None:
            usage += used.to_pyarrow().to_pylist()
    broken |= judge_concepts(usage, _known_concepts(backend, vocabulary, usage))
    return _judgement(broken, rows, mapped_percent(usage), layout)


def _broken_structure(specs: tuple[Table, ...], tables: Mapping[str, ir.Table]) -> Broken:
    broken: Broken = {(spec.name, "", STRUCTURE): int(spec.name not in tables) for spec in specs}
    for name, rows in tables.items():
        for column in _wrong_columns(name, rows):
            broken[name, column, STRUCTURE] = 1
    return broken


def _wrong_columns(name: str, rows: ir.Table) -> Iterator[str]:
    """Columns that are missing, unknown or of another type; pandera looks at the schema and reads no row."""
    try:
        with config_context(validation_depth=ValidationDepth.SCHEMA_ONLY):
            contract(name).validate(rows, lazy=True)
    except SchemaErrors as errors:
        for error in errors.schema_errors:
            yield error.schema.name if error.schema.name != name else str(error.failure_cases)


def _broken_rows(
    spec: Table, tables: Mapping[str, ir.Table], cutoff: dt.date | None, *, is_empty: bool
) -> tuple[Broken, int]:
    """Rows that break each rule, and rows: one aggregate over one scan; none over an empty table."""
    counters = dict(_counters(spec, tables, cutoff))
    if is_empty:
        return {(spec.name, *key): 0 for key in counters}, 0
    judged = with_person(tables[spec.name], tables["person"])
    names = {f"rule_{position}": key for position, key in enumerate(counters)}
    counts = {name: counters[key](judged) for name, key in names.items()}
    found = judged.aggregate(rows=judged.count(), **counts).to_pyarrow().to_pylist()[0]
    return {(spec.name, *key): int(found[name] or 0) for name, key in names.items()}, found["rows"]


def _counters(
    spec: Table, tables: Mapping[str, ir.Table], cutoff: dt.date | None
) -> Iterator[tuple[tuple[str, str], Counter]]:
    """Column and rule, and how to count the rows that break it."""
    schema = contract(spec.name)
    for name, column in schema.columns.items():
        if not column.nullable:
            yield (name, REQUIRED), partial(_nulls, name)
        for check in column.checks:
            yield (name, check.name), partial(_failing, check, name)
    for name in schema.unique or []:
        yield (name, UNIQUE), partial(_repeats, name)
    for name, check in rules(spec, tables, cutoff):
        yield (name, check.name), partial(_failing, check, name)


def _nulls(column: str, judged: ir.Table) -> ir.IntegerScalar:
    return judged[column].isnull().sum()


def _repeats(column: str, judged: ir.Table) -> ir.IntegerScalar:
    return judged[column].count() - judged[column].nunique()


def _failing(check: pandera.Check, column: str, judged: ir.Table) -> ir.IntegerScalar:
    """Rows on which a pandera check is false; pandera decides what null means, the engine counts."""
    return (~check(judged, column).check_output).sum()


def _known_concepts(backend, vocabulary: Path, usage: list[dict]) -> dict[int, tuple[str, str | None]]:
    concept = backend.read_parquet(vocabulary / "concept.parquet", table_name="judged_concept")
    used = sorted({use["concept_id"] for use in usage})
    found = concept.filter(concept.concept_id.isin(used)).select(
        "concept_id", "domain_id", "standard_concept"
    )
    return {
        row["concept_id"]: (row["domain_id"], row["standard_concept"])
        for row in found.to_pyarrow().to_pylist()
    }


def _judgement(broken: Broken, rows: dict[str, int], mapped: float | None, layout: str) -> Judgement:
    results = tuple(
        RuleResult(name, column, rule, severity(layout, rule, column), count, rows.get(name, 0))
        for (name, column, rule), count in broken.items()
    )
    return Judgement(results, rows, mapped)
