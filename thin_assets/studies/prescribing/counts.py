"""Persons observed, users and prescriptions of each calendar month, by sex and age, with the totals."""

import duckdb
import polars as pl

from thin_assets.studies.incidence_cells import TOP_BAND

BAND = f"""
    case
        when year(month) - year_of_birth >= {TOP_BAND} then '{TOP_BAND}+'
        else printf(
            '%d-%d', greatest(year(month) - year_of_birth, 0) // 10 * 10,
            greatest(year(month) - year_of_birth, 0) // 10 * 10 + 9
        )
    end
"""


def count_person_days(con: duckdb.DuckDBPyConnection, washout_days: int) -> pl.DataFrame:
    """As `contract.PersonDays`; keeps observatory_observed: one row per person and month with days in it."""
    con.execute(_OBSERVED, {"washout": washout_days})
    return con.execute(_PERSON_DAYS).pl()


def count_prescribing(con: duckdb.DuckDBPyConnection, person_days: pl.DataFrame, level: str) -> pl.DataFrame:
    """As `contract.Prescribing`, from what `find_given` made.

    level    whose classes, and all drugs, are counted by sex and age together; the others by one of them
    """
    con.register("observatory_person_days", person_days)
    found = con.execute(_PRESCRIBING, {"level": level}).pl()
    con.unregister("observatory_person_days")
    return found


def count_specialties(con: duckdb.DuckDBPyConnection, level: str) -> pl.DataFrame:
    """As `contract.Specialty`: all drugs, and classes of a level."""
    return con.execute(_SPECIALTIES, {"level": level}).pl()


def count_coverage(con: duckdb.DuckDBPyConnection, level: str) -> pl.DataFrame:
    """As `contract.Coverage`: what became of each record."""
    return con.execute(_COVERAGE, {"level": level}).pl()


_OBSERVED = f"""
    create or replace temp table observatory_observed as
    with stretches as (

        select
            period.person_id,
            calendar.month,
            greatest(period.observation_period_start_date, calendar.month) as first_day,
            greatest(first_day, period.observation_period_start_date + $washout::integer) as first_washed,
            least(period.observation_period_end_date, calendar.month_end) as last_day
        from cdm.observation_period as period
        inner join observatory_month as calendar
            on
                period.observation_period_start_date <= calendar.month_end
                and period.observation_period_end_date >= calendar.month

    ),

    observed as (

        select
            person_id,
            month,
            sum(last_day - first_day + 1)::bigint as days,
            sum(greatest(last_day - first_washed + 1, 0))::bigint as days_washed
        from stretches
        group by all

    )

    select person_id, month, sex, {BAND} as age_band, practice, year_of_birth, days, days_washed
    from observed
    inner join observatory_person using (person_id)
"""

_PERSON_DAYS = """
    select
        month,
        coalesce(sex, 'all') as sex,
        coalesce(age_band, 'all') as age_band,
        count(*) as persons,
        sum(days)::bigint as person_days,
        sum(days_washed)::bigint as person_days_washed
    from observatory_observed
    group by month, grouping sets ((), (sex), (age_band), (sex, age_band))
    order by all
"""

_PRESCRIBING = """
    with counted as (

        select
            given.kind,
            given.class_id,
            given.month,
            coalesce(person.sex, 'all') as sex,
            coalesce(person.age_band, 'all') as age_band,
            count(*) as users,
            count_if(given.is_incident)::bigint as incident_users,
            sum(given.prescriptions)::bigint as prescriptions,
            sum(given.without_ddd)::bigint as prescriptions_without_ddd,
            sum(given.ddds)::double as ddd
        from observatory_person_month as given
        inner join observatory_observed as person using (person_id, month)
        group by given.kind, given.class_id, given.month,
            grouping sets ((), (person.sex), (person.age_band))

        union all

        select
            given.kind,
            given.class_id,
            given.month,
            person.sex,
            person.age_band,
            count(*),
            count_if(given.is_incident)::bigint,
            sum(given.prescriptions)::bigint,
            sum(given.without_ddd)::bigint,
            sum(given.ddds)::double
        from observatory_person_month as given
        inner join observatory_observed as person using (person_id, month)
        where given.class_id in (select class_id from observatory_class where level in ('all', $level))
        group by all

    )

    select
        counted.kind as record_kind,
        class.level,
        class.code as class_code,
        class.name as class_name,
        counted.month,
        counted.sex,
        counted.age_band,
        counted.users,
        counted.incident_users,
        counted.prescriptions,
        counted.prescriptions_without_ddd,
        counted.ddd,
        days.person_days,
        if(
            counted.prescriptions > counted.prescriptions_without_ddd or counted.ddd > 0,
            round(1000 * counted.ddd / days.person_days, 6),
            null
        ) as ddd_per_1000_person_days
    from counted
    inner join observatory_class as class using (class_id)
    inner join observatory_person_days as days using (month, sex, age_band)
    order by counted.kind, class.class_id, counted.month, counted.sex, counted.age_band
"""

_SPECIALTIES = """
    with named as (

        select
            provider.provider_id,
            coalesce(concept.concept_name, 'not recorded') as specialty
        from cdm.provider as provider
        left join cdm.concept as concept
            on provider.specialty_concept_id = concept.concept_id and concept.concept_id > 0

    ),

    given as (

        select
            given.kind,
            given.class_id,
            calendar.month,
            coalesce(named.specialty, 'not recorded') as specialty,
            given.person_id
        from observatory_given as given
        inner join observatory_month as calendar on date_trunc('month', given.day)::date = calendar.month
        left join named using (provider_id)
        where given.class_id in (select class_id from observatory_class where level in ('all', $level))

    )

    select
        given.kind as record_kind,
        class.code as class_code,
        class.name as class_name,
        given.month,
        given.specialty,
        count(distinct given.person_id) as users,
        count(*) as prescriptions
    from given
    inner join observatory_class as class using (class_id)
    group by all
    order by all
"""

_COVERAGE = """
    with classes as (

        select known.drug, known.route, count_if(class.code <> 'none')::bigint as classes
        from observatory_class_of as known
        inner join observatory_class as class using (class_id)
        where class.level = $level
        group by all

    ),

    outside as (

        select kind, date_trunc('month', day)::date as month, count(*) as outside_observation
        from observatory_record
        where observed_from is null
        group by all

    ),

    inside as (

        select
            record.kind,
            date_trunc('month', record.day)::date as month,
            count(*) as rows_inside,
            count_if(record.drug = 0)::bigint as without_concept,
            count_if(record.drug > 0 and classes.classes = 0)::bigint as without_class,
            count_if(classes.classes > 1)::bigint as several_classes,
            count_if(record.drug > 0 and record.ddd is null)::bigint as without_assigned_ddd,
            count_if(record.ddd is not null and record.ddds is null)::bigint as without_dose,
            count_if(record.ddds is not null)::bigint as with_ddd
        from observatory_dosed as record
        inner join classes using (drug, route)
        group by all

    )

    select
        kind as record_kind,
        month,
        coalesce(rows_inside, 0) + coalesce(outside_observation, 0) as records,
        coalesce(outside_observation, 0) as outside_observation,
        coalesce(without_concept, 0) as without_concept,
        coalesce(without_class, 0) as without_class,
        coalesce(several_classes, 0) as several_classes,
        coalesce(without_assigned_ddd, 0) as without_assigned_ddd,
        coalesce(without_dose, 0) as without_dose,
        coalesce(with_ddd, 0) as with_ddd
    from inside
    full outer join outside using (kind, month)
    semi join observatory_month using (month)
    order by all
"""
