"""Concepts that a definition names, held against the vocabulary of the build: told by name, never dropped."""

import polars as pl

from thin_assets.cohorts.definition import Definition
from thin_assets.cohorts.plan import CDM
from thin_assets.resources.backends import Connection

ABSENT, INVALID, NON_STANDARD, NAMED_OTHERWISE = (
    "not in the vocabulary",
    "no longer valid",
    "not standard",
    "named otherwise",
)
FINDS_NOBODY = (ABSENT, INVALID, NON_STANDARD)
"""Problems of a concept that stands in no concept column of a CDM: it can find nobody by itself."""

COLUMNS = {
    "concept_id": pl.Int64,
    "concept_name": pl.String,
    "problem": pl.String,
    "in_vocabulary": pl.String,
}


def concept_problems(definition: Definition, con: Connection) -> pl.DataFrame:
    """Concepts of a definition that the vocabulary lacks, or knows in another way, by id.

    con        its schema `cdm` holds the vocabulary
    returns    concept_id, concept_name as the definition has it, problem, in_vocabulary (its name there, or
               what it maps to). `named otherwise` is a hint: names change with releases, but an id that was
               rounded or mistyped shows in this way only. A classification such as an ATC class is no
               problem, its descendants are standard.
    """
    named = pl.DataFrame(
        sorted(definition.concepts.items()),
        schema={"concept_id": pl.Int64, "concept_name": pl.String},
        orient="row",
    )
    con.register("concepts_named", named)
    rows = con.execute(_PROBLEMS).pl()
    con.unregister("concepts_named")
    return rows.cast(COLUMNS)


_PROBLEMS = f"""
    with target as (
        select
            link.concept_id_1 as concept_id,
            string_agg(concept.concept_name, '; ' order by link.concept_id_2) as names
        from {CDM}.concept_relationship as link
        inner join {CDM}.concept as concept on link.concept_id_2 = concept.concept_id
        where link.relationship_id = 'Maps to' and link.invalid_reason is null
        group by link.concept_id_1
    ),

    judged as (
        select
            named.concept_id,
            named.concept_name,
            case
                when known.concept_id is null then '{ABSENT}'
                when known.invalid_reason is not null then '{INVALID}'
                when known.standard_concept is null then '{NON_STANDARD}'
                when named.concept_name <> '' and lower(named.concept_name) <> lower(known.concept_name)
                    then '{NAMED_OTHERWISE}'
            end as problem,
            case
                when known.concept_id is null then ''
                when known.invalid_reason is not null or known.standard_concept is null
                    then known.concept_name || coalesce(', maps to ' || target.names, '')
                else known.concept_name
            end as in_vocabulary
        from concepts_named as named
        left join {CDM}.concept as known on named.concept_id = known.concept_id
        left join target on named.concept_id = target.concept_id
    )

    from judged where problem is not null order by concept_id
"""
