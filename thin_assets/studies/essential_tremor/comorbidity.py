"""Which conditions were recorded before the tremor, beside how many would be among everybody of the same age.

Expected    of each member: the share of all who contribute to the denominator in the calendar year of the
            index, of the same sex and ten years of age, who had the condition on the day nearest to 1 July on
            which they contribute. Members are among them.
Ratio       observed over expected, indirectly standardised, with Garwood's interval of the observed count
"""

import datetime as dt
from collections.abc import Mapping

import duckdb
import polars as pl

from thin_assets.disclosure.poisson import exact_interval
from thin_assets.studies.essential_tremor.concepts import write_concepts
from thin_assets.studies.essential_tremor.contract import Comorbidity

NEVER = dt.date(9999, 12, 31)


def comorbidities(con: duckdb.DuckDBPyConnection, members: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """A row per cohort and condition, as `contract.Comorbidity`; sorted.

    con        with the table of `denominator.contribute`; its schema `cdm` holds the build and vocabulary
    members    entries by cohort
    """
    write_concepts(con, "comorbidities")
    entries = pl.concat(
        rows.select(pl.lit(name).alias("outcome"), "subject_id", "cohort_start_date")
        for name, rows in members.items()
    )
    con.register("entries", entries.to_arrow())
    counted = con.execute(_SQL).pl()
    con.unregister("entries")
    sizes = pl.DataFrame(
        [(name, rows.get_column("subject_id").n_unique()) for name, rows in members.items()],
        schema={"outcome": pl.String, "members": pl.Int64},
        orient="row",
    )
    conditions = con.sql("select distinct key as condition from comorbidities").pl()
    every = sizes.join(conditions, how="cross").join(counted, on=["outcome", "condition"], how="left")
    told = every.with_columns(pl.col("outcome_count").fill_null(0), pl.col("expected").fill_null(0.0))
    return _with_ratio(told).select(*Comorbidity.to_schema().columns).sort("outcome", "condition")


def _with_ratio(rows: pl.DataFrame) -> pl.DataFrame:
    names = ("ratio", "ratio_95ci_lower", "ratio_95ci_upper")
    told = [_ratio(*pair) for pair in rows.select("outcome_count", "expected").iter_rows()]
    return rows.hstack(pl.DataFrame(told, schema=dict.fromkeys(names, pl.Float64), orient="row"))


def _ratio(observed: int, expected: float) -> tuple[float | None, ...]:
    if not expected:
        return (None,) * 3
    return tuple(number / expected for number in (observed, *exact_interval(observed)))


_SQL = """
    with first_record as (
        select record.person_id, listed.key as condition, min(record.condition_start_date) as since
        from cdm.condition_occurrence as record
        join comorbidities as listed on listed.concept_id = record.condition_concept_id
        group by all
    ), member as (
        select entries.outcome, entries.subject_id as person_id, entries.cohort_start_date as index_date,
            year(entries.cohort_start_date) as year, who.sex,
            least(year(entries.cohort_start_date) - year(who.born), 90) // 10 as decade
        from entries
        join (select distinct person_id, sex, born from contribution) as who
            on who.person_id = entries.subject_id
    ), year_of as (
        select distinct year, make_date(year, 1, 1) as first, make_date(year, 12, 31) as last,
            make_date(year, 7, 1) as middle
        from member
    ), present as (
        select who.person_id, year_of.year, who.sex, least(year_of.year - year(who.born), 90) // 10 as decade,
            min(least(greatest(who.first, year_of.middle), who.last)) as day
        from contribution as who
        join year_of on who.first <= year_of.last and who.last >= year_of.first
        group by all
    ), persons as (
        select year, sex, decade, count(*) as persons from present group by all
    ), ill as (
        select present.year, present.sex, present.decade, first_record.condition, count(*) as ill
        from present
        join first_record on first_record.person_id = present.person_id and first_record.since < present.day
        group by all
    ), shares as (
        select ill.year, ill.sex, ill.decade, ill.condition, ill.ill / persons.persons as share
        from ill join persons using (year, sex, decade)
    ), expected as (
        select member.outcome, shares.condition, sum(shares.share) as expected
        from member join shares using (year, sex, decade)
        group by all
    ), observed as (
        select member.outcome, first_record.condition, count(*) as outcome_count
        from member
        join first_record
            on first_record.person_id = member.person_id and first_record.since < member.index_date
        group by all
    )
    select coalesce(expected.outcome, observed.outcome) as outcome,
        coalesce(expected.condition, observed.condition) as condition,
        coalesce(observed.outcome_count, 0)::bigint as outcome_count,
        coalesce(expected.expected, 0)::double as expected
    from expected full join observed
        on observed.outcome = expected.outcome and observed.condition = expected.condition
"""
