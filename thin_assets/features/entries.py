"""Who features are built for: one row per entry into a cohort, or per member of a matched set."""

import datetime as dt

import polars as pl

from thin_assets.resources.backends import Connection
from thin_assets.resources.ids import stable_ids

SCHEMA = {
    "cohort_definition_id": pl.Int32,
    "row_id": pl.Int64,
    "person_id": pl.Int64,
    "index_date": pl.Date,
    "set_id": pl.Int64,
    "is_case": pl.Boolean,
}


def entries_of_cohort(members: pl.DataFrame) -> pl.DataFrame:
    """Members of a cohort, in the columns of `SCHEMA`: each is a set of its own, and a case.

    members    a cohort as it leaves the cohorts room
    """
    keys = members.select(
        "cohort_definition_id",
        pl.col("subject_id").alias("person_id"),
        pl.col("cohort_start_date").alias("index_date"),
    ).unique()
    return _identified(keys).with_columns(set_id=pl.col("row_id"), is_case=pl.lit(True)).select(*SCHEMA)


def entries_of_sets(matched: pl.DataFrame) -> pl.DataFrame:
    """Cases and controls of matched sets, in the columns of `SCHEMA`; a control may be a case elsewhere.

    matched    (set_id, cohort_definition_id, person_id, index_date, is_case)
    """
    keys = matched.select(
        *("cohort_definition_id", "person_id", "index_date"),
        pl.col("set_id").cast(pl.Int64),
        pl.col("is_case").cast(pl.Boolean),
    ).unique()
    return _identified(keys, "set_id", "is_case").select(*SCHEMA)


def _identified(keys: pl.DataFrame, *more: str) -> pl.DataFrame:
    """With an id that is the same in every snapshot in which the entry is the same, sorted by person."""
    columns = ("cohort_definition_id", "person_id", "index_date", *more)
    keys = keys.sort("person_id", "index_date", *columns)
    return keys.with_columns(row_id=stable_ids("entry", keys.select(columns)))


def place_entries(con: Connection, entries: pl.DataFrame, cdm_schema: str, as_of: dt.date | None) -> None:
    """Put entries into the engine as `all_entries`, with what only the build knows of them.

    known_as_of      the month of the index, or the month asked for if that is earlier
    observed_days    days between the start of the observation period that holds the index, and the index
    care_site_id     practice of the person; gender_concept_id and year_of_birth likewise of the person
    place            from 0 in the order of the long table: person, index date, row
    """
    con.register("entries_given", entries.to_arrow())
    asked = "null::date" if as_of is None else f"date '{as_of.replace(day=1)}'"
    con.execute(
        f"""
        create or replace temp table all_entries as
        with observed as (
            select row_id, max(observation_period_start_date) as since
            from entries_given
            join {cdm_schema}.observation_period using (person_id)
            where observation_period_start_date <= index_date
            group by row_id
        )
        select
            given.*,
            least(date_trunc('month', index_date)::date, {asked}) as known_as_of,
            date_diff('day', since, index_date) as observed_days,
            care_site_id,
            gender_concept_id,
            year_of_birth,
            (row_number() over (order by given.person_id, index_date, row_id) - 1)::integer as place
        from entries_given as given
        left join observed using (row_id)
        left join {cdm_schema}.person using (person_id)
        order by place
        """
    )
    con.unregister("entries_given")
