"""Cases and time at risk, counted by sex and age in the engine: the numbers before anything is kept back.

At risk is everybody in observation, from the day on which the definition's prior observation is complete
until entry into the cohort or the end of observation.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import polars as pl

TOP_BAND = 90
SEXES = {8507: "male", 8532: "female"}
ALL = "all"


@dataclass(frozen=True)
class Cell:
    """One group, unsuppressed: these numbers are shown to nobody as they are."""

    sex: str
    age_band: str
    persons: int
    days: int
    cases: int

    @property
    def key(self) -> tuple[str, str]:
        """Sex and band of age; `all` for a total."""
        return self.sex, self.age_band


def count_cells(members: pl.DataFrame, person: ir.Table, periods: ir.Table, prior_days: int) -> list[Cell]:
    """Every combination of sex and ten years of age, totals first.

    members       the cohort as it leaves the cohorts room
    prior_days    observation that comes before the time at risk
    """
    backend = person.get_backend()
    slices = _slices(_at_risk(periods, person, _entries(members), prior_days))
    kept = backend.create_table("incidence_slices", slices, temp=True, overwrite=True)
    cells = sorted(_cells(kept), key=lambda cell: (cell.sex != ALL, cell.sex, _band_order(cell.age_band)))
    backend.drop_table("incidence_slices", force=True)
    return cells


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


def _band(decade: int | None) -> str:
    if decade is None:
        return ALL
    return f"{TOP_BAND}+" if 10 * decade >= TOP_BAND else f"{10 * decade}-{10 * decade + 9}"


def _band_order(band: str) -> int:
    return -1 if band == ALL else int(band.rstrip("+").partition("-")[0])
