"""Why a treatment began: the condition recorded nearest to the first prescription, by category of ICD-10."""

import duckdb
import ibis
import polars as pl

from thin_assets.rollups.icd10 import categories_of_concepts, whole_categories
from thin_assets.studies.prescribing.calendar import Calendar
from thin_assets.studies.prescribing.declared import Declared

UNMAPPED = "unmapped"


def count_reasons(con: duckdb.DuckDBPyConnection, days: Calendar, told: Declared) -> pl.DataFrame:
    """As `contract.Reason`: starts of a class by incident users in the months that are counted.

    The nearest day with a condition counts, the earlier of two that are as near; several categories on that
    day count each.
    """
    asked = {
        "first": days.first,
        "last": days.last,
        "level": told.class_level,
        "before": told.indication.before_days,
        "after": told.indication.after_days,
    }
    con.execute(_STARTS, {name: asked[name] for name in ("first", "last", "level")})
    con.execute(_NEAR, {name: asked[name] for name in ("before", "after")})
    con.register("observatory_category", _categories(con))
    found = con.execute(_REASONS).pl()
    con.unregister("observatory_category")
    return found


def _categories(con: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """(concept_id, category, category_name) of the conditions around the starts."""
    backend = ibis.duckdb.from_connection(con)
    cdm = {name: backend.table(name, database="cdm") for name in ("concept", "concept_relationship")}
    near = backend.table("observatory_near").select("concept_id").distinct()
    of = categories_of_concepts(cdm)
    rows = of.semi_join(near, of.standard_concept_id == near.concept_id)
    whole, concept = whole_categories(cdm), cdm["concept"]
    rows = rows.join(whole, "category_concept_id")
    rows = rows.join(concept, rows.category_concept_id == concept.concept_id)
    found = rows.select(concept_id="standard_concept_id", category="category", category_name="concept_name")
    return pl.from_arrow(backend.to_pyarrow(found.distinct()))


_STARTS = """
    create or replace temp table observatory_start as
    select distinct given.person_id, given.kind, given.class_id, given.day
    from observatory_given as given
    inner join observatory_class as class using (class_id)
    where given.is_first and given.day between $first and $last and class.level = $level
"""

_NEAR = """
    create or replace temp table observatory_near as
    select
        starts.person_id,
        starts.day,
        condition.condition_start_date as recorded,
        condition.condition_concept_id as concept_id
    from (select distinct person_id, day from observatory_start) as starts
    inner join cdm.condition_occurrence as condition
        on
            starts.person_id = condition.person_id
            and condition.condition_start_date between starts.day - $before and starts.day + $after
    -- the nearest day; of two the earlier
    qualify dense_rank() over (
        partition by starts.person_id, starts.day
        order by abs(condition.condition_start_date - starts.day), condition.condition_start_date
    ) = 1
"""

_REASONS = f"""
    with named as (

        select distinct
            near.person_id,
            near.day,
            coalesce(known.category, '{UNMAPPED}') as category,
            coalesce(known.category_name, 'condition without a category') as category_name
        from observatory_near as near
        left join observatory_category as known using (concept_id)

    ),

    -- a day with a category tells more than its unmapped conditions
    told as (

        select * from named
        qualify category <> '{UNMAPPED}' or count(*) over (partition by person_id, day) = 1

    ),

    counted as (

        select kind, class_id, count(*) as starts_of_class
        from observatory_start
        group by all

    )

    select
        starts.kind as record_kind,
        class.code as class_code,
        class.name as class_name,
        coalesce(told.category, 'none') as category,
        coalesce(told.category_name, 'no condition in the window') as category_name,
        count(*) as starts,
        any_value(counted.starts_of_class) as starts_of_class
    from observatory_start as starts
    left join told using (person_id, day)
    inner join counted using (kind, class_id)
    inner join observatory_class as class using (class_id)
    group by starts.kind, class.code, class.name, told.category, told.category_name
    order by record_kind, class_code, category
"""
