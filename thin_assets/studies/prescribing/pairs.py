"""Co-prescription: pairs of classes that somebody was prescribed in one calendar month."""

import duckdb
import polars as pl

from thin_assets.studies.prescribing.calendar import Calendar
from thin_assets.studies.prescribing.declared import Declared
from thin_assets.studies.prescribing.drugs import NONE


def count_pairs(con: duckdb.DuckDBPyConnection, days: Calendar, told: Declared) -> pl.DataFrame:
    """As `contract.Pair`, over the recent months; drugs without a class are in no pair."""
    asked = {"first": days.recent[0], "level": told.class_level, "none": NONE}
    return con.execute(_PAIRS, asked).pl()


_PAIRS = """
    with users as (

        select given.person_id, given.month, given.kind, given.class_id
        from observatory_person_month as given
        inner join observatory_class as class using (class_id)
        where class.level = $level and class.code <> $none and given.month >= $first

    ),

    together as (

        select first.kind, first.class_id, other.class_id as other_id, count(distinct first.person_id) as both
        from users as first
        inner join users as other using (person_id, month, kind)
        where first.class_id < other.class_id
        group by all

    ),

    alone as (

        select kind, class_id, count(distinct person_id) as persons
        from users
        group by all

    ),

    anybody as (

        select kind, count(distinct person_id) as persons
        from users
        group by all

    )

    select
        together.kind as record_kind,
        class.code as class_code,
        other_class.code as other_class_code,
        class.name as class_name,
        other_class.name as other_class_name,
        first.persons,
        other.persons as other_persons,
        together.both as persons_both,
        round(together.both * anybody.persons / (first.persons * other.persons), 4) as lift
    from together
    inner join alone as first on together.kind = first.kind and together.class_id = first.class_id
    inner join alone as other on together.kind = other.kind and together.other_id = other.class_id
    inner join anybody on together.kind = anybody.kind
    inner join observatory_class as class on together.class_id = class.class_id
    inner join observatory_class as other_class on together.other_id = other_class.class_id
    order by 1, 2, 3
"""
