"""Run a definition on a CDM and count who is left after each rule: circepy decides, here it is watched."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb
import ibis
import polars as pl

from thin_assets.cohorts.contract import Attrition, CohortMember
from thin_assets.cohorts.definition import Definition
from thin_assets.errors import SettingsError
from thin_assets.promises import OUR_FAULT, require

if TYPE_CHECKING:
    from circe.api import CohortExpression

WORK = "cohort_work"
"""Schema of the tables that circepy needs in between; gone after a build."""

QUALIFIED, INCLUDED = "__staging_qualified", "__staging_included"


@dataclass(frozen=True)
class Cohort:
    """Members of a cohort, and how they became so few; frames as in `contract.py`."""

    definition: Definition
    members: pl.DataFrame
    attrition: pl.DataFrame

    @property
    def persons(self) -> int:
        """Persons in the cohort."""
        return self.members.get_column("subject_id").n_unique()


def build_cohort(
    definition: Definition, con: duckdb.DuckDBPyConnection, *, cdm_schema: str = "cdm"
) -> Cohort:
    """Members and attrition of a definition, on a schema that holds CDM and vocabulary.

    Raises SettingsError, naming the construct, when circepy cannot run the expression as it is written.
    """
    expression = definition.expression
    with _work_schema(con), _refusing(definition):
        backend = ibis.duckdb.from_connection(con)
        entered = _size(_run(_without_rules(expression), backend, cdm_schema))
        watched = _Watched(backend)
        rows = _as_members(_run(expression, watched, cdm_schema).to_polars(), definition.id)
    left = (rows.get_column("subject_id").n_unique(), rows.height)
    names = _step_names(expression)
    sizes = [entered, *watched.sizes[: len(names) - 2], left]
    steps = [(name, *size) for name, size in zip(names, sizes, strict=True)]
    attrition = _as_attrition(definition.id, steps)
    for contract, table in ((CohortMember, rows), (Attrition, attrition)):
        require(contract, table, name=contract.__name__, where=f"cohorts/{definition.name}", remedy=OUR_FAULT)
    return Cohort(definition, rows, attrition)


def unknown_concepts(
    definition: Definition, con: duckdb.DuckDBPyConnection, *, cdm_schema: str = "cdm"
) -> list[int]:
    """Concepts that a definition names and the vocabulary does not hold: it can find nobody by them."""
    known = con.execute(
        f"select concept_id from {cdm_schema}.concept where concept_id in (select unnest(?))",
        [sorted(definition.concept_ids)],
    ).fetchall()
    return sorted(definition.concept_ids - {concept_id for (concept_id,) in known})


class _Watched:
    """An Ibis backend that remembers how large the tables were that circepy put between its steps."""

    def __init__(self, backend: Any) -> None:
        self.backend = backend
        self.sizes: list[tuple[int, int]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self.backend, name)

    def create_table(self, name: str, *args: Any, **options: Any) -> Any:
        created = self.backend.create_table(name, *args, **options)
        if name.endswith((QUALIFIED, INCLUDED)):
            self.sizes.append(_size(created))
        return created


def _run(expression: "CohortExpression", backend: Any, cdm_schema: str) -> ibis.Table:
    from circe.execution.api import build_cohort as circe_build

    return circe_build(
        expression, backend=backend, cdm_schema=cdm_schema, results_schema=WORK, session_prefix="one_"
    )


def _without_rules(expression: "CohortExpression") -> "CohortExpression":
    """The same entry events with no observation asked for and no rule applied."""
    window = expression.primary_criteria.observation_window
    anytime = window and window.model_copy(update={"prior_days": 0, "post_days": 0})
    primary = expression.primary_criteria.model_copy(update={"observation_window": anytime})
    nothing = {
        "additional_criteria": None,
        "inclusion_rules": [],
        "censoring_criteria": [],
        "end_strategy": None,
    }
    return expression.model_copy(update={"primary_criteria": primary, **nothing})


def _step_names(expression: "CohortExpression") -> list[str]:
    window = expression.primary_criteria.observation_window
    prior, post = (window.prior_days, window.post_days) if window else (0, 0)
    observed = f"observed for {prior} days before" + (f" and {post} after" if post else "")
    rules = [rule.name for rule in expression.inclusion_rules or []]
    return ["entry events", observed, *rules, "in the cohort"]


def _size(events: ibis.Table) -> tuple[int, int]:
    """Persons and rows of a table of events."""
    found = events.aggregate(persons=events.person_id.nunique(), events=events.count())
    return tuple(found.to_pyarrow().to_pylist()[0].values())


def _as_members(rows: pl.DataFrame, cohort_id: int) -> pl.DataFrame:
    return rows.select(
        pl.lit(cohort_id, pl.Int32).alias("cohort_definition_id"),
        pl.col("person_id").cast(pl.Int64).alias("subject_id"),
        pl.col("start_date").cast(pl.Date).alias("cohort_start_date"),
        pl.col("end_date").cast(pl.Date).alias("cohort_end_date"),
    ).sort("subject_id", "cohort_start_date")


def _as_attrition(cohort_id: int, steps: list[tuple[str, int, int]]) -> pl.DataFrame:
    rows = [(cohort_id, number, *step) for number, step in enumerate(steps)]
    types = {
        "cohort_definition_id": pl.Int32,
        "step": pl.Int32,
        "rule": pl.String,
        "persons": pl.Int64,
        "events": pl.Int64,
    }
    return pl.DataFrame(rows, schema=types, orient="row")


@contextmanager
def _work_schema(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    con.execute(f"create schema if not exists {WORK}")
    try:
        yield
    finally:
        con.execute(f"drop schema {WORK} cascade")


@contextmanager
def _refusing(definition: Definition) -> Iterator[None]:
    """Turn what circepy says about an expression it cannot run into an error that a person can act on."""
    from circe.execution.errors import ExecutionError
    from ibis.common.exceptions import IbisError, TableNotFound

    try:
        yield
    except (ExecutionError, IbisError, TableNotFound, duckdb.BinderException) as error:
        raise SettingsError(
            f"circepy cannot run this: {type(error).__name__} {str(error).strip().splitlines()[0]}",
            where=f"cohorts/definitions/{definition.name}.json",
            remedy="rewrite the named construct in ATLAS, or leave the definition out",
        ) from error
