"""Records of symptoms, coded and found in text: which, how many, and what they mean for each member."""

import duckdb
import polars as pl

from thin_assets.studies.long_covid.declared import BEFORE_DAYS, FROM_DAY, LABEL_DAYS, declared

NLP = 32858
"""Type of what was found in text (OMOP concept "NLP")."""


def find_records(con: duckdb.DuckDBPyConnection) -> None:
    """Table `long_covid_record`: one row per symptom, person and day; whether a code, a text or both say it.

    What a text denies, supposes or tells of somebody else is no event of the CDM; what was once is a history
    of something in `observation`. Neither is here.
    """
    con.register("long_covid_symptom", declared("symptoms"))
    con.execute(_RECORDS, {"nlp": NLP})
    con.unregister("long_covid_symptom")


def has_text(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether notes were read for this build at all."""
    return con.execute("select count(*) > 0 from (select 1 from cdm.note_nlp limit 1)").fetchone()[0]


def count_sources(con: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Of everybody's records of a symptom, how many are coded, in text alone, or both; persons likewise."""
    return con.execute(_SOURCES).pl()


def find_outcomes(con: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """One row per member and symptom with a record that matters, sorted.

    returns    member, symptom; had_coded, had: recorded in the year before the index date; day_coded, day:
               days from the index date to the first record in follow-up, null for none. Those of `_coded`
               look at codes alone, the others at text too
    """
    return con.execute(_OUTCOMES, {"before": BEFORE_DAYS, "from": FROM_DAY}).pl()


def count_before_label(con: duckdb.DuckDBPyConnection, labelled: pl.DataFrame) -> pl.DataFrame:
    """How many of those labelled had a symptom recorded on that day or in the week before.

    labelled    entries of the cohort of the label; the first of each person counts
    returns     symptom, persons_coded, persons (coded or in text)
    """
    first = labelled.group_by("subject_id").agg(pl.col("cohort_start_date").min()).sort("subject_id")
    con.register("long_covid_label", first)
    found = con.execute(_BEFORE_LABEL, {"days": LABEL_DAYS}).pl()
    con.unregister("long_covid_label")
    return found


_RECORDS = """
    create or replace temp table long_covid_record as
    with wanted as (

        select distinct symptom, descendant_concept_id as concept_id
        from long_covid_symptom
        inner join cdm.concept_ancestor on concept_id = ancestor_concept_id
        where descendants
        union
        select symptom, concept_id from long_covid_symptom

    ),

    recorded as (

        select
            person_id,
            condition_concept_id as concept_id,
            condition_start_date as day,
            condition_type_concept_id as type_concept_id
        from cdm.condition_occurrence
        union all
        select person_id, observation_concept_id, observation_date, observation_type_concept_id
        from cdm.observation

    )

    select
        symptom,
        person_id,
        day,
        bool_or(type_concept_id <> $nlp) as is_coded,
        bool_or(type_concept_id = $nlp) as is_text
    from recorded
    inner join wanted using (concept_id)
    group by all
"""

_SOURCES = """
    select
        symptom,
        count(*) filter (is_coded and not is_text) as coded_only,
        count(*) filter (is_coded and is_text) as coded_and_text,
        count(*) filter (not is_coded) as text_only,
        count(distinct person_id) filter (is_coded) as persons_coded,
        count(distinct person_id) as persons
    from long_covid_record
    group by symptom
    order by symptom
"""

_OUTCOMES = """
    with near as (

        select
            member.member,
            record.symptom,
            record.is_coded,
            (record.day - member.index_date)::integer as day,
            (member.followed_until - member.index_date)::integer as last
        from long_covid_member as member
        inner join long_covid_record as record using (person_id)
        where
            record.day between member.index_date - $before::integer and member.index_date - 1
            or record.day between member.index_date + $from::integer and member.followed_until

    )

    select
        member,
        symptom,
        bool_or(day < 0 and is_coded) as had_coded,
        bool_or(day < 0) as had,
        min(day) filter (day >= 0 and is_coded) as day_coded,
        min(day) filter (day >= 0) as day
    from near
    group by member, symptom
    order by member, symptom
"""

_BEFORE_LABEL = """
    select
        record.symptom,
        count(distinct record.person_id) filter (record.is_coded) as persons_coded,
        count(distinct record.person_id) as persons
    from long_covid_label as label
    inner join long_covid_record as record
        on
            label.subject_id = record.person_id
            and record.day between label.cohort_start_date - $days::integer and label.cohort_start_date
    group by record.symptom
    order by record.symptom
"""
