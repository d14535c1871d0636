"""Persons present and persons ill, on a day or within an interval, counted in the engine.

Source    getPrevalence of IncidencePrevalence: present is who contributes a day of the interval (or all of
          them); ill is who is in the outcome's cohort on a day that he or she contributes. Persons are
          counted once, with the age of the first day that they contribute to the interval, so that all
          cells add up.
"""

from collections.abc import Mapping, Sequence

import duckdb
import polars as pl

from thin_assets.studies.incidence_prevalence.incidence import (
    Outcome,
    grouping_sets,
    write_outcomes,
    write_periods,
)
from thin_assets.studies.incidence_prevalence.periods import Period


def count_persons(
    con: duckdb.DuckDBPyConnection,
    periods: Sequence[Period],
    outcomes: Mapping[int, pl.DataFrame],
    *,
    full_contribution: bool,
) -> pl.DataFrame:
    """Cells of each outcome by period, sex and age, and the totals over sexes and ages, called `all`; sorted.

    con         with the tables of `denominator.contribute` and `denominator.write_bands`
    outcomes    subject_id, cohort_start_date, cohort_end_date by number
    returns     number, period, sex, age_band, denominator_count, outcome_count (persons), and for both
                practices
                with somebody and the most in one; no row where nobody is present
    """
    write_periods(con, periods)
    write_outcomes(con, {number: Outcome(rows, None, False) for number, rows in outcomes.items()})
    con.execute(_PRESENT.replace("$contributes", _FULL if full_contribution else _ANY))
    found = con.sql(_counted()).pl()
    for table in ("presence", "present"):
        con.execute(f"drop table {table}")
    return found


_ANY = "who.first <= period.last and who.last >= period.first"
_FULL = "who.first <= period.first and who.last >= period.last"

_PRESENT = """
    create or replace temp table presence as
    select
        who.person_id, who.practice, who.sex, who.born, period.name as period,
        greatest(who.first, period.first) as first, least(who.last, period.last) as last
    from contribution as who join period on $contributes;

    create or replace temp table present as
    with once as (
        select person_id, practice, sex, born, period, min(first) as first from presence group by all
    )
    select once.person_id, once.practice, once.sex, once.period, band.name as age_band
    from once
    join age_band as band
        on cast(once.born + to_years(band.lowest) as date) <= once.first
        and cast(once.born + to_years(band.highest + 1) as date) > once.first
"""


def _counted() -> str:
    cells, totals = grouping_sets("practice", "period", "age_band"), grouping_sets("practice", "period")
    ill_cells, ill_totals = (sets.replace("practice", "number, practice") for sets in (cells, totals))
    sex = "if(grouping(sex) = 1, 'all', sex) as sex"
    return f"""
    with ill as (
        select distinct event.number, presence.period, presence.person_id
        from presence
        join outcome_event as event on event.person_id = presence.person_id
            and event.event_start <= presence.last and event.event_end >= presence.first
    ), case_of as (
        select ill.number, present.* from present join ill using (period, person_id)
    ), everybody as (
        select practice, period, {sex}, age_band, count(*) as persons from present group by {cells}
        union all
        select practice, period, {sex}, 'all', count(*) from present group by {totals}
    ), cases as (
        select number, practice, period, {sex}, age_band, count(*) as persons from case_of group by
        {ill_cells}
        union all
        select number, practice, period, {sex}, 'all', count(*) from case_of group by {ill_totals}
    )
    select
        rule.number::integer as number, everybody.period, everybody.sex, everybody.age_band,
        sum(everybody.persons)::bigint as denominator_count,
        coalesce(sum(cases.persons), 0)::bigint as outcome_count,
        count(*)::bigint as denominator_practices,
        max(everybody.persons)::bigint as denominator_of_largest,
        count(cases.persons)::bigint as outcome_practices,
        coalesce(max(cases.persons), 0)::bigint as outcome_of_largest
    from everybody
    cross join outcome_rule as rule
    left join cases
        on cases.number = rule.number and cases.practice = everybody.practice and cases.period =
        everybody.period
        and cases.sex = everybody.sex and cases.age_band = everybody.age_band
    group by all
    order by number, period, sex, age_band
"""
