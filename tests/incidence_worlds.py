"""Small worlds of persons, stretches of observation and outcomes, and what a naive reading of the rules
counts.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import product as every

import duckdb
import polars as pl

from thin_assets.resources.warehouse import connect
from thin_assets.studies.incidence_prevalence.declared import Denominator
from thin_assets.studies.incidence_prevalence.denominator import contribute, write_bands
from thin_assets.studies.incidence_prevalence.incidence import Outcome, count_events
from thin_assets.studies.incidence_prevalence.periods import Period, periods_of, points_of
from thin_assets.studies.incidence_prevalence.prevalence import count_persons

Stretch = tuple[dt.date, dt.date]
GENDERS = {"male": 8507, "female": 8532, "other": 0}
DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Person:
    """Somebody: born, sex, practice, observed, and in which cohorts from when to when."""

    born: dt.date
    sex: str
    practice: int
    observed: tuple[Stretch, ...]
    outcomes: tuple[Stretch, ...] = ()
    target: tuple[Stretch, ...] = ()


@dataclass
class Tally:
    """Persons, days and events of a cell."""

    persons: set[int] = field(default_factory=set)
    days: int = 0
    events: int = 0


def record(people: Iterable[Person]) -> duckdb.DuckDBPyConnection:
    """A connection with `cdm.person` and `cdm.observation_period`."""
    con = connect()
    con.execute("create schema cdm")
    con.execute(
        "create table cdm.person (person_id bigint, gender_concept_id integer, year_of_birth integer,"
        " month_of_birth integer, day_of_birth integer, care_site_id bigint)"
    )
    con.execute(
        "create table cdm.observation_period (person_id bigint, observation_period_start_date date,"
        " observation_period_end_date date)"
    )
    for number, one in enumerate(people):
        born = one.born
        row = (number, GENDERS[one.sex], born.year, born.month, born.day, one.practice)
        con.execute("insert into cdm.person values (?, ?, ?, ?, ?, ?)", row)
        for start, end in one.observed:
            con.execute("insert into cdm.observation_period values (?, ?, ?)", (number, start, end))
    return con


def entries(stretches: Iterable[tuple[int, Stretch]]) -> pl.DataFrame:
    """Cohort entries."""
    rows = [(number, start, end) for number, (start, end) in stretches]
    schema = {"subject_id": pl.Int64, "cohort_start_date": pl.Date, "cohort_end_date": pl.Date}
    return pl.DataFrame(rows, schema=schema, orient="row")


def outcomes_of(people: list[Person]) -> pl.DataFrame:
    return entries((number, one) for number, person in enumerate(people) for one in person.outcomes)


def targets_of(people: list[Person]) -> pl.DataFrame:
    return entries((number, one) for number, person in enumerate(people) for one in person.target)


def incidence_by_engine(
    people: list[Person], denominator: Denominator, interval: str, *, complete: bool, washout, repeated: bool
) -> dict[tuple, tuple]:
    """(period, sex, age) to persons, days, events."""
    con = record(people)
    target = targets_of(people) if denominator.target else None
    span = contribute(con, denominator, target)
    if span is None:
        return {}
    write_bands(con, denominator)
    periods = periods_of(interval, *span, complete=complete)
    found = count_events(con, periods, {3: Outcome(outcomes_of(people), washout, repeated)})
    names = ("period", "sex", "age_band", "denominator_count", "person_days", "outcome_count")
    return {row[:3]: row[3:] for row in found.select(names).iter_rows()}


def prevalence_by_engine(
    people: list[Person], denominator: Denominator, periods: list[Period], *, full: bool
) -> dict[tuple, tuple]:
    """(period, sex, age) to persons present and persons ill."""
    con = record(people)
    if contribute(con, denominator, targets_of(people) if denominator.target else None) is None:
        return {}
    write_bands(con, denominator)
    found = count_persons(con, periods, {3: outcomes_of(people)}, full_contribution=full)
    names = ("period", "sex", "age_band", "denominator_count", "outcome_count")
    return {row[:3]: row[3:] for row in found.select(names).iter_rows()}


def incidence_by_hand(
    people: list[Person], denominator: Denominator, interval: str, *, complete: bool, washout, repeated: bool
) -> dict[tuple, tuple]:
    """The same, day by day and person by person."""
    periods = _periods(people, denominator, interval, complete)
    tallies: dict[tuple, Tally] = defaultdict(Tally)
    for number, person in enumerate(people):
        for day, is_event in days_at_risk(person, denominator, washout, repeated):
            for name in (one.name for one in periods if one.start <= day <= one.end):
                for cell in cells(name, person, day, denominator, totals=interval != "overall"):
                    tally = tallies[cell]
                    tally.persons.add(number)
                    tally.days += 1
                    tally.events += is_event
    return {cell: (len(one.persons), one.days, one.events) for cell, one in tallies.items()}


def days_at_risk(
    person: Person, denominator: Denominator, washout: int | None, repeated: bool
) -> Iterator[tuple[dt.date, bool]]:
    for day in contributed(person, denominator):
        if any(blocks(one, day, washout) for one in person.outcomes):
            continue
        is_event = any(start == day for start, _ in person.outcomes)
        yield day, is_event
        if is_event and not repeated:
            return


def blocks(outcome: Stretch, day: dt.date, washout: int | None) -> bool:
    start, end = outcome
    return start < day and (washout is None or day <= end + washout * DAY)


def contributed(person: Person, denominator: Denominator) -> list[dt.date]:
    """Every day that somebody contributes, in order."""
    first, last = denominator.cohort_date_range
    low, high = denominator.age_group[0][0], denominator.age_group[-1][1]
    found = []
    for start, end in person.observed:
        day = start + denominator.days_prior_observation * DAY
        while day <= end:
            in_study = (first is None or day >= first) and (last is None or day <= last)
            in_target = denominator.target is None or any(a <= day <= b for a, b in person.target)
            is_looked_at = person.sex in denominator.sex and low <= age(person, day) <= high
            if in_study and in_target and is_looked_at:
                found.append(day)
            day += DAY
    return found


def age(person: Person, day: dt.date) -> int:
    """Whole years lived; who was born on 29 February has a birthday on the 28th in other years."""
    years = day.year - person.born.year
    return years if day >= birthday(person.born, day.year) else years - 1


def birthday(born: dt.date, year: int) -> dt.date:
    leap = born.month == 2 and born.day == 29
    return dt.date(year, 2, 28) if leap and not _is_leap(year) else born.replace(year=year)


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def cells(
    period: str, person: Person, day: dt.date, denominator: Denominator, *, totals: bool
) -> list[tuple[str, str, str]]:
    """Every cell that a day belongs to."""
    years = age(person, day)
    bands = [name for name, (low, high) in denominator.bands.items() if low <= years <= high]
    if not bands:
        return []
    periods = (period, "all") if totals else (period,)
    return list(every(periods, (person.sex, "all"), (bands[0], "all")))


def prevalence_by_hand(
    people: list[Person], denominator: Denominator, periods: list[Period], *, full: bool
) -> dict[tuple, tuple]:
    present: dict[tuple, set] = defaultdict(set)
    ill: dict[tuple, set] = defaultdict(set)
    for number, person in enumerate(people):
        days = contributed(person, denominator)
        for period in periods:
            inside = [day for day in days if period.start <= day <= period.end]
            if not inside or full and len(inside) <= (period.end - period.start).days:
                continue
            is_ill = any(start <= day <= end for day in inside for start, end in person.outcomes)
            for cell in cells(period.name, person, inside[0], denominator, totals=False):
                present[cell].add(number)
                if is_ill:
                    ill[cell].add(number)
    return {cell: (len(numbers), len(ill[cell])) for cell, numbers in present.items()}


def prevalence_periods(
    people: list[Person], denominator: Denominator, interval: str, *, point: str | None, complete: bool
) -> list[Period]:
    """The periods of a prevalence; with a time point, its days."""
    days = [day for person in people for day in contributed(person, denominator)]
    if not days:
        return []
    if point is not None:
        return points_of(interval, point, min(days), max(days))
    return periods_of(interval, min(days), max(days), complete=complete)


def _periods(people: list[Person], denominator: Denominator, interval: str, complete: bool) -> list[Period]:
    return prevalence_periods(people, denominator, interval, point=None, complete=complete)
