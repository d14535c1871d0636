"""What is read of the CDM: drug records of those who entered a cohort, and what is known of them.

Inhalers are told by the names of their ingredients, so that a product that is recorded as one concept and one
that is recorded as a row for each ingredient are the same: rows of one day and code are one product.
"""

from collections.abc import Iterable

import duckdb
import polars as pl

from thin_assets.domain.sex import SEX_IN_SQL
from thin_assets.studies.triple_therapy.declared import CLASSES, Declared

ENTRIES = "triple_therapy_entries"
PRESCRIBED, DISPENSED = "prescribed", "dispensed"


def inhaled(con: duckdb.DuckDBPyConnection, told: Declared) -> pl.DataFrame:
    """Products of inhaled maintenance therapy, by person and day.

    con        holds the entries as `triple_therapy_entries` (person_id, entry)
    returns    one row per person, day, product and record kind: start, end (last day of supply, included),
               record (prescribed, dispensed), provider_id (null: not recorded), and a flag for each class
    """
    flags = ", ".join(f"bool_or({one}) as {one}" for one in CLASSES)
    words = ", ".join(f"{_says('name', told.classes[one])} as {one}" for one in CLASSES)
    query = f"""
        with drugs as (
            {_names()}
        ),

        inhalers as (
            select concept_id, {words}
            from drugs
            where not {_says("own_name", told.other_forms)}
        )

        select
            exposure.person_id,
            exposure.drug_exposure_start_date as start,
            if({_says("type.concept_name", told.dispensed)}, '{DISPENSED}', '{PRESCRIBED}') as record_kind,
            max(greatest(exposure.drug_exposure_end_date, exposure.drug_exposure_start_date)) as end,
            min(exposure.provider_id) as provider_id,
            {flags}
        from cdm.drug_exposure as exposure
        inner join {ENTRIES} using (person_id)
        inner join inhalers on exposure.drug_concept_id = inhalers.concept_id
        left join cdm.concept as type on exposure.drug_type_concept_id = type.concept_id
        left join cdm.concept as route on exposure.route_concept_id = route.concept_id
        where
            ({" or ".join(CLASSES)})
            and not {_says("type.concept_name", told.given)}
            and (coalesce(route.concept_id, 0) = 0 or {_says("route.concept_name", told.inhaled_routes)})
        group by
            exposure.person_id, start, record_kind,
            coalesce(exposure.drug_source_value, exposure.drug_concept_id::varchar)
        order by all
    """
    return con.execute(query).pl().rename({"record_kind": "record"})


def days_of_drugs(con: duckdb.DuckDBPyConnection, words: Iterable[str], told: Declared) -> pl.DataFrame:
    """(person_id, day): days on which a drug with one of these words begins that acts on the whole body."""
    query = f"""
        with drugs as (
            {_names()}
        )

        select distinct record.person_id, record.drug_exposure_start_date as day
        from cdm.drug_exposure as record
        inner join {ENTRIES} using (person_id)
        inner join drugs on record.drug_concept_id = drugs.concept_id
        left join cdm.concept as route on record.route_concept_id = route.concept_id
        where
            {_says("name", words)}
            and not {_says("own_name", told.local)}
            and not {_says("route.concept_name", told.local)}
        order by all
    """
    return con.execute(query).pl()


def days_of_condition(con: duckdb.DuckDBPyConnection, concept: int) -> pl.DataFrame:
    """(person_id, day): days on which a condition or one below it in the vocabulary was recorded."""
    query = f"""
        select distinct record.person_id, record.condition_start_date as day
        from cdm.condition_occurrence as record
        inner join {ENTRIES} using (person_id)
        where
            record.condition_concept_id = ?
            or record.condition_concept_id in (
                select descendant_concept_id from cdm.concept_ancestor where ancestor_concept_id = ?
            )
        order by all
    """
    return con.execute(query, [concept, concept]).pl()


def persons(con: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """One row per entry: person_id, entry, sex, year_of_birth, practice, observed_until."""
    query = f"""
        select
            person_id,
            entry,
            {SEX_IN_SQL} as sex,
            year_of_birth,
            care_site_id as practice,
            observation_period_end_date as observed_until
        from {ENTRIES}
        inner join cdm.person using (person_id)
        inner join cdm.observation_period using (person_id)
        where entry between observation_period_start_date and observation_period_end_date
        order by person_id
    """
    return con.execute(query).pl()


def specialties(con: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """(provider_id, specialty_concept_id) of every provider of the build."""
    return con.execute("select provider_id, specialty_concept_id from cdm.provider order by 1").pl()


def _says(name: str, words: Iterable[str]) -> str:
    """SQL: a name has one of some words, at their beginning; a name that is not known has none."""
    return f"coalesce(regexp_matches(lower({name}), '\\b({'|'.join(words)})'), false)"


def _names() -> str:
    """SQL: (concept_id, own_name, name) of every drug of a member, `name` with those of its ingredients."""
    return f"""
        select
            concept.concept_id,
            concept.concept_name as own_name,
            concat_ws(' / ', concept.concept_name, string_agg(ingredient.concept_name, ' / ')) as name
        from cdm.concept as concept
        left join cdm.concept_ancestor as above on concept.concept_id = above.descendant_concept_id
        left join cdm.concept as ingredient
            on above.ancestor_concept_id = ingredient.concept_id
            and ingredient.concept_class_id = 'Ingredient'
        where
            concept.concept_id in (
                select drug_concept_id from cdm.drug_exposure inner join {ENTRIES} using (person_id)
            )
        group by concept.concept_id, concept.concept_name
    """
