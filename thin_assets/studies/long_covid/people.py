"""Who is followed: infected adults and the unexposed matched to them, with what was known before.

Everything is read from the CDM in the engine; what comes back has one row per member.
"""

import duckdb
import polars as pl

from thin_assets.studies.long_covid.declared import ADULT, BEFORE_DAYS, UNTIL_DAY, conditions, declared

FEMALE = 8532


def find_members(con: duckdb.DuckDBPyConnection, matched: pl.DataFrame) -> pl.DataFrame:
    """One row per member, sorted by `member`, which numbers them from 0; also the table `long_covid_member`.

    matched    matched sets as they leave the cohorts room
    returns    member, person_id, index_date, is_exposed, practice, age, is_female, followed_days (from the
               index date to the last day on which an event would be seen), visits and conditions before

    A person is exposed once and unexposed once, in the first set that drew the person; sets without an
    unexposed adult are left out. The unexposed are followed until the day before an infection of their own.
    """
    con.register("long_covid_matched", matched.select("set_id", "person_id", "index_date", "is_case"))
    con.execute(_MEMBERS, {"adult": ADULT, "until": UNTIL_DAY})
    con.unregister("long_covid_matched")
    con.register("long_covid_condition", declared("conditions"))
    rows = con.execute(_BEFORE, {"female": FEMALE, "before": BEFORE_DAYS}).pl()
    found = con.execute(_CONDITIONS).pl()
    con.unregister("long_covid_condition")
    marks = [
        pl.col("member").is_in(found.filter(condition=name)["member"].to_list()).alias(name)
        for name in conditions()
    ]
    return rows.with_columns(marks)


_MEMBERS = """
    create or replace temp table long_covid_member as
    with infected as (

        select person_id, min(index_date) as infected_on
        from long_covid_matched
        where is_case
        group by person_id

    ),

    adult as (

        select
            matched.set_id,
            matched.person_id,
            matched.index_date,
            matched.is_case as is_exposed,
            person.care_site_id as practice,
            person.gender_concept_id,
            year(matched.index_date) - person.year_of_birth as age,
            period.observation_period_end_date as observed_until
        from long_covid_matched as matched
        inner join cdm.person as person using (person_id)
        inner join cdm.observation_period as period
            on
                matched.person_id = period.person_id
                and matched.index_date
                between period.observation_period_start_date and period.observation_period_end_date
        where year(matched.index_date) - person.year_of_birth >= $adult

    ),

    once as (

        select * from adult
        qualify row_number() over (partition by person_id, is_exposed order by index_date, set_id) = 1

    ),

    complete as (

        select * from once
        qualify count(distinct is_exposed) over (partition by set_id) = 2

    )

    select
        row_number() over (order by index_date, set_id, is_exposed desc, person_id) - 1 as member,
        complete.* exclude (observed_until),
        least(
            observed_until,
            index_date + $until::integer,
            if(is_exposed, date '9999-12-31', coalesce(infected_on - 1, date '9999-12-31'))
        ) as followed_until
    from complete
    left join infected using (person_id)
"""

_BEFORE = """
    select
        member.member,
        member.person_id,
        member.index_date,
        member.is_exposed,
        member.practice,
        member.age::integer as age,
        member.gender_concept_id = $female as is_female,
        (member.followed_until - member.index_date)::integer as followed_days,
        count(visit.visit_occurrence_id)::integer as visits
    from long_covid_member as member
    left join cdm.visit_occurrence as visit
        on
            member.person_id = visit.person_id
            and visit.visit_start_date between member.index_date - $before::integer and member.index_date - 1
    group by all
    order by member.member
"""

_CONDITIONS = """
    with wanted as (

        select distinct condition, descendant_concept_id as concept_id
        from long_covid_condition
        inner join cdm.concept_ancestor on concept_id = ancestor_concept_id
        where descendants
        union
        select condition, concept_id from long_covid_condition

    )

    select distinct wanted.condition, member.member
    from cdm.condition_occurrence as recorded
    inner join wanted on recorded.condition_concept_id = wanted.concept_id
    inner join long_covid_member as member
        on recorded.person_id = member.person_id and recorded.condition_start_date < member.index_date
    order by all
"""
