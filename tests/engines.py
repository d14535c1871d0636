"""The same definition in two ways: through Ibis as the room runs it, and as the SQL that circepy renders."""

import random
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

import duckdb
import polars as pl

from tests.cdm import write_cdm
from thin_assets.cohorts.build import build_cohort
from thin_assets.cohorts.definition import Definition

COLUMNS = {
    "condition_occurrence": ("condition_concept_id", "condition_start_date"),
    "drug_exposure": ("drug_concept_id", "drug_exposure_start_date"),
    "observation": ("observation_concept_id", "observation_date"),
    "procedure_occurrence": ("procedure_concept_id", "procedure_date"),
    "measurement": ("measurement_concept_id", "measurement_date"),
}
"""Concept and day of each table that a random record may stand in."""

TABLE_OF = {
    "Condition": "condition_occurrence",
    "Drug": "drug_exposure",
    "Observation": "observation",
    "Procedure": "procedure_occurrence",
    "Measurement": "measurement",
}
FIRST_DAY = date(2015, 1, 1)
UNITS = (8554, 9579)


def rows_by_ibis(definition: Definition, con: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Members as the room finds them."""
    return build_cohort(definition, con).members


def rows_by_sql(definition: Definition, con: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Members as the OHDSI SQL of the definition finds them, translated by circepy's SqlRender."""
    from circe.sqlrender import render, translate

    con.execute("create schema if not exists results")
    con.execute(
        "create or replace table results.cohort (cohort_definition_id integer, subject_id bigint,"
        " cohort_start_date date, cohort_end_date date)"
    )
    script = render(
        definition.sql,
        cdm_database_schema="cdm",
        vocabulary_database_schema="cdm",
        target_database_schema="results",
        results_database_schema="results",
        target_cohort_table="cohort",
        target_cohort_id=str(definition.id),
    )
    con.execute(translate(script, "duckdb"))
    return con.execute("from results.cohort order by subject_id, cohort_start_date").pl()


def random_cdm(
    folder: Path,
    concepts: Mapping[str, Sequence[int]],
    *,
    seed: int,
    persons: int = 200,
    records: int = 12,
    span: int = 3000,
) -> Path:
    """A build of persons with random records of those concepts, by table of the CDM, in so many days.

    concepts    by table; one that stands there twice is drawn twice as often
    """
    draw = random.Random(seed)
    known = range(1, persons + 1)
    spans = {person: sorted(draw.sample(range(0, span), 2)) for person in known}
    tables = {name: [] for name in concepts}
    drawn = [(name, key) for name, keys in sorted(concepts.items()) for key in keys]
    for person in known:
        for _ in range(draw.randint(0, records)):
            name, key = draw.choice(drawn)
            tables[name].append((person, key, draw.randint(0, span)))
    return write_cdm(
        folder,
        person="person_id | year_of_birth | gender_concept_id\n"
        + "\n".join(f"{one} | {draw.randint(1930, 2000)} | {draw.choice((8507, 8532))}" for one in known),
        observation_period="person_id | observation_period_start_date | observation_period_end_date\n"
        + "\n".join(f"{one} | {day(start)} | {day(end)}" for one, (start, end) in spans.items()),
        **{name: _drawn(name, rows, draw) for name, rows in tables.items() if rows},
    )


def day(number: int) -> date:
    """A day by its number."""
    return FIRST_DAY + timedelta(days=number)


def _drawn(name: str, rows: list[tuple[int, int, int]], draw: random.Random) -> str:
    concept, when = COLUMNS[name]
    if name == "measurement":
        lines = [
            f"{person} | {key} | {day(at)} | {draw.choice((5, 7, 40, 60))} | {draw.choice(UNITS)}"
            for person, key, at in rows
        ]
        return "\n".join([f"person_id | {concept} | {when} | value_as_number | unit_concept_id", *lines])
    end = {"drug_exposure": "drug_exposure_end_date", "condition_occurrence": "condition_end_date"}.get(name)
    if end is None:
        lines = [f"{person} | {key} | {day(at)}" for person, key, at in rows]
        return "\n".join([f"person_id | {concept} | {when}", *lines])
    lines = [
        f"{person} | {key} | {day(at)} | {day(at + draw.randint(0, 40)) if name == 'drug_exposure' else ''}"
        for person, key, at in rows
    ]
    return "\n".join([f"person_id | {concept} | {when} | {end}", *lines])
