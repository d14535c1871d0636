"""Landmarks: days on which somebody is looked at who may fall ill later, to learn what went before.

Calendar    the first day after the snapshot, and the same day of each year before it: everybody who is on the
            list of a practice then. The first is the day on which a score is asked for today.
Onset       the index date of a cohort, such as a new-onset diabetes.

A landmark is decided by what was known on the day before it: age, observation, no earlier cancer. What comes
after it decides nothing.
"""

import csv
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import polars as pl

from thin_assets.cohorts.contract import Attrition, CohortMember
from thin_assets.cohorts.definition import Definition
from thin_assets.promises import OUR_FAULT, columns_of, require
from thin_assets.resources.backends import Connection


@dataclass(frozen=True)
class Landmarks:
    """Who is looked at, and when.

    starts_with         cohort whose index dates are the landmarks; None: days of the calendar
    youngest, oldest    age in the year of the landmark, both included
    prior_days          observation asked for before it
    years               how far back from the snapshot landmarks reach
    without             cohort whose entry events nobody may have had before
    """

    name: str
    starts_with: str | None
    youngest: int
    oldest: int
    prior_days: int
    years: int
    without: str

    @property
    def table(self) -> str:
        """Name of its table."""
        return f"{self.name}_landmarks"

    @property
    def id(self) -> int:
        """Cohort id, from the name of the table as that of a definition is."""
        return Definition(self.table, "{}").id


@dataclass(frozen=True)
class Looked:
    """Landmarks of persons, as `contract.CohortMember`, and how they became so few.

    rows    `cohort_end_date` is the last day of the observation that holds the day before the landmark, and
            the landmark itself at the earliest: follow-up ends there
    """

    rows: pl.DataFrame
    attrition: pl.DataFrame


@cache
def landmark_cohorts() -> dict[str, Landmarks]:
    """Every row of `landmarks.csv` by name."""
    text = files("thin_assets.cohorts").joinpath("landmarks.csv").read_text(encoding="utf-8")
    numbers = ("youngest", "oldest", "prior_days", "years")
    return {
        row["name"]: Landmarks(
            row["name"],
            row["starts_with"] or None,
            **{name: int(row[name]) for name in numbers},
            without=row["without"],
        )
        for row in csv.DictReader(text.splitlines())
    }


def days_of(after: dt.date, years: int) -> list[dt.date]:
    """The first day after a snapshot, and the same day of so many years before it, latest first.

    >>> [day.isoformat() for day in days_of(dt.date(2024, 4, 1), 2)]
    ['2024-04-01', '2023-04-01', '2022-04-01']
    """
    return [after.replace(year=after.year - back) for back in range(years + 1)]


def find_landmarks(
    told: Landmarks,
    con: Connection,
    after: dt.date,
    had_before: pl.DataFrame,
    started: pl.DataFrame | None = None,
    *,
    where: str = "cohorts",
) -> Looked:
    """Persons at their landmarks, sorted by person and day.

    con           its schema `cdm` holds the build
    after         first day after the snapshot
    had_before    (person_id, first_date) of everybody who has what `without` lets in; without a day: long ago
    started       members of the cohort that `starts_with` names
    Raises BrokenRules when the table breaks its contract.
    """
    con.register("landmark_had", had_before.to_arrow())
    con.register("landmark_given", _given(told, after, started).to_arrow())
    con.execute(_query(told))
    steps = list(_steps(con, told))
    rows = con.execute(_MEMBERS, [told.id]).pl()
    con.unregister("landmark_had")
    con.unregister("landmark_given")
    require(CohortMember, rows, name="landmarks", where=where, remedy=OUR_FAULT)
    attrition = pl.DataFrame(steps, schema=columns_of(Attrition), orient="row")
    require(Attrition, attrition, name="attrition", where=where, remedy=OUR_FAULT)
    return Looked(rows, attrition)


def _given(told: Landmarks, after: dt.date, started: pl.DataFrame | None) -> pl.DataFrame:
    """Days on which somebody may be looked at; without a person: on which everybody may be."""
    days = days_of(after, told.years)
    if started is None:
        return pl.DataFrame({"landmark": days, "of_person": pl.Series([None] * len(days), dtype=pl.Int64)})
    rows = started.select(landmark="cohort_start_date", of_person="subject_id")
    return rows.filter(pl.col("landmark").is_between(days[-1], after, closed="left")).unique()


def _query(told: Landmarks) -> str:
    """Everybody observed on the day before a landmark, with what decides about them."""
    who = "true" if told.starts_with is None else "of_person = person_id"
    return f"""
        create or replace temp table landmark_rows as
        select
            person_id,
            landmark,
            greatest(observation_period_end_date, landmark) as last_day,
            date_diff('day', observation_period_start_date, landmark) >= {told.prior_days} as is_known,
            year(landmark) - year_of_birth between {told.youngest} and {told.oldest} as is_of_age,
            not exists (
                from landmark_had as had
                where had.person_id = period.person_id and coalesce(had.first_date < landmark, true)
            ) as is_free
        from cdm.observation_period as period
        inner join landmark_given
            on landmark - 1 between observation_period_start_date and observation_period_end_date and {who}
        inner join cdm.person using (person_id)
        """


def _steps(con: Connection, told: Landmarks) -> Iterator[tuple[int, int, str, int, int]]:
    """Attrition: how many persons and landmarks each rule leaves."""
    rules = {
        "observed on the day before a landmark": "true",
        f"observed for {told.prior_days} days before": "is_known",
        f"aged {told.youngest} to {told.oldest}": "is_of_age",
        f"no record of {told.without} before": "is_free",
    }
    asked = "true"
    for number, (rule, condition) in enumerate(rules.items()):
        asked += f" and {condition}"
        counts = con.execute(f"select count(distinct person_id), count(*) from landmark_rows where {asked}")
        yield (told.id, number, rule, *counts.fetchone())


_MEMBERS = """
    select
        cast(? as integer) as cohort_definition_id,
        person_id as subject_id,
        landmark as cohort_start_date,
        last_day as cohort_end_date
    from landmark_rows
    where is_known and is_of_age and is_free
    order by subject_id, cohort_start_date
"""
