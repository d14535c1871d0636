"""Who learns and who judges: splits by practice, folds by country and by time.

A practice lies in one split, in every snapshot and every population; a matched set follows the practice of
its case, so that it is never torn apart.
"""

import polars as pl

from thin_assets.domain.identity import stable_id
from thin_assets.features.catalogue import Splits

TRAIN, TUNING, HELD_OUT = "train", "tuning", "held_out"
"""Names as in MEDS."""


def label_entries(entries: pl.DataFrame) -> pl.DataFrame:
    """One row per entry: whom it is about, when, whether a case, in which set, and how long observed before.

    entries    as `FeatureWork.entries` gives them; the practice does not leave
    """
    return entries.select(
        *("cohort_definition_id", "row_id", "person_id", "index_date", "set_id", "is_case"),
        pl.col("observed_days").cast(pl.Int32),
    )


def describe_people(entries: pl.DataFrame) -> pl.DataFrame:
    """One row per entry: practice, sex and birth year of its person; what publishes is told, and no learner.

    entries    as `FeatureWork.entries` gives them
    """
    return entries.select("row_id", "person_id", "care_site_id", "gender_concept_id", "year_of_birth")


def split_entries(entries: pl.DataFrame, told: Splits, country: str) -> pl.DataFrame:
    """One row per entry: its split, its country, and its temporal fold.

    fold_country     leave one country out: a fold is a country
    fold_temporal    0 for an index before the first cut, 1 before the second ...; learn on earlier folds,
                     judge on a later one
    """
    of_set = (
        entries.sort("set_id", pl.col("is_case").not_(), "row_id")
        .group_by("set_id", maintain_order=True)
        .agg(pl.col("care_site_id").first(), pl.col("person_id").first().alias("first_person"))
    )
    splits = [
        split_of(told, "practice", practice) if practice is not None else split_of(told, "person", person)
        for practice, person in of_set.select("care_site_id", "first_person").iter_rows()
    ]
    by_set = of_set.select("set_id", pl.Series("split", splits, pl.String))
    year = pl.col("index_date").dt.year()
    fold = pl.sum_horizontal(pl.lit(0), *((year >= cut).cast(pl.Int32) for cut in told.temporal_cuts))
    return entries.join(by_set, on="set_id", how="left", maintain_order="left").select(
        *("row_id", "person_id", "set_id", "split"),
        pl.lit(country).alias("fold_country"),
        fold.cast(pl.Int32).alias("fold_temporal"),
    )


def split_of(told: Splits, kind: str, number: int) -> str:
    """The split of a practice, or of a person without one: a hash, salted, that no snapshot changes."""
    percent = stable_id(told.salt, kind, number) % 100
    if percent < told.train:
        return TRAIN
    return TUNING if percent < told.train + told.tuning else HELD_OUT
