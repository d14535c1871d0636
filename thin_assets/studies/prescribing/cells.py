"""Users and their doses over the recent months, and over how many practices each cell is spread."""

import duckdb
import polars as pl

from thin_assets.studies.prescribing.calendar import Calendar
from thin_assets.studies.prescribing.declared import Declared
from thin_assets.studies.prescribing.drugs import ALL, NONE

MARGINS = (("month", "sex", "age_band"), ("month",), ("sex",), ("age_band",), ("sex", "age_band"), ())
"""What is counted by: days and doses add up over all of it, persons over sex and age."""


def count_cells(con: duckdb.DuckDBPyConnection, days: Calendar, told: Declared) -> pl.DataFrame:
    """As `contract.Cell`: the classes of the level that is compared.

    All drugs together are left out: doses of classes add up to theirs, which would tell those of a hidden
    class.
    """
    con.execute(_RECENT, {"first": days.recent[0], "last": days.recent[-1]})
    con.execute(_USERS, {"first": days.recent[0], "level": told.class_level, "none": NONE})
    observed = pl.concat([con.execute(_observed(margin)).pl() for margin in MARGINS])
    users = pl.concat([con.execute(_users(margin)).pl() for margin in MARGINS])
    return _joined(observed, users)


def _joined(observed: pl.DataFrame, users: pl.DataFrame) -> pl.DataFrame:
    """Every cell of those observed for every class that has a user."""
    where = ["month", "sex", "age_band"]
    classes = users.select("record_kind", "class_code", "class_name").unique()
    zero = pl.col("users", "users_practices", "users_of_largest").fill_null(0)
    rows = classes.join(observed, how="cross").join(
        users.drop("class_name"), on=["record_kind", "class_code", *where], how="left"
    )
    return rows.with_columns(zero, pl.col("ddd").fill_null(0.0)).select(
        *("record_kind", "class_code", "class_name", *where),
        *("persons", "person_days", "users", "ddd", "persons_practices", "persons_of_largest"),
        *("users_practices", "users_of_largest"),
    ).sort("record_kind", "class_code", *where)  # fmt: skip


def _told(margin: tuple[str, ...]) -> str:
    told = {"month": "strftime(month, '%Y-%m')"}
    names = ("month", "sex", "age_band")
    return ", ".join(f"{told.get(name, name) if name in margin else repr(ALL)} as {name}" for name in names)


def _observed(margin: tuple[str, ...]) -> str:
    return f"""
        with by_practice as (

            select {_told(margin)}, practice, count(distinct person_id) as persons, sum(days) as days
            from observatory_recent
            group by all

        )

        select
            month, sex, age_band,
            sum(persons)::bigint as persons,
            sum(days)::double as person_days,
            count(*) as persons_practices,
            max(persons) as persons_of_largest
        from by_practice
        group by all
    """


def _users(margin: tuple[str, ...]) -> str:
    return f"""
        with by_practice as (

            select
                kind, class_id, {_told(margin)}, practice,
                count(distinct person_id) as users,
                sum(ddds) as ddds
            from observatory_recent_user
            group by all

        )

        select
            kind as record_kind,
            class.code as class_code,
            class.name as class_name,
            month, sex, age_band,
            sum(users)::bigint as users,
            sum(ddds)::double as ddd,
            count(*) as users_practices,
            max(users) as users_of_largest
        from by_practice
        inner join observatory_class as class using (class_id)
        group by all
    """


# one age a person: that of the last recent month, so that bands of age add up
_RECENT = """
    create or replace temp table observatory_recent as
    select
        person_id, month, sex, practice, days,
        arg_max(age_band, month) over (partition by person_id) as age_band
    from observatory_observed
    where month between $first and $last
"""

_USERS = """
    create or replace temp table observatory_recent_user as
    select
        given.kind, given.class_id, given.person_id, given.month, given.ddds,
        who.sex, who.age_band, who.practice
    from observatory_person_month as given
    inner join observatory_recent as who using (person_id, month)
    inner join observatory_class as class using (class_id)
    where given.month >= $first and class.level = $level and class.code <> $none
"""
