"""Who contributes, from which day to which: the denominator cohort, one row per person and stretch of time.

From     the latest of: first day in observation plus the days of prior observation, first day of the study,
         entry into the target cohort, birthday of the lowest age.
To       the earliest of: last day in observation, last day of the study, last day in the target cohort, the
         day before the birthday after the highest age.
Source   generateDenominatorCohortSet and generateTargetDenominatorCohortSet of IncidencePrevalence; of a
         target cohort time counts from the day on which everything is fulfilled (there: requirementsAtEntry
         = FALSE), and what is entered before observation counts from the first day of it.
"""

import datetime as dt

import duckdb
import polars as pl

from thin_assets.domain.sex import SEX_IN_SQL
from thin_assets.studies.incidence_prevalence.declared import Denominator

"""Temporary table: person_id, practice (-1: none), sex, born, first and last day, both included."""

BORN_ON_NEW_YEAR = "make_date(person.year_of_birth, 1, 1)"
"""Age is the calendar year less the year of birth."""

BORN = f"""coalesce(
    try(make_date(
        person.year_of_birth, coalesce(person.month_of_birth, 1),
        if(person.month_of_birth is null, 1, coalesce(person.day_of_birth, 1))
    )), {BORN_ON_NEW_YEAR}
)"""
"""Day of birth; the first of its month or year where the record is no finer (PatientProfiles does
likewise), of its year where there is no such day."""


def contribute(
    con: duckdb.DuckDBPyConnection,
    denominator: Denominator,
    target: pl.DataFrame | None = None,
    *,
    born: str = BORN,
) -> tuple[dt.date, dt.date] | None:
    """Make the table of contributions. Returns its first and last day; None: nobody contributes.

    target    cohort entries: subject_id, cohort_start_date, cohort_end_date
    born      SQL for the day of birth
    """
    if target is not None:
        con.register("target_entries", target.to_arrow())
    con.execute(_sql(denominator, born, has_target=target is not None), _parameters(denominator))
    if target is not None:
        con.unregister("target_entries")
    first, last = con.execute("select min(first), max(last) from contribution").fetchone()
    return None if first is None else (first, last)


def _parameters(denominator: Denominator) -> dict:
    start, end = denominator.cohort_date_range
    return {
        "prior": denominator.days_prior_observation,
        "start": start,
        "end": end,
        "youngest": denominator.age_group[0][0],
        "after_oldest": denominator.age_group[-1][1] + 1,
        "sexes": list(denominator.sex),
    }


def _sql(denominator: Denominator, born: str, *, has_target: bool) -> str:
    entries = "join target_entries as target on target.subject_id = person.person_id" if has_target else ""
    from_target, to_target = (
        (", target.cohort_start_date", ", target.cohort_end_date") if has_target else ("", "")
    )
    return f"""
        create or replace temp table contribution as
        with people as (
            select
                person_id, coalesce(care_site_id, -1) as practice, {born} as born,
                {SEX_IN_SQL} as sex
            from cdm.person
            where year_of_birth is not null
        ), stretches as (
            select
                person.person_id, person.practice, person.sex, person.born,
                greatest(
                    cast(observed.observation_period_start_date as date) + $prior::integer,
                    $start::date, cast(person.born + to_years($youngest::integer) as date) {from_target}
                ) as first,
                least(
                    cast(observed.observation_period_end_date as date), $end::date,
                    cast(person.born + to_years($after_oldest::integer) as date) - 1 {to_target}
                ) as last
            from people as person
            join cdm.observation_period as observed on observed.person_id = person.person_id
            {entries}
            where list_contains($sexes, person.sex)
        )
        select distinct * from stretches where first <= last
    """


def write_bands(con: duckdb.DuckDBPyConnection, denominator: Denominator) -> None:
    """Temporary table `age_band`: name, lowest and highest year of age."""
    rows = [(name, low, high) for name, (low, high) in denominator.bands.items()]
    con.execute("create or replace temp table age_band (name varchar, lowest integer, highest integer)")
    con.executemany("insert into age_band values (?, ?, ?)", rows)
