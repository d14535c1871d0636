"""Cases and time at risk, counted by sex and age in the engine: the numbers before anything is kept back.

At risk is everybody in observation, from the day on which the definition's prior observation is complete
until entry into the cohort or the end of observation.

Most people never enter a cohort, and their time at risk is the same for all cohorts: it is counted once for
each prior observation that is asked for. Each cohort then exchanges the time of its members as if they had
never entered for the time that they were at risk.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import polars as pl

TOP_BAND = 90
SEXES = {8507: "male", 8532: "female"}
ALL = "all"

Key = tuple[str, str]
Counts = dict[Key, tuple[int, int, int]]
"""Persons, days and cases of each group."""

EVERYBODY, AS_IF_NEVER, MEMBERS = "everybody", "as if never entered", "members"


@dataclass(frozen=True)
class Cell:
    """One group, unsuppressed: these numbers are shown to nobody as they are."""

    sex: str
    age_band: str
    persons: int
    days: int
    cases: int

    @property
    def key(self) -> Key:
        """Sex and band of age; `all` for a total."""
        return self.sex, self.age_band


def count_cells(
    members: pl.DataFrame, prior_days: Mapping[int, int], person: ir.Table, periods: ir.Table
) -> dict[int, list[Cell]]:
    """Every combination of sex and ten years of age, totals first, by cohort.

    members       cohorts as they leave the cohorts room
    prior_days    observation that comes before the time at risk, by cohort; one without members is there too
    """
    backend = person.get_backend()
    slices = _slices(_at_risk(periods, person, _entries(members, prior_days), set(prior_days.values())))
    kept = backend.create_table("incidence_slices", slices, temp=True, overwrite=True)
    counted = _counted(kept)
    backend.drop_table("incidence_slices", force=True)
    return {cohort: _cells(counted, cohort, days) for cohort, days in prior_days.items()}


def _entries(members: pl.DataFrame, prior_days: Mapping[int, int]) -> ir.Table:
    """First day of each person in each cohort."""
    keys = ("cohort_definition_id", "subject_id")
    first = members.group_by(keys).agg(pl.col("cohort_start_date").min())
    cohort = pl.col("cohort_definition_id")
    days = cohort.replace_strict(dict(prior_days), default=None, return_dtype=pl.Int32)
    rows = first.filter(cohort.is_in(list(prior_days))).select(
        number=cohort.cast(pl.Int32), days=days, case_person_id="subject_id", entry="cohort_start_date"
    )
    return ibis.memtable(rows)


def _at_risk(periods: ir.Table, person: ir.Table, entries: ir.Table, asked: Iterable[int]) -> ir.Table:
    """One row per part, number, person and period: first and last day at risk, whether it ended with entry.

    Number is the prior observation for everybody, and the cohort for members.
    """
    observed = periods.join(person, "person_id").select(
        "person_id",
        "year_of_birth",
        "gender_concept_id",
        first="observation_period_start_date",
        last="observation_period_end_date",
    )
    prior = ibis.memtable(pl.DataFrame({"days": sorted(asked)}, schema={"days": pl.Int32}))
    everybody = observed.cross_join(prior).mutate(number=ibis._.days)
    member = observed.join(entries, observed.person_id == entries.case_person_id)
    never, no = dt.date(9999, 1, 1), ibis.literal(False)
    parts = (
        _part(EVERYBODY, everybody, ibis.literal(never), no),
        _part(AS_IF_NEVER, member, ibis.literal(never), no),
        _part(MEMBERS, member, member.entry, member.entry <= member["last"]),
    )
    rows = ibis.union(*parts)
    return rows.filter(rows.start <= rows.end)


def _part(name: str, rows: ir.Table, until: ir.DateValue, is_case: ir.BooleanValue) -> ir.Table:
    return rows.select(
        part=ibis.literal(name),
        number=rows.number.cast("int32"),
        person_id=rows.person_id,
        year_of_birth=rows.year_of_birth,
        gender_concept_id=rows.gender_concept_id,
        start=(rows["first"] + rows.days.as_interval("D")).cast("date"),
        end=ibis.least(rows["last"], until).cast("date"),
        is_case=is_case,
    )


def _slices(at_risk: ir.Table) -> ir.Table:
    """Time at risk cut at every New Year, so that a slice has one age; a case is in its last slice."""
    years = ibis.range(at_risk.start.year(), at_risk.end.year() + 1).unnest()
    rows = at_risk.mutate(year=years.cast("int32"))
    first = ibis.greatest(rows.start, ibis.date(rows.year, 1, 1))
    last = ibis.least(rows.end, ibis.date(rows.year, 12, 31))
    age = ibis.least(rows.year - rows.year_of_birth, TOP_BAND)
    return rows.select(
        part=rows.part,
        number=rows.number,
        person_id=rows.person_id,
        sex=ibis.cases(
            *((rows.gender_concept_id == key, name) for key, name in SEXES.items()), else_="other"
        ),
        decade=ibis.greatest(age, 0) // 10,
        days=last.delta(first, unit="day") + 1,
        is_case=rows.is_case & (rows.end.year() == rows.year),
    )


def _counted(slices: ir.Table) -> dict[tuple[str, int], Counts]:
    """Every combination of sex and age, and the totals over either and both, by part and number."""
    found: dict[tuple[str, int], Counts] = {}
    for keys in ((), ("sex",), ("decade",), ("sex", "decade")):
        counted = slices.group_by("part", "number", *keys).aggregate(
            persons=slices.person_id.nunique(), days=slices.days.sum(), cases=slices.is_case.sum()
        )
        for row in counted.to_pyarrow().to_pylist():
            key = (row.get("sex", ALL), _band(row.get("decade")))
            counts = (row["persons"], row["days"] or 0, row["cases"] or 0)
            found.setdefault((row["part"], row["number"]), {})[key] = counts
    return found


def _cells(counted: Mapping[tuple[str, int], Counts], cohort: int, prior_days: int) -> list[Cell]:
    """The groups of one cohort; both sexes of all ages are there even when nobody is."""
    everybody = counted.get((EVERYBODY, prior_days), {})
    never, members = (counted.get((part, cohort), {}) for part in (AS_IF_NEVER, MEMBERS))
    cells = (
        Cell(*key, *_exchanged(everybody[key], never.get(key, _NONE), members.get(key, _NONE)))
        for key in everybody
    )
    found = [cell for cell in cells if cell.persons] or [Cell(ALL, ALL, 0, 0, 0)]
    return sorted(found, key=lambda cell: (cell.sex != ALL, cell.sex, _band_order(cell.age_band)))


_NONE = (0, 0, 0)


def _exchanged(everybody: tuple, never: tuple, members: tuple) -> Iterator[int]:
    return (all_of - less + more for all_of, less, more in zip(everybody, never, members, strict=True))


def _band(decade: int | None) -> str:
    if decade is None:
        return ALL
    return f"{TOP_BAND}+" if 10 * decade >= TOP_BAND else f"{10 * decade}-{10 * decade + 9}"


def _band_order(band: str) -> int:
    return -1 if band == ALL else int(band.rstrip("+").partition("-")[0])
