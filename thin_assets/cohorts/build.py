"""Run a definition on a CDM and count who is left after each rule: circepy decides, here it is watched."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from thin_assets.cohorts.contract import Attrition, CohortMember, FirstRecord, IndexEvent
from thin_assets.cohorts.definition import Definition
from thin_assets.cohorts.plan import (
    CDM,
    ENTRY,
    INCLUDED,
    QUALIFIED,
    WORK,
    Plan,
    compile_plan,
)
from thin_assets.promises import OUR_FAULT, columns_of, require
from thin_assets.resources.backends import Connection

if TYPE_CHECKING:
    from circe.api import CohortExpression

Size = tuple[int, int]
"""Persons and events."""


@dataclass(frozen=True)
class Cohort:
    """Members of a cohort, and how they became so few; frames as in `contract.py`.

    first_records    who has what lets people in, since when: no control, whether a member or not
    index_events     which concepts brought the members in
    """

    definition: Definition
    members: pl.DataFrame
    attrition: pl.DataFrame
    first_records: pl.DataFrame
    index_events: pl.DataFrame

    @property
    def persons(self) -> int:
        """Persons in the cohort."""
        return self.members.get_column("subject_id").n_unique()


def build_cohort(definition: Definition, con: Connection, plan: Plan | None = None) -> Cohort:
    """Members and attrition of a definition, on a connection whose schema `cdm` holds CDM and vocabulary.

    plan    of the definition, where it was compiled before
    Raises SettingsError, naming the construct, when circepy cannot run the expression as it is written.
    """
    plan = plan or compile_plan(definition)
    with _work_schema(con):
        watched = [size for step in plan.steps if (size := _run(con, step.table, step.statement))]
        rows = _as_members(con.execute(plan.members).pl(), definition.id)
        entered = _entered(con, definition.expression)
        first, events = _first_records(con, definition.id), _index_events(con, rows)
    left = (rows.get_column("subject_id").n_unique(), rows.height)
    names = step_names(definition.expression)
    sizes = [entered, *watched[: len(names) - 2], left]
    steps = [(name, *size) for name, size in zip(names, sizes, strict=True)]
    found = Cohort(definition, rows, _as_attrition(definition.id, steps), first, events)
    _keep_promises(found)
    return found


def _keep_promises(found: Cohort) -> None:
    for contract, table in (
        (CohortMember, found.members),
        (Attrition, found.attrition),
        (FirstRecord, found.first_records),
        (IndexEvent, found.index_events),
    ):
        where = f"cohorts/{found.definition.name}"
        require(contract, table, name=contract.__name__, where=where, remedy=OUR_FAULT)


def _run(con: Connection, table: str, statement: str) -> Size | None:
    """Fill a table; tell the size of those that circepy puts between its steps."""
    con.execute(statement)
    return _size(con, f"{WORK}.{table}") if table.endswith((QUALIFIED, INCLUDED)) else None


def _size(con: Connection, events: str) -> Size:
    return con.execute(f"select count(distinct person_id), count(*) from {events}").fetchone()


def _entered(con: Connection, expression: "CohortExpression") -> Size:
    """Entry events of persons in observation; where the earliest counts alone, one a person."""
    persons, events = _size(
        con,
        f"""(
            select person_id
            from {WORK}.{ENTRY} as event
            where exists (
                from {CDM}.observation_period as period
                where period.person_id = event.person_id
                    and event.start_date between observation_period_start_date and observation_period_end_date
            )
        )""",
    )
    limit = expression.primary_criteria.primary_limit
    is_one_each = limit is not None and (limit.type or "all").lower() in ("first", "last")
    return (persons, persons if is_one_each else events)


def step_names(expression: "CohortExpression") -> list[str]:
    """What each step of the attrition asks for, in the words of the definition."""
    window = expression.primary_criteria.observation_window
    prior, post = (window.prior_days, window.post_days) if window else (0, 0)
    observed = f"observed for {prior} days before" + (f" and {post} after" if post else "")
    further = expression.additional_criteria
    if further is not None and not further.is_empty():
        observed += ", and the initial criteria"
    rules = [rule.name for rule in expression.inclusion_rules or []]
    return ["entry events", observed, *rules, "in the cohort"]


def _as_members(rows: pl.DataFrame, cohort_id: int) -> pl.DataFrame:
    return rows.select(
        pl.lit(cohort_id, pl.Int32).alias("cohort_definition_id"),
        pl.col("person_id").cast(pl.Int64).alias("subject_id"),
        pl.col("start_date").cast(pl.Date).alias("cohort_start_date"),
        pl.col("end_date").cast(pl.Date).alias("cohort_end_date"),
    ).sort("subject_id", "cohort_start_date")


def _as_attrition(cohort_id: int, steps: list[tuple[str, int, int]]) -> pl.DataFrame:
    rows = [(cohort_id, number, *step) for number, step in enumerate(steps)]
    return pl.DataFrame(rows, schema=columns_of(Attrition), orient="row")


def _first_records(con: Connection, cohort_id: int) -> pl.DataFrame:
    """Since when each person has what lets people in, observed then or not."""
    return con.execute(
        f"""
        select cast(? as integer) as cohort_definition_id, person_id, min(start_date)::date as first_date
        from {WORK}.{ENTRY}
        group by person_id
        order by person_id
        """,
        [cohort_id],
    ).pl()


def _index_events(con: Connection, members: pl.DataFrame) -> pl.DataFrame:
    """Persons by the concepts recorded on the index date; who has two of them counts in both."""
    con.register("members_found", members)
    found = con.execute(
        f"""
        select
            member.cohort_definition_id,
            event.cdm_table,
            coalesce(event.concept_id, 0)::integer as concept_id,
            coalesce(any_value(concept.concept_name), 'not in the vocabulary') as concept_name,
            count(distinct member.subject_id) as persons
        from members_found as member
        inner join {WORK}.{ENTRY} as event
            on member.subject_id = event.person_id and member.cohort_start_date = event.start_date::date
        left join {CDM}.concept on event.concept_id = concept.concept_id
        group by all
        order by persons desc, cdm_table, 3
        """
    ).pl()
    con.unregister("members_found")
    return found


@contextmanager
def _work_schema(con: Connection) -> Iterator[None]:
    con.execute(f"create schema if not exists {WORK}")
    try:
        yield
    finally:
        con.execute(f"drop schema {WORK} cascade")
