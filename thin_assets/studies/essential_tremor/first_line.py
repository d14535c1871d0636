"""What is prescribed or dispensed first, within a year of the diagnosis, to those who had none of it
before."""

from collections.abc import Mapping

import duckdb
import polars as pl

from thin_assets.studies.essential_tremor.concepts import listed, write_concepts
from thin_assets.studies.essential_tremor.contract import FirstLine

YEAR = 365
BEFORE, SEVERAL, NOTHING = "treated_before", "several_on_one_day", "none_within_a_year"


def first_lines(con: duckdb.DuckDBPyConnection, members: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """A row per cohort and treatment, as `contract.FirstLine`; sorted. Every treatment has a row.

    members    entries by cohort; of them, those who stay in observation for a year after
    """
    write_concepts(con, "first_lines")
    entries = pl.concat(
        rows.select(pl.lit(name).alias("outcome"), "subject_id", "cohort_start_date")
        for name, rows in members.items()
    )
    con.register("entries", entries.to_arrow())
    counted = con.execute(_SQL).pl()
    con.unregister("entries")
    treatments = [*listed("first_lines").get_column("key"), BEFORE, SEVERAL, NOTHING]
    every = pl.DataFrame({"outcome": list(members)}).join(
        pl.DataFrame({"treatment": treatments}), how="cross"
    )
    told = every.join(counted, on=["outcome", "treatment"], how="left").fill_null(0)
    whole = told.with_columns(members=pl.col("outcome_count").sum().over("outcome"))
    return whole.select(*FirstLine.to_schema().columns).sort("outcome", "treatment")


_SQL = f"""
    with member as (
        select distinct entries.outcome, entries.subject_id as person_id, entries.cohort_start_date as
        index_date
        from entries
        join cdm.observation_period as observed
            on observed.person_id = entries.subject_id
            and observed.observation_period_start_date <= entries.cohort_start_date
            and observed.observation_period_end_date >= entries.cohort_start_date + {YEAR}
    ), given as (
        select member.outcome, member.person_id, listed.key as treatment,
            drug.drug_exposure_start_date < member.index_date as is_before,
            drug.drug_exposure_start_date as day
        from member
        join cdm.drug_exposure as drug
            on drug.person_id = member.person_id
            and drug.drug_exposure_start_date <= member.index_date + {YEAR}
        join first_lines as listed on listed.concept_id = drug.drug_concept_id
    ), firsts as (
        select outcome, person_id, bool_or(is_before) as is_before, min(day) as day
        from given group by all
    ), judged as (
        select firsts.outcome, firsts.person_id,
            case
                when any_value(firsts.is_before) then '{BEFORE}'
                when count(distinct given.treatment) > 1 then '{SEVERAL}'
                else min(given.treatment)
            end as treatment
        from firsts
        join given using (outcome, person_id, day)
        group by all
    )
    select member.outcome, coalesce(judged.treatment, '{NOTHING}') as treatment,
        count(*)::bigint as outcome_count
    from member left join judged using (outcome, person_id)
    group by all
"""
