"""What became of everybody after a landmark: the first cancer, death, or the end of observation."""

import datetime as dt
from collections.abc import Mapping

import polars as pl

from thin_assets.domain.sex import SEXES
from thin_assets.studies.risk.declared import Population
from thin_assets.studies.risk.problems import DIED, OTHER, STAYED


def follow(
    members: pl.DataFrame, cancers: Mapping[str, pl.DataFrame], any_cancer: pl.DataFrame, deaths: pl.DataFrame
) -> pl.DataFrame:
    """Day and cause of the end of follow-up for each landmark, in the order of `members`.

    members       landmarks as they leave the cohorts room: `cohort_end_date` is where observation ends
    cancers       first records of each site's cohort, by its name; any_cancer those of all sites
    deaths        (person_id, death_date)
    returns       (person_id, index_date, followed_days, cause); the landmark is day 1

    Only what was observed counts. Two sites on one day: the one whose name comes first. On one day, a cancer
    comes before death.
    """
    rows = members.select(
        person_id="subject_id", index_date="cohort_start_date", observed_until="cohort_end_date"
    )
    firsts = [
        (DIED, deaths.select("person_id", day="death_date")),
        (OTHER, any_cancer.select("person_id", day="first_date")),
        *((name, frame.select("person_id", day="first_date")) for name, frame in sorted(cancers.items())),
    ]
    order = {OTHER: len(firsts), DIED: len(firsts) + 1}
    told = pl.concat(
        frame.with_columns(cause=pl.lit(name), rank=pl.lit(order.get(name, place)))
        for place, (name, frame) in enumerate(firsts)
    )
    ends = rows.with_row_index("place").join(told, on="person_id")
    ends = ends.filter(pl.col("day").is_between("index_date", "observed_until"))
    first = ends.sort("place", "day", "rank").unique("place", keep="first").select("place", "day", "cause")
    found = rows.with_row_index("place").join(first, on="place", how="left", maintain_order="left")
    last = pl.coalesce("day", "observed_until")
    return found.select(
        "person_id",
        "index_date",
        followed_days=(last - pl.col("index_date")).dt.total_days().cast(pl.Int32) + 1,
        cause=pl.col("cause").fill_null(STAYED),
    )


def entries_of(
    population: Population,
    followed: pl.DataFrame,
    labels: pl.DataFrame,
    splits: pl.DataFrame,
    people: pl.DataFrame,
    deprivation: pl.DataFrame,
    after: dt.date,
) -> pl.DataFrame:
    """Entries of a population as `contract.RiskEntry`, sorted by person and landmark.

    labels, splits, people    tables beside the features of the population
    deprivation               (row_id, deprivation), null where no area is told
    after                     first day after the snapshot
    """
    rows = (
        labels.select("row_id", "person_id", "index_date")
        .join(followed, on=("person_id", "index_date"), how="left", validate="1:1")
        .join(splits.select("row_id", "split"), on="row_id", how="left")
        .join(people.drop("person_id"), on="row_id", how="left")
        .join(deprivation.select("row_id", "deprivation"), on="row_id", how="left")
    )
    since = (pl.lit(after) - pl.col("index_date")).dt.total_days()
    sex = pl.col("gender_concept_id").replace_strict(SEXES, default="other", return_dtype=pl.String)
    return rows.select(
        pl.lit(population.name).alias("population"),
        "row_id",
        "person_id",
        "index_date",
        "split",
        practice="care_site_id",
        sex=sex.fill_null("other"),
        age=(pl.col("index_date").dt.year() - pl.col("year_of_birth")).cast(pl.Int32),
        deprivation=pl.col("deprivation").cast(pl.Float64),
        followed_days="followed_days",
        cause="cause",
        is_current=since <= population.current_days,
    ).sort("person_id", "index_date", "row_id")
