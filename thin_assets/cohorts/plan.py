"""What the engine is asked for a definition: circepy compiles it through Ibis once, every partition runs it.

Compiling costs ten times what running costs on a small country, and gives the same statements every time: it
is done on an empty CDM of the standard's types, and the statements are kept under the fingerprint of the
expression and the versions of what compiled it.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import ibis

from thin_assets.cdm.spec import TABLES
from thin_assets.cohorts.definition import Definition
from thin_assets.errors import SettingsError
from thin_assets.resources.files import read_json, replacing

if TYPE_CHECKING:
    from circe.api import CohortExpression
    from circe.execution.typing import Table

WORK = "cohort_work"
"""Schema of the tables that circepy needs in between; gone after a build."""

CDM = "cdm"
"""Schema of a sealed build and its vocabulary."""

ENTRY, CODESETS = "entry_events", "__codesets"
QUALIFIED, INCLUDED = "__staging_qualified", "__staging_included"
COMPILERS = ("ohdsi-circepy", "ibis-framework", "sqlglot", "duckdb")
_DRAWN = re.compile(r"ibis_table_unnest_(?:column_)?[a-z0-9]{26}")
"""Names that Ibis draws anew each time it unfolds a list."""

_FORM = 2
"""Raise when the form of a plan changes: plans of an earlier form are then compiled again."""


@dataclass(frozen=True)
class Step:
    """A table of `WORK` and the query that fills it; a later step may fill the same table again."""

    table: str
    query: str

    @property
    def statement(self) -> str:
        """The step as SQL."""
        return f"create or replace table {WORK}.{self.table} as\n{self.query}"


@dataclass(frozen=True)
class Plan:
    """Everything the engine is asked: steps in order, and the query that gives the members."""

    steps: tuple[Step, ...]
    members: str

    @property
    def sql(self) -> str:
        """All of it as one script of DuckDB, on schemas `cdm` and `cohort_work`."""
        return ";\n\n".join([*(step.statement for step in self.steps), self.members]) + ";\n"


def plan_of(definition: Definition, kept: Path) -> Plan:
    """The plan of a definition: from the folder of kept ones, or compiled now and kept.

    Raises SettingsError, naming the construct, when circepy cannot run the expression as it is written.
    """
    path = kept / f"{_fingerprint(definition)}.json"
    told = read_json(path)
    if told is not None:
        return Plan(tuple(Step(**step) for step in told["steps"]), told["members"])
    plan = compile_plan(definition)
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(asdict(plan), indent=1), encoding="utf-8")
    return plan


def compilers() -> dict[str, str]:
    """Versions of the packages that a plan depends on."""
    return {name: version(name) for name in COMPILERS}


def _fingerprint(definition: Definition) -> str:
    parts = [definition.sha256, str(_FORM), *compilers().values()]
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def compile_plan(definition: Definition) -> Plan:
    """Ask circepy for its statements, on an empty CDM. Raises SettingsError."""
    from circe.execution.api import build_cohort
    from circe.execution.ibis.codesets import build_single_codeset_table
    from circe.execution.normalize.cohort import normalize_cohort

    with _empty_cdm() as con, refusing(definition):
        backend = _Recorder(ibis.duckdb.from_connection(con))
        expression = definition.expression
        codesets = build_single_codeset_table(
            backend=backend,
            concept_sets=normalize_cohort(expression).concept_sets,
            batch_table_name=CODESETS,
            results_schema=WORK,
            vocabulary_schema=CDM,
        )
        backend.create_table(ENTRY, obj=_entry_events(expression, backend, codesets), database=WORK)
        rows = build_cohort(
            expression,
            backend=backend,
            cdm_schema=CDM,
            results_schema=WORK,
            session_prefix="one_",
            codeset_table=codesets,
        )
        return Plan(tuple(backend.steps), backend.compile(rows))


def _entry_events(expression: "CohortExpression", backend: Any, codesets: "Table") -> "Table":
    """What lets persons in, whether or not they are observed then: person, day, concept, table.

    circepy's own entry events have gone through the observation window, and forget the concept.
    """
    from circe.execution.engine.groups import apply_additional_criteria
    from circe.execution.ibis.compiler import compile_event_plan
    from circe.execution.ibis.context import make_execution_context
    from circe.execution.lower.criteria import lower_criterion
    from circe.execution.normalize.cohort import normalize_cohort

    context = make_execution_context(
        backend=backend, cdm_schema=CDM, results_schema=WORK, codeset_table=codesets
    )
    parts = []
    for index, criterion in enumerate(normalize_cohort(expression).primary.criteria):
        events = compile_event_plan(lower_criterion(criterion, criterion_index=index), context)
        events = apply_additional_criteria(events, criterion.correlated_criteria, context)
        parts.append(
            events.select(
                person_id=events.person_id.cast("int64"),
                start_date=events.start_date.cast("date"),
                concept_id=events.concept_id.cast("int32"),
                cdm_table=events.source_table,
            )
        )
    return ibis.union(*parts) if len(parts) > 1 else parts[0]


class _Recorder:
    """An Ibis backend that remembers the queries behind the tables that circepy makes."""

    def __init__(self, backend: Any) -> None:
        self.backend = backend
        self.steps: list[Step] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self.backend, name)

    def create_table(self, name: str, *args: Any, obj: Any = None, **options: Any) -> Any:
        if obj is not None:
            self.steps.append(Step(name, self.compile(obj)))
        return self.backend.create_table(name, *args, obj=obj, **options)

    def compile(self, relation: Any) -> str:
        """A query that names no database file: it runs wherever the schemas are."""
        return _named_in_order(self.backend.compile(relation, pretty=True).replace('"memory".', ""))


def _named_in_order(query: str) -> str:
    """The query with numbers for the names that Ibis draws.

    >>> _named_in_order('"ibis_table_unnest_column_moxfuco5drffbgpps4hidvzem4" AS "concept_id"')
    '"unnest_1" AS "concept_id"'
    """
    names = dict.fromkeys(_DRAWN.findall(query))
    for number, name in enumerate(names, start=1):
        query = query.replace(f'"{name}"', f'"unnest_{number}"')
    return query


@contextmanager
def _empty_cdm() -> Iterator[duckdb.DuckDBPyConnection]:
    """Every table of the standard, typed and empty."""
    con = duckdb.connect(":memory:", config={"threads": 1, "autoinstall_known_extensions": False})
    try:
        con.execute(f"create schema {CDM}; create schema {WORK}")  # as circepy is told to call them
        for table in TABLES.values():
            columns = ", ".join(f'"{field.name}" {field.duckdb_type}' for field in table.fields)
            con.execute(f"create table {CDM}.{table.name} ({columns})")
        yield con
    finally:
        con.close()


@contextmanager
def refusing(definition: Definition) -> Iterator[None]:
    """Turn what circepy says about an expression it cannot run into an error that a person can act on."""
    from circe.execution.errors import ExecutionError
    from ibis.common.exceptions import IbisError, TableNotFound

    try:
        yield
    except (ExecutionError, IbisError, TableNotFound, duckdb.BinderException) as error:
        raise SettingsError(
            f"circepy cannot run this: {type(error).__name__} {str(error).strip().splitlines()[0]}",
            where=definition.where,
            remedy="rewrite the named construct in ATLAS, or leave the definition out",
        ) from error
