"""What is known of new users on the day on which they begin."""

import polars as pl

from thin_assets.studies.triple_therapy.declared import Declared

GENERAL, SPECIALIST, NOT_KNOWN = "general_practitioner", "specialist", "not_known"
NONE, FIRST, MORE = "none", "one", "two_or_more"


def with_covariates(
    users: pl.DataFrame,
    specialties: pl.DataFrame,
    asthma: pl.DataFrame,
    exacerbations: pl.DataFrame,
    told: Declared,
) -> pl.DataFrame:
    """Users with age, before, specialty, asthma, and exacerbations of the year before.

    asthma, exacerbations    (person_id, day) of records of each
    """
    had_asthma = _until_index(users, asthma).select("person_id").unique().with_columns(asthma=pl.lit(True))
    rows = users.join(specialties, on="provider_id", how="left").join(had_asthma, on="person_id", how="left")
    rows = rows.join(_episodes(users, exacerbations, told), on="person_id", how="left")
    return rows.with_columns(
        age=pl.col("index").dt.year() - pl.col("year_of_birth"),
        before=pl.col("before").fill_null("nothing"),
        specialty=_specialty(told),
        asthma=pl.col("asthma").fill_null(value=False),
        exacerbations=pl.col("episodes").fill_null(0).replace_strict({0: NONE, 1: FIRST}, default=MORE),
    ).sort("person_id")


def _specialty(told: Declared) -> pl.Expr:
    concept = pl.col("specialty_concept_id")
    return (
        pl.when(concept.is_in(told.general_practice)).then(pl.lit(GENERAL))
        .when(concept.is_null() | concept.is_in(told.no_specialty)).then(pl.lit(NOT_KNOWN))
        .otherwise(pl.lit(SPECIALIST))
    )  # fmt: skip


def _until_index(users: pl.DataFrame, days: pl.DataFrame) -> pl.DataFrame:
    rows = days.join(users.select("person_id", "index"), on="person_id")
    return rows.filter(pl.col("day") <= pl.col("index"))


def _episodes(users: pl.DataFrame, days: pl.DataFrame, told: Declared) -> pl.DataFrame:
    """(person_id, episodes): days of the year before that come long enough after the one before."""
    rows = _until_index(users, days).filter(
        (pl.col("day") < pl.col("index"))
        & (pl.col("day") >= pl.col("index") - pl.duration(days=told.before_days))
    )
    rows = rows.unique().sort("person_id", "day")
    since = pl.col("day").diff().over("person_id").dt.total_days()
    new = rows.filter(since.is_null() | (since > told.episode_days))
    return new.group_by("person_id").agg(episodes=pl.len())


def first_added(users: pl.DataFrame, days: pl.DataFrame, told: Declared) -> pl.DataFrame:
    """(person_id, added): first day after the index of a drug that was not there in the year before it."""
    rows = days.join(users.select("person_id", "index"), on="person_id")
    rows = rows.filter(pl.col("day") >= pl.col("index") - pl.duration(days=told.before_days))
    had = rows.filter(pl.col("day") <= pl.col("index")).select("person_id")
    later = rows.join(had, on="person_id", how="anti")
    return later.group_by("person_id").agg(added=pl.col("day").min())
