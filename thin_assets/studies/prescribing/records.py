"""The one reading of drug_exposure: records of the months that are counted and of the washout before them."""

import duckdb
import polars as pl

from thin_assets.domain.sex import SEX_IN_SQL
from thin_assets.studies.prescribing.calendar import Calendar
from thin_assets.studies.prescribing.declared import OTHER, Declared


def read_records(con: duckdb.DuckDBPyConnection, days: Calendar, told: Declared) -> None:
    """Make the tables that all counting stands on.

    observatory_month     (month, month_end)
    observatory_person    (person_id, sex, year_of_birth, practice)
    observatory_record    one row per row of drug_exposure in the days that are read: person_id, day,
                          last_day, drug, route (0: not known), kind, product, quantity, provider_id, and
                          observed_from, the first day of the observation that the day lies in; null: in none
    """
    kinds = pl.DataFrame(
        sorted(told.kinds.items()), schema={"type_concept_id": pl.Int32, "kind": pl.String}, orient="row"
    )
    keep(con, "observatory_month", days.frame())
    keep(con, "observatory_kind", kinds)
    con.execute(_PERSON)
    con.execute(_RECORD, {"first": days.looked_back, "last": days.last})


def keep(con: duckdb.DuckDBPyConnection, name: str, frame: pl.DataFrame) -> None:
    """A frame as a temporary table."""
    con.register(f"{name}_given", frame)
    con.execute(f"create or replace temp table {name} as select * from {name}_given")
    con.unregister(f"{name}_given")


_PERSON = f"""
    create or replace temp table observatory_person as
    select
        person_id,
        {SEX_IN_SQL} as sex,
        year_of_birth,
        care_site_id as practice
    from cdm.person
"""

_RECORD = f"""
    create or replace temp table observatory_record as
    select
        exposure.person_id,
        exposure.drug_exposure_start_date as day,
        greatest(exposure.drug_exposure_end_date, exposure.drug_exposure_start_date) as last_day,
        exposure.drug_concept_id as drug,
        coalesce(exposure.route_concept_id, 0) as route,
        coalesce(known.kind, '{OTHER}') as kind,
        -- a combination that was mapped to its ingredients is one product of several rows
        hash(coalesce(exposure.drug_source_value, exposure.drug_concept_id::varchar)) as product,
        exposure.quantity,
        exposure.provider_id,
        period.observation_period_start_date as observed_from
    from cdm.drug_exposure as exposure
    left join observatory_kind as known on exposure.drug_type_concept_id = known.type_concept_id
    left join cdm.observation_period as period
        on
            exposure.person_id = period.person_id
            and exposure.drug_exposure_start_date
            between period.observation_period_start_date and period.observation_period_end_date
    where exposure.drug_exposure_start_date between $first and $last
"""
