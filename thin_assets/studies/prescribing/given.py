"""Prescriptions by class: a product that somebody was given on a day, in every class that it is in."""

import duckdb

KEYS = "person_id, kind, class_id"


def find_given(con: duckdb.DuckDBPyConnection, washout_days: int) -> None:
    """Make the tables of prescriptions.

    observatory_dosed           as observatory_record, of days under observation, with `ddds`, the defined
                                daily doses; null: none is assigned, or no dose is known
    observatory_given           one row per person, kind, class, day and product: last_day, ddds of the rows
                                that have some, without_ddd (one of its rows has none), provider_id, is_first:
                                none of the class in the washout, which was observed
    observatory_person_month    one row per person, kind, class and month: prescriptions, without_ddd, ddds,
                                is_incident
    """
    con.execute(_DOSED)
    con.execute(_GIVEN, {"washout": washout_days})
    con.execute(_PERSON_MONTH)


_DOSED = """
    create or replace temp table observatory_dosed as
    with eras as (

        select
            era.person_id,
            era.drug_concept_id as ingredient,
            era.dose_era_start_date as start_date,
            era.dose_era_end_date as end_date,
            era.dose_value * unit.times as amount,
            unit.unit
        from cdm.dose_era as era
        inner join observatory_unit as unit using (unit_concept_id)

    ),

    assigned as (

        select record.*, dose.ingredient, dose.ddd, dose.unit, dose.strength
        from observatory_record as record
        left join observatory_dose_of as dose using (drug, route)
        where record.observed_from is not null

    )

    select
        record.* exclude (ingredient, unit, strength),
        -- decimal, so that sums do not depend on the order of rows
        (
            case
                -- a pharmacy counts boxes
                when record.strength is not null and record.quantity > 0 and record.kind = 'prescribed'
                    then record.quantity * record.strength
                when era.unit = record.unit and era.end_date >= record.day
                    then era.amount * (record.last_day - record.day + 1)
            end / record.ddd
        )::decimal(18, 6) as ddds
    from assigned as record
    asof left join eras as era
        on
            record.person_id = era.person_id
            and record.ingredient = era.ingredient
            and record.day >= era.start_date
"""

_GIVEN = """
    create or replace temp table observatory_given as
    with given as (

        select
            record.person_id,
            record.kind,
            known.class_id,
            record.day,
            record.product,
            max(record.last_day) as last_day,
            coalesce(sum(record.ddds), 0) as ddds,
            bool_or(record.ddds is null) as without_ddd,
            max(record.provider_id) as provider_id,
            any_value(record.observed_from) as observed_from
        from observatory_dosed as record
        inner join observatory_class_of as known using (drug, route)
        group by all

    )

    select
        * exclude (observed_from),
        day - observed_from >= $washout
        and coalesce(
            -- days before this one: all products of a day are the first, or none is
            day - max(day) over (
                partition by person_id, kind, class_id order by day
                range between unbounded preceding and 1 preceding
            ) > $washout,
            true
        ) as is_first
    from given
"""

_PERSON_MONTH = """
    create or replace temp table observatory_person_month as
    select
        given.person_id,
        given.kind,
        given.class_id,
        calendar.month,
        count(*) as prescriptions,
        count_if(given.without_ddd) as without_ddd,
        sum(given.ddds) as ddds,
        bool_or(given.is_first) as is_incident
    from observatory_given as given
    inner join observatory_month as calendar on date_trunc('month', given.day)::date = calendar.month
    group by all
"""
