"""Lives with infections and symptoms, straight as a CDM: each symptom is in a code or in a text alone."""

import datetime as dt
from dataclasses import dataclass, field

import duckdb
import ibis
import numpy as np
import polars as pl

from thin_assets.cohorts.matching import match_controls, matchings
from thin_assets.domain.snapshot import Snapshot
from thin_assets.resources.warehouse import connect
from thin_assets.studies.long_covid.declared import COHORT, LABEL_COHORT, declared
from thin_assets.studies.study import Material

CODED_SHARE = 0.2
START, END = dt.date(2019, 1, 1), dt.date(2023, 12, 31)
DAYS = (END - START).days
PLANTED = {"fatigue": 3.46, "breathlessness": 2.89, "palpitations": 2.59, "phlegm": 2.43}
EHR, NLP = 32817, 32858


@dataclass(frozen=True)
class World:
    """How people fall ill.

    infected       infections a year and person
    by_use         those who use more care are infected as much more often: confounded
    per_1000       records of each symptom a year and 1,000 persons, without an infection
    coded_share    of records that are coded; the others are in text alone
    """

    persons: int = 40_000
    practices: int = 10
    infected: float = 0.03
    by_use: bool = False
    per_1000: dict[str, float] = field(
        default_factory=lambda: {
            "fatigue": 46,
            "breathlessness": 24,
            "palpitations": 20,
            "phlegm": 20,
            "cough": 60,
            "headache": 34,
        }
    )
    ratios: dict[str, float] = field(default_factory=lambda: PLANTED)
    coded_share: float = CODED_SHARE
    seed: int = 1


def records(world: World, rng: np.random.Generator, frailty: np.ndarray, infected: np.ndarray):
    """Person, day and concept of every record of a symptom, and whether it is coded."""
    parts = []
    concepts = dict(declared("symptoms").select("symptom", "concept_id").unique("symptom").iter_rows())
    for symptom, rate in world.per_1000.items():
        ratio = world.ratios.get(symptom, 1.0)
        usual = rng.poisson(rate / 1000 * frailty * DAYS / 365.25)
        who, day = np.repeat(np.arange(world.persons), usual), rng.integers(0, DAYS, usual.sum())
        since = np.minimum(infected + 84, DAYS)
        more = rng.poisson(rate / 1000 * frailty * (ratio - 1) * (DAYS - since) / 365.25)
        again = np.repeat(np.arange(world.persons), more)
        late = since[again] + (rng.random(more.sum()) * (DAYS - since[again])).astype(int)
        who, day = np.concatenate([who, again]), np.concatenate([day, late])
        parts.append(pl.DataFrame({"person_id": who, "day": day}).with_columns(concept=concepts[symptom]))
    found = pl.concat(parts).sort("person_id", "day", "concept")
    return found.with_columns(is_coded=rng.random(found.height) < world.coded_share)


def made(world: World) -> Material:
    """The world as a study is given it."""
    rng = np.random.default_rng(world.seed)
    frailty = rng.gamma(3.0, 1 / 3.0, world.persons)
    hazard = world.infected * (frailty if world.by_use else np.ones(world.persons)) / 365.25
    first = (dt.date(2020, 3, 1) - START).days
    wait = rng.exponential(1 / hazard) if world.infected else np.full(world.persons, np.inf)
    infected = np.where(first + wait < DAYS, first + np.where(np.isfinite(wait), wait, 0), 10**6).astype(int)
    visits = rng.poisson(4 * frailty * DAYS / 365.25)
    people = pl.DataFrame(
        {
            "person_id": np.arange(world.persons),
            "gender_concept_id": rng.choice([8507, 8532], world.persons),
            "year_of_birth": rng.integers(1935, 2010, world.persons),
            "care_site_id": rng.integers(0, world.practices, world.persons),
        }
    )
    visited = pl.DataFrame(
        {"person_id": np.repeat(np.arange(world.persons), visits), "day": rng.integers(0, DAYS, visits.sum())}
    )
    symptoms = records(world, rng, frailty, infected)
    return material(people, visited, symptoms, infected, has_text=world.coded_share < 1)


def material(
    people: pl.DataFrame,
    visits: pl.DataFrame,
    symptoms: pl.DataFrame,
    infected: np.ndarray,
    *,
    has_text: bool,
) -> Material:
    """Tables of a CDM, with the columns that the study reads, and the matched sets of those infected."""
    con = connect()
    con.execute("create schema cdm")
    ids = pl.col("person_id")
    covid = people.select("person_id", day=pl.Series(infected)).filter(pl.col("day") < DAYS)
    tables = {
        "person": people,
        "observation_period": people.select(
            ids,
            observation_period_start_date=pl.lit(START),
            observation_period_end_date=pl.lit(END),
        ),
        "visit_occurrence": visits.with_row_index("visit_occurrence_id").select(
            "visit_occurrence_id", ids, visit_start_date=_date("day")
        ),
        "condition_occurrence": symptoms.select(
            ids,
            condition_concept_id="concept",
            condition_start_date=_date("day"),
            condition_type_concept_id=pl.when("is_coded").then(EHR).otherwise(NLP),
        ),
        "observation": symptoms.head(0).select(
            ids,
            observation_concept_id="concept",
            observation_date=_date("day"),
            observation_type_concept_id="concept",
        ),
        "note_nlp": pl.DataFrame({"note_nlp_id": [1] if has_text else []}, {"note_nlp_id": pl.Int64}),
        "concept_ancestor": pl.DataFrame({"ancestor_concept_id": [0], "descendant_concept_id": [0]}),
    }
    for name, frame in tables.items():
        con.register("given", frame)
        con.execute(f"create table cdm.{name} as select * from given")
        con.unregister("given")
    entries = covid.select(
        cohort_definition_id=pl.lit(1, pl.Int32),
        subject_id=ids,
        cohort_start_date=_date("day"),
        cohort_end_date=pl.lit(END),
    )
    labelled = entries.filter(pl.col("subject_id") % 10 == 0).with_columns(
        cohort_start_date=pl.col("cohort_start_date") + dt.timedelta(days=150)
    )
    snapshot = Snapshot.named("GB", "2024-01")
    members = {LABEL_COHORT: labelled}
    return Material(snapshot, con, members, "tests", {COHORT: matched(con, entries)})


def matched(con: duckdb.DuckDBPyConnection, entries: pl.DataFrame) -> pl.DataFrame:
    """The sets that the cohorts room would make."""
    backend = ibis.duckdb.from_connection(con)
    person, periods = (backend.table(name, database="cdm") for name in ("person", "observation_period"))
    first = entries.select(person_id="subject_id", first_date="cohort_start_date")
    return match_controls(entries, first, person, periods, matchings()[COHORT]).rows


def _date(column: str) -> pl.Expr:
    return pl.lit(START) + pl.duration(days=pl.col(column))
