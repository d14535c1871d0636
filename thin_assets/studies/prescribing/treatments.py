"""Treatment episodes: prescriptions of a class that follow one another, and how long the first ones last."""

import duckdb
import polars as pl

from thin_assets.studies.prescribing.calendar import Calendar
from thin_assets.studies.prescribing.declared import Declared
from thin_assets.studies.prescribing.drugs import DRUG_SET, INGREDIENT
from thin_assets.studies.prescribing.intervals import wilson


def find_episodes(con: duckdb.DuckDBPyConnection, told: Declared) -> None:
    """Make observatory_episode: person_id, kind, class_id, first_day, last_day, is_first.

    Of ingredients, sets, and classes of the level that is compared. A prescription belongs to the episode
    before it where no more than `gap_days` lie between the last day covered and its own; nothing is
    stockpiled.
    """
    levels = [INGREDIENT, DRUG_SET, told.class_level]
    con.execute(_EPISODES, {"levels": levels, "gap": told.gap_days})


def count_treatments(con: duckdb.DuckDBPyConnection, days: Calendar, told: Declared) -> pl.DataFrame:
    """As `contract.Treatment`: first episodes of incident users who were observed throughout."""
    asked = {"first": days.first, "last": days.last, "follow_up": max(told.followed_days)}
    counted = con.execute(_FOLLOWED, asked | {"marks": list(told.followed_days)}).pl()
    low, high = wilson(pl.col("still_treated"), pl.col("persons"))
    return counted.with_columns(
        share=(pl.col("still_treated") / pl.col("persons")).round(6),
        share_lower=low.round(6),
        share_upper=high.round(6),
    )


_EPISODES = """
    create or replace temp table observatory_episode as
    with covered as (

        select
            *,
            max(last_day) over (
                partition by person_id, kind, class_id order by day, last_day
                rows between unbounded preceding and 1 preceding
            ) as covered_until
        from observatory_given
        where class_id in (select class_id from observatory_class where level in (select unnest($levels)))

    ),

    numbered as (

        select
            *,
            count_if(coalesce(day > covered_until + $gap + 1, false)) over (
                partition by person_id, kind, class_id order by day, last_day rows unbounded preceding
            ) as episode
        from covered

    )

    select
        person_id,
        kind,
        class_id,
        min(day) as first_day,
        max(last_day) as last_day,
        arg_min(is_first, day) as is_first
    from numbered
    group by person_id, kind, class_id, episode
"""

_FOLLOWED = """
    with followed as (

        select
            episode.kind,
            episode.class_id,
            -- the first of them in the months that are counted
            arg_min(episode.last_day - episode.first_day + 1, episode.first_day) as lasted
        from observatory_episode as episode
        inner join cdm.observation_period as period
            on
                episode.person_id = period.person_id
                and episode.first_day between period.observation_period_start_date
                and period.observation_period_end_date - $follow_up
        where episode.is_first and episode.first_day between $first and $last
        group by episode.kind, episode.class_id, episode.person_id

    )

    select
        followed.kind as record_kind,
        class.level,
        class.code as class_code,
        class.name as class_name,
        mark.days::bigint as days,
        count(*) as persons,
        count_if(followed.lasted > mark.days)::bigint as still_treated
    from followed
    inner join observatory_class as class using (class_id)
    cross join (select unnest($marks) as days) as mark
    group by all
    order by record_kind, level, class_code, days
"""
