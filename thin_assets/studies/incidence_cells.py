"""Cases and time at risk of every cohort by sex and age: the numbers before anything is kept back.

They are for the restricted zone: what leaves it goes through disclosure control.

The engine of incidence counts them (`incidence_prevalence`): first entries, over all time, of everybody in
observation from the day on which the definition's prior observation is complete. Age is the calendar year
less the year of birth.
"""

import duckdb
import polars as pl

from thin_assets.promises import OUR_FAULT, require
from thin_assets.studies.contract import IncidenceCell
from thin_assets.studies.incidence_prevalence.declared import Denominator
from thin_assets.studies.incidence_prevalence.denominator import BORN_ON_NEW_YEAR, contribute, write_bands
from thin_assets.studies.incidence_prevalence.estimates import DAYS_PER_YEAR
from thin_assets.studies.incidence_prevalence.incidence import Outcome, count_events
from thin_assets.studies.incidence_prevalence.periods import OVERALL, periods_of

ALL = "all"
TOP_BAND = 90
KEYS = ["cohort_definition_id", "cohort_name", "sex", "age_band"]
EVERYBODY = ("female", "male", "other")


def count_cells(
    members: pl.DataFrame, definitions: pl.DataFrame, con: duckdb.DuckDBPyConnection
) -> pl.DataFrame:
    """Every combination of sex and ten years of age, and the totals, called `all`, by cohort.

    members        cohorts as they leave the cohorts room
    definitions    cohort_definition_id, cohort_name and prior_days, the observation that comes before the
                   time at risk; a cohort without members is there too
    con            schema `cdm` holds person and observation_period
    returns        as `contract.IncidenceCell`, sorted; a group in which nobody is at risk has no row, but a
                   cohort has its total
    """
    parts = [
        _after(con, int(days), members, ids)
        for (days,), ids in definitions.sort("prior_days").group_by("prior_days", maintain_order=True)
    ]
    cells = pl.concat(parts).join(definitions.drop("prior_days"), on="cohort_definition_id")
    named = {name: pl.col(column) for name, column in _COLUMNS.items()}
    found = with_every_cohort(cells.select(**named), definitions).sort(KEYS)
    require(IncidenceCell, found, name="incidence_cells", where="studies", remedy=OUR_FAULT)
    return found


def _after(
    con: duckdb.DuckDBPyConnection, prior_days: int, members: pl.DataFrame, definitions: pl.DataFrame
) -> pl.DataFrame:
    """Cohorts that ask for the same prior observation."""
    denominator = Denominator(days_prior_observation=prior_days, sex=EVERYBODY)
    span = contribute(con, denominator, born=BORN_ON_NEW_YEAR)
    write_bands(con, denominator)
    periods = periods_of(OVERALL, *span, complete=False) if span else []
    of_cohort = {
        cohort: Outcome(members.filter(cohort_definition_id=cohort), None, repeated_events=False)
        for cohort in definitions.get_column("cohort_definition_id").sort()
    }
    rows = count_events(con, periods, of_cohort)
    return rows.rename({"number": "cohort_definition_id"}).with_columns(
        person_years=pl.col("person_days") / DAYS_PER_YEAR
    )


def with_every_cohort(cells: pl.DataFrame, definitions: pl.DataFrame) -> pl.DataFrame:
    """The cells, with a total of nobody for each cohort that has no cell."""
    absent = definitions.join(cells, on="cohort_definition_id", how="anti")
    nobody = {
        name: pl.lit(ALL) if kind == pl.String else pl.lit(0, kind) for name, kind in cells.schema.items()
    }
    keys = {name: pl.col(name).cast(cells.schema[name]) for name in ("cohort_definition_id", "cohort_name")}
    return pl.concat([cells, absent.select(**(nobody | keys))])


_COLUMNS = {
    "cohort_definition_id": "cohort_definition_id",
    "cohort_name": "cohort_name",
    "sex": "sex",
    "age_band": "age_band",
    "persons": "denominator_count",
    "person_years": "person_years",
    "cases": "outcome_count",
    "persons_practices": "denominator_practices",
    "persons_of_largest": "denominator_of_largest",
    "cases_practices": "outcome_practices",
    "cases_of_largest": "outcome_of_largest",
}
"""Column here: column of the engine."""
