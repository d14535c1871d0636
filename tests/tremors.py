"""Simulated lives as a study of essential tremor meets them: straight into a tiny CDM, without delivery.

What the rooms before do to a record is shown elsewhere; here the question is what the study makes of lives in
which everything is known.
"""

from dataclasses import dataclass

import duckdb
import numpy as np
import polars as pl

from thin_assets.resources.warehouse import connect
from thin_assets.synthetic.chunks import chunks_of, lives_of
from thin_assets.synthetic.days import new_year
from thin_assets.synthetic.lives import Lives
from thin_assets.synthetic.morbidity import burden
from thin_assets.synthetic.parameters import rates
from thin_assets.synthetic.practices import GENERAL, open_practices

LAST_YEAR = 2023
SEED = 5


@dataclass(frozen=True)
class Tremors:
    """People of general practices, and the cohort of those with a recorded essential tremor.

    con        its schema `cdm` holds person and observation_period
    recorded   entries from the first record until the end of observation
    """

    con: duckdb.DuckDBPyConnection
    recorded: pl.DataFrame


def tremors(country: str, patients: int) -> Tremors:
    """A world until the end of 2023: practices record what begins while they know somebody, seldom more."""
    world, practices = (SEED, country, patients), open_practices(country, patients, SEED, LAST_YEAR)
    rng = np.random.default_rng(SEED)
    parts = []
    for chunk in chunks_of(practices):
        lives = lives_of(world, chunk, practices, LAST_YEAR, [], defects=False)
        parts.append(_people(country, lives, rng))
    people = pl.concat(parts).with_row_index("person_id").with_columns(pl.col("person_id").cast(pl.Int64))
    return Tremors(_cdm(people), _recorded(people))


def _people(country: str, lives: Lives, rng: np.random.Generator) -> pl.DataFrame:
    tremor = burden(country).at("essential_tremor")
    onset, people = lives.onset[:, tremor], lives.people
    last = np.minimum(people["ends"] - 1, new_year(LAST_YEAR + 1) - 1)
    history = rates("conditions").filter(notion="essential_tremor")["history_recorded"].item()
    remembered = (onset < people["entry"]) & (rng.random(len(onset)) < float(history))
    begun = (onset >= people["entry"]) & (onset <= last)
    born = people["born"].astype("datetime64[D]").astype("datetime64[Y]").astype(int) + 1970
    frame = pl.DataFrame(
        {
            "male": people["male"],
            "year_of_birth": born,
            "practice": people["practice"],
            "first": _days(people["entry"]),
            "last": _days(last),
            "since": _days(np.maximum(onset.clip(max=last), people["entry"])),
            "is_recorded": begun | remembered,
        }
    )
    return frame.filter((people["specialty"] == GENERAL) & (last >= people["entry"]))


def _days(numbers: np.ndarray) -> pl.Series:
    return pl.Series(numbers.astype(np.int32)).cast(pl.Date)


def _cdm(people: pl.DataFrame) -> duckdb.DuckDBPyConnection:
    con = connect()
    con.register("people", people.to_arrow())
    con.execute("""
        create schema cdm;
        create table cdm.person as
        select person_id, if(male, 8507, 8532) as gender_concept_id, year_of_birth,
            null::integer as month_of_birth, null::integer as day_of_birth, practice as care_site_id
        from people;
        create table cdm.observation_period as
        select person_id, first as observation_period_start_date, last as observation_period_end_date
        from people
    """)
    con.unregister("people")
    return con


def _recorded(people: pl.DataFrame) -> pl.DataFrame:
    return people.filter("is_recorded").select(
        subject_id="person_id", cohort_start_date="since", cohort_end_date="last"
    )
