"""What to look at before a cohort is believed: who enters when, who is in which other cohort, what changed.

Exact counts: they stay in the lake, and what is shown of them goes through disclosure control.
"""

from dataclasses import dataclass

import polars as pl

from thin_assets.cohorts.contract import (
    CohortChange,
    CohortCount,
    CohortOverlap,
    IndexEvent,
)
from thin_assets.promises import OUR_FAULT, require
from thin_assets.resources.backends import Connection

TOP_BAND = 90


@dataclass(frozen=True)
class Membership:
    """All cohorts of one build.

    cohort         members, as `contract.CohortMember`
    definitions    as `contract.CohortDefinition`; a cohort without members is here all the same
    """

    cohort: pl.DataFrame
    definitions: pl.DataFrame


@dataclass(frozen=True)
class Diagnostics:
    """The tables, as in `contract.py`."""

    cohort_counts: pl.DataFrame
    cohort_index_events: pl.DataFrame
    cohort_overlap: pl.DataFrame
    cohort_change: pl.DataFrame


def diagnose(
    now: Membership,
    before: Membership | None,
    index_events: list[pl.DataFrame],
    con: Connection,
    *,
    where: str = "cohorts",
) -> Diagnostics:
    """Every table of the diagnostics.

    before          the month before, where it is built
    index_events    of every cohort, as `contract.IndexEvent`
    con             its schema `cdm` holds the build
    Raises BrokenRules when a table breaks its contract.
    """
    con.register("members_now", now.cohort)
    con.execute(_FIRST)
    found = Diagnostics(
        cohort_counts=con.execute(_COUNTS).pl(),
        cohort_index_events=pl.concat(index_events),
        cohort_overlap=con.execute(_OVERLAP).pl(),
        cohort_change=_change(now, before, con),
    )
    con.execute("drop table first_entries")
    con.unregister("members_now")
    for contract, name in (
        (CohortCount, "cohort_counts"),
        (IndexEvent, "cohort_index_events"),
        (CohortOverlap, "cohort_overlap"),
        (CohortChange, "cohort_change"),
    ):
        require(contract, getattr(found, name), name=name, where=where, remedy=OUR_FAULT)
    return found


_FIRST = """
    create or replace temp table first_entries as
    select cohort_definition_id, subject_id, min(cohort_start_date) as entered
    from members_now
    group by all
"""

_COUNTS = f"""
    select
        cohort_definition_id,
        year(entered)::integer as year,
        case gender_concept_id when 8507 then 'male' when 8532 then 'female' else 'other' end as sex,
        case
            when year(entered) - year_of_birth >= {TOP_BAND} then '{TOP_BAND}+'
            else printf('%d-%d', age.decade * 10, age.decade * 10 + 9)
        end as age_band,
        count(*) as persons
    from first_entries
    inner join cdm.person on subject_id = person_id
    cross join lateral (select (greatest(year(entered) - year_of_birth, 0) // 10)::integer as decade) as age
    group by all
    order by all
"""

_OVERLAP = """
    with sizes as (

        select cohort_definition_id, count(*) as persons from first_entries group by all

    )

    select
        one.cohort_definition_id,
        other.cohort_definition_id as other_cohort_definition_id,
        any_value(size.persons) as persons,
        count(*) as persons_in_both,
        count(*) filter (where other.entered < one.entered) as other_before,
        count(*) filter (where other.entered = one.entered) as other_same_day,
        count(*) filter (where other.entered > one.entered) as other_after
    from first_entries as one
    inner join first_entries as other
        on one.subject_id = other.subject_id and one.cohort_definition_id <> other.cohort_definition_id
    inner join sizes as size on one.cohort_definition_id = size.cohort_definition_id
    group by one.cohort_definition_id, other.cohort_definition_id
    order by one.cohort_definition_id, other.cohort_definition_id
"""


def _change(now: Membership, before: Membership | None, con: Connection) -> pl.DataFrame:
    """One row per definition of now; without a month before, what is told of it is null."""
    earlier = before or Membership(now.cohort.clear(), now.definitions.clear())
    con.register("definitions_now", now.definitions.select("cohort_definition_id", *_TOLD))
    con.register("definitions_before", earlier.definitions.select("cohort_definition_id", *_TOLD))
    con.register("members_before", earlier.cohort)
    rows = con.execute(_CHANGE).pl()
    for name in ("definitions_now", "definitions_before", "members_before"):
        con.unregister(name)
    return rows


_TOLD = ("cohort_definition_name", "cohort_definition_description")
"""Columns of a definition; its description ends in the fingerprint of what it asks for."""

_CHANGE = """
    with earlier as (

        select cohort_definition_id, subject_id, min(cohort_start_date) as entered_before
        from members_before
        group by all

    ),

    compared as (

        select
            cohort_definition_id,
            count(entered) as persons,
            count(entered_before) as persons_before,
            count(*) filter (where entered_before is null) as gained,
            count(*) filter (where entered is null) as lost,
            count(*) filter (where entered <> entered_before) as moved
        from first_entries
        full join earlier using (cohort_definition_id, subject_id)
        group by cohort_definition_id

    )

    select
        now.cohort_definition_id,
        now.cohort_definition_name as cohort,
        coalesce(persons, 0) as persons,
        if(was_there, coalesce(persons_before, 0), null) as persons_before,
        if(was_there, coalesce(gained, 0), null) as gained,
        if(was_there, coalesce(lost, 0), null) as lost,
        if(was_there, coalesce(moved, 0), null) as moved,
        now.cohort_definition_description <> before.cohort_definition_description as is_redefined
    from definitions_now as now
    left join (select *, true as was_there from definitions_before) as before using (cohort_definition_id)
    left join compared using (cohort_definition_id)
    order by now.cohort_definition_id
"""
