"""How often a cohort is entered: cases per person-time at risk, by sex and age.

At risk is everybody in observation, from the day on which the definition's prior observation is complete
until entry into the cohort or the end of observation. Persons whom an inclusion rule would refuse are not
taken out of the denominator: that is what crude means here, and it makes the rate a little too low.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import duckdb
import ibis
import ibis.expr.types as ir
import polars as pl

from thin_assets.domain.disclosure import SMALLEST_SHOWN, is_disclosive, rate_is_shown, shown
from thin_assets.studies.contract import CrudeIncidence
from thin_assets.studies.poisson import exact_interval

DAYS_PER_YEAR = 365.25
PER = 100_000
TOP_BAND = 90
SEXES = {8507: "male", 8532: "female"}
ALL = "all"


@dataclass(frozen=True)
class Cell:
    """The unsuppressed numbers of one group; they leave this module only after `_row`."""

    sex: str
    age_band: str
    persons: int
    days: int
    cases: int


def crude_incidence(
    members: pl.DataFrame,
    con: duckdb.DuckDBPyConnection,
    *,
    cohort_id: int,
    prior_days: int = 365,
    cdm_schema: str = "cdm",
    limit: int = SMALLEST_SHOWN,
) -> pl.DataFrame:
    """Cases, person-years and rate of a cohort by sex and age; what is too small is kept back.

    members       the cohort as it leaves the cohorts room
    prior_days    observation that the definition asks for; time at risk starts after it
    limit         smallest count of persons that is shown
    returns       as `contract.CrudeIncidence`, totals first; age is the calendar year less the year of birth
    """
    backend = ibis.duckdb.from_connection(con)
    person = backend.table("person", database=cdm_schema)
    periods = backend.table("observation_period", database=cdm_schema)
    slices = backend.create_table(
        "incidence_slices",
        _slices(_at_risk(periods, person, _entries(members), prior_days)),
        temp=True,
        overwrite=True,
    )
    cells = sorted(_cells(slices), key=lambda cell: (cell.sex != ALL, cell.sex, _band_order(cell.age_band)))
    backend.drop_table("incidence_slices", force=True)
    rows = [_row(cohort_id, cell, limit) for cell in cells]
    return CrudeIncidence.validate(pl.DataFrame(rows, schema=_SCHEMA, orient="row"))


def _entries(members: pl.DataFrame) -> ir.Table:
    """First day of each person in the cohort."""
    first = members.group_by("subject_id").agg(pl.col("cohort_start_date").min())
    return ibis.memtable(first.select(case_person_id="subject_id", entry="cohort_start_date"))


def _at_risk(periods: ir.Table, person: ir.Table, entries: ir.Table, prior_days: int) -> ir.Table:
    """One row per person and period: first and last day at risk, and whether it ended with entry."""
    rows = periods.join(person, "person_id").left_join(entries, ibis._.person_id == entries.case_person_id)
    start = rows.observation_period_start_date + ibis.interval(days=prior_days)
    end = ibis.least(rows.observation_period_end_date, rows.entry.fill_null(dt.date(9999, 1, 1)))
    rows = rows.select(
        person_id=rows.person_id,
        year_of_birth=rows.year_of_birth,
        gender_concept_id=rows.gender_concept_id,
        start=start.cast("date"),
        end=end,
        is_case=(rows.entry.notnull() & (rows.entry <= rows.observation_period_end_date)).fill_null(False),
    )
    return rows.filter(rows.start <= rows.end)


def _slices(at_risk: ir.Table) -> ir.Table:
    """Time at risk cut at every New Year, so that a slice has one age; a case is in its last slice."""
    years = ibis.range(at_risk.start.year(), at_risk.end.year() + 1).unnest()
    rows = at_risk.mutate(year=years.cast("int32"))
    first = ibis.greatest(rows.start, ibis.date(rows.year, 1, 1))
    last = ibis.least(rows.end, ibis.date(rows.year, 12, 31))
    age = ibis.least(rows.year - rows.year_of_birth, TOP_BAND)
    return rows.select(
        person_id=rows.person_id,
        sex=ibis.cases(
            *((rows.gender_concept_id == key, name) for key, name in SEXES.items()), else_="other"
        ),
        decade=ibis.greatest(age, 0) // 10,
        days=last.delta(first, unit="day") + 1,
        is_case=rows.is_case & (rows.end.year() == rows.year),
    )


def _cells(slices: ir.Table) -> Iterator[Cell]:
    """Every combination of sex and age, and the totals over either and both."""
    for keys in ((), ("sex",), ("decade",), ("sex", "decade")):
        counted = slices.group_by(*keys) if keys else slices
        found = counted.aggregate(
            persons=slices.person_id.nunique(), days=slices.days.sum(), cases=slices.is_case.sum()
        )
        for row in found.to_pyarrow().to_pylist():
            yield Cell(
                row.get("sex", ALL),
                _band(row.get("decade")),
                row["persons"],
                row["days"] or 0,
                row["cases"] or 0,
            )


def _row(cohort_id: int, cell: Cell, limit: int) -> tuple:
    """A cell as it may be seen. Small groups show nothing; a small number of cases takes the rate with it."""
    if is_disclosive(cell.persons, limit=limit):
        return (cohort_id, cell.sex, cell.age_band, None, None, None, None, None, None, True)
    years = cell.days / DAYS_PER_YEAR
    cases = shown(cell.cases, limit=limit)
    rate: tuple[float | None, ...] = (None, None, None)
    if rate_is_shown(cell.cases, cell.persons, limit=limit):
        rate = tuple(round(PER * number / years, 2) for number in (cell.cases, *exact_interval(cell.cases)))
    hidden = cases is None or None in rate
    return (cohort_id, cell.sex, cell.age_band, cell.persons, round(years, 1), cases, *rate, hidden)


def _band(decade: int | None) -> str:
    if decade is None:
        return ALL
    return f"{TOP_BAND}+" if 10 * decade >= TOP_BAND else f"{10 * decade}-{10 * decade + 9}"


def _band_order(band: str) -> int:
    return -1 if band == ALL else int(band.rstrip("+").partition("-")[0])


_SCHEMA = {
    "cohort_definition_id": pl.Int32,
    "sex": pl.String,
    "age_band": pl.String,
    "persons": pl.Int64,
    "person_years": pl.Float64,
    "cases": pl.Int64,
    "rate_per_100000": pl.Float64,
    "rate_lower": pl.Float64,
    "rate_upper": pl.Float64,
    "is_suppressed": pl.Boolean,
}
