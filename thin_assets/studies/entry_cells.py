"""Who enters each cohort, by year, sex and age, with the totals: the numbers before anything is kept back."""

from itertools import combinations

import duckdb
import polars as pl

from thin_assets.domain.sex import SEX_IN_SQL
from thin_assets.promises import OUR_FAULT, require
from thin_assets.studies.contract import EntryCell
from thin_assets.studies.incidence_cells import ALL, TOP_BAND, with_every_cohort

DIMENSIONS = ("year", "sex", "age_band")
KEYS = ("cohort_definition_id", "cohort_name", *DIMENSIONS)


def count_entries(
    members: pl.DataFrame,
    definitions: pl.DataFrame,
    con: duckdb.DuckDBPyConnection,
    *,
    cdm_schema: str = "cdm",
) -> pl.DataFrame:
    """Persons by cohort and by year, sex and age of their first entry, with every total.

    members        cohorts as they leave the cohorts room
    definitions    cohort_definition_id and cohort_name
    con            its schema `cdm` holds the build
    returns        as `contract.EntryCell`, sorted; a combination without persons has no row, but a
                   cohort has its total
    """
    con.register("members_of_cohorts", members)
    counted = con.execute(_FIRST).pl()
    found = counted.join(definitions, on="cohort_definition_id")
    con.unregister("members_of_cohorts")
    sizes = range(len(DIMENSIONS) + 1)
    totals = [_total(found, over) for size in sizes for over in combinations(DIMENSIONS, size)]
    cells = with_every_cohort(pl.concat(totals), definitions).sort(KEYS)
    require(EntryCell, cells, name="entry_cells", where="studies", remedy=OUR_FAULT)
    return cells


def _total(entries: pl.DataFrame, over: tuple[str, ...]) -> pl.DataFrame:
    """Persons and their practices, with some dimensions summed over."""
    rows = entries.with_columns(pl.lit(ALL).alias(name) for name in over)
    by_practice = rows.group_by(*KEYS, "practice").agg(pl.col("persons").sum())
    return by_practice.group_by(KEYS).agg(
        pl.col("persons").sum().cast(pl.Int64),
        pl.len().cast(pl.Int64).alias("practices"),
        pl.col("persons").max().cast(pl.Int64).alias("persons_of_largest"),
    )


_FIRST = f"""
    with first_entries as (

        select cohort_definition_id, subject_id, min(cohort_start_date) as entered
        from members_of_cohorts
        group by all

    )

    select
        cohort_definition_id,
        year(entered)::varchar as year,
        {SEX_IN_SQL} as sex,
        case
            when age.decade * 10 >= {TOP_BAND} then '{TOP_BAND}+'
            else printf('%d-%d', age.decade * 10, age.decade * 10 + 9)
        end as age_band,
        care_site_id as practice,
        count(*) as persons
    from first_entries
    inner join cdm.person on subject_id = person_id
    cross join lateral (select (greatest(year(entered) - year_of_birth, 0) // 10)::integer as decade) as age
    group by all
"""
