"""The profile of a sealed build: every analysis of `analyses.csv`, counted where the build lies."""

from dataclasses import dataclass

import duckdb
import polars as pl

from thin_assets.evidence.contract import AchillesResults, AchillesResultsDist
from thin_assets.evidence.counting import Tally
from thin_assets.evidence.observation import count_observation
from thin_assets.evidence.people import count_deaths, count_people
from thin_assets.evidence.records import count_after_death, count_records, count_visits
from thin_assets.evidence.together import count_together
from thin_assets.evidence.values import count_values
from thin_assets.promises import OUR_FAULT, require


@dataclass(frozen=True)
class Profile:
    """Counts and distributions of one build, as `contract.py` describes them."""

    results: pl.DataFrame
    distributions: pl.DataFrame


def build_profile(con: duckdb.DuckDBPyConnection, *, where: str) -> Profile:
    """Count everything; the build and its vocabulary are in schema `cdm`.

    where      partition, for the error of a broken contract
    """
    tally = Tally(con)
    count_people(tally)
    count_observation(tally)
    count_deaths(tally)
    count_records(tally)
    count_visits(tally)
    count_after_death(tally)
    count_values(tally)
    count_together(tally)
    found = Profile(tally.results(), tally.distributions())
    require(AchillesResults, found.results, name="achilles_results", where=where, remedy=OUR_FAULT)
    require(
        AchillesResultsDist, found.distributions, name="achilles_results_dist", where=where, remedy=OUR_FAULT
    )
    return found
