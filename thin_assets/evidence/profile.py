"""The profile of a sealed build: every analysis of `analyses.csv`, counted where the build lies."""

from dataclasses import dataclass

import duckdb
import polars as pl

from thin_assets.evidence.contract import AchillesResults, AchillesResultsDist
from thin_assets.evidence.counting import Tally
from thin_assets.evidence.observation import count_observation
from thin_assets.evidence.people import count_deaths, count_people
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
    found = Profile(tally.results(), tally.distributions())
    require(AchillesResults, found.results, name="achilles_results", where=where, remedy=OUR_FAULT)
    require(
        AchillesResultsDist, found.distributions, name="achilles_results_dist", where=where, remedy=OUR_FAULT
    )
    return found
