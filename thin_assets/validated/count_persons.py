"""Checks on whole tables that count persons."""

from collections.abc import Mapping
from pathlib import Path

from thin_assets.resources.backends import Connection
from thin_assets.validated.catalogue import Check
from thin_assets.validated.count_fields import PERSONS, read
from thin_assets.validated.outcome import Counted

KINDS = frozenset(
    ("measurePersonCompleteness", "measureConditionEraCompleteness", "measureObservationPeriodOverlap")
)


def count_persons(check: Check, files: Mapping[str, Path], con: Connection) -> Counted:
    """The outcome of a check that counts persons of a table that is not empty."""
    query = {
        "measurePersonCompleteness": _without_record,
        "measureConditionEraCompleteness": _without_era,
        "measureObservationPeriodOverlap": _overlapping,
    }[check.name]
    return Counted(*con.execute(query(check, files)).fetchone())


def _without_record(check: Check, files: Mapping[str, Path]) -> str:
    return f"""
        with seen as (
            select count(distinct person_id) as persons
            from {read(files[check.table])} semi join {PERSONS} using (person_id)
        )
        select count(*) - any_value(seen.persons), count(*) from {PERSONS} cross join seen"""


def _without_era(check: Check, files: Mapping[str, Path]) -> str:
    return f"""
        with ill as (
            select distinct person_id
            from {read(files["condition_occurrence"])} where condition_concept_id <> 0
        )
        select count(*) filter (where person_id not in (
            select person_id from {read(files[check.table])} where person_id is not null)), count(*)
        from ill"""


def _overlapping(check: Check, files: Mapping[str, Path]) -> str:
    """A period begins no later than the day after one before it has ended."""
    return f"""
        with periods as (
            select
                person_id,
                observation_period_start_date as starts,
                max(observation_period_end_date) over (
                    partition by person_id order by observation_period_start_date, observation_period_end_date
                    rows between unbounded preceding and 1 preceding
                ) as ended
            from {read(files[check.table])}
        )
        select count(distinct person_id) filter (where starts <= ended + 1), count(distinct person_id)
        from periods"""
