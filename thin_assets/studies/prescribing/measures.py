"""Guideline measures of each calendar month, as declared."""

import duckdb
import polars as pl

from thin_assets.disclosure.poisson import exact_interval
from thin_assets.studies.prescribing.declared import Declared, Measure
from thin_assets.studies.prescribing.drugs import DRUG_SET
from thin_assets.studies.prescribing.intervals import wilson

DAYS_PER_YEAR, DAYS_PER_MONTH = 365.25, 365.25 / 12
OF_TIME = ("rate", "users")
"""Kinds of measure that are counted by time observed; the others are percentages."""


def count_measures(con: duckdb.DuckDBPyConnection, told: Declared) -> pl.DataFrame:
    """As `contract.MeasureOfMonth`: every measure and month, of kinds of record with a drug of any set.

    beyond      users of the month with a prescription more than `days` days after its episode began
    together    users of `among` of the month who are exposed to `of` on a day that such a prescription covers
    """
    con.execute(_PREPARE, {"kind": DRUG_SET})
    con.execute(_KINDS)
    frames = [_of_time(con, one) if one.kind in OF_TIME else _share(con, one) for one in told.measures]
    return pl.concat(frames).sort("record_kind", "measure", "month")


def _of_time(con: duckdb.DuckDBPyConnection, one: Measure) -> pl.DataFrame:
    counted = "count(*)" if one.kind == "rate" else "count(distinct person_id)"
    found = con.execute(_BY_TIME.format(counted=counted), {"of": one.of, "age": one.from_age}).pl()
    unit = DAYS_PER_YEAR if one.kind == "rate" else DAYS_PER_MONTH
    ends = [exact_interval(count) for count in found["numerator"]]
    time = pl.col("days") / unit
    return found.with_columns(
        pl.lit(one.name).alias("measure"),
        denominator=time.round(3),
        value=_over(pl.col("numerator"), time),
        value_lower=_over(pl.Series([low for low, _ in ends], dtype=pl.Float64), time),
        value_upper=_over(pl.Series([high for _, high in ends], dtype=pl.Float64), time),
    ).select(_COLUMNS)


def _share(con: duckdb.DuckDBPyConnection, one: Measure) -> pl.DataFrame:
    asked = {"of": one.of, "among": one.among or one.of, "age": one.from_age}
    query = {"share": _SHARE, "beyond": _BEYOND, "together": _TOGETHER}[one.kind]
    more = {"days": one.days, "kind": DRUG_SET} if one.kind == "beyond" else {}
    found = con.execute(query, asked | more).pl()
    low, high = wilson(pl.col("numerator"), pl.col("denominator"))
    whole = pl.col("denominator")
    some = pl.when(whole > 0)
    return found.with_columns(
        measure=pl.lit(one.name),
        value=some.then((100 * pl.col("numerator") / whole).round(4)),
        value_lower=some.then((100 * low).round(4)),
        value_upper=some.then((100 * high).round(4)),
    ).select(_COLUMNS)


def _over(part: pl.Expr | pl.Series, time: pl.Expr) -> pl.Expr:
    return pl.when(time > 0).then((1000 * part / time).round(4))


_COLUMNS = (
    *("record_kind", "measure", "month", "numerator", "denominator", "value", "value_lower", "value_upper"),
)

# prescriptions of the sets, few among all
_PREPARE = """
    create or replace temp table observatory_set_given as
    select
        class.code as drugs,
        given.person_id,
        given.kind,
        calendar.month,
        given.day,
        given.last_day,
        year(given.day) - person.year_of_birth as age
    from observatory_given as given
    inner join observatory_class as class on given.class_id = class.class_id and class.level = $kind
    inner join observatory_person as person using (person_id)
    left join observatory_month as calendar on date_trunc('month', given.day)::date = calendar.month
"""

_KINDS = """
    create or replace temp table observatory_measured as
    select kind, month
    from (select distinct kind from observatory_set_given where month is not null)
    cross join observatory_month
"""

_BY_TIME = """
    with counted as (

        select kind, month, {counted} as numerator
        from observatory_set_given
        where drugs = $of and age >= $age and month is not null
        group by all

    ),

    observed as (

        select month, sum(days)::bigint as days
        from observatory_observed
        where year(month) - year_of_birth >= $age
        group by all

    )

    select
        measured.kind as record_kind,
        measured.month,
        coalesce(counted.numerator, 0) as numerator,
        coalesce(observed.days, 0) as days
    from observatory_measured as measured
    left join counted using (kind, month)
    left join observed using (month)
"""

_AMONG = """
    with among as (

        select * from observatory_set_given
        where drugs = $among and age >= $age and month is not null

    ),

    part as (

        select * from observatory_set_given
        where drugs = $of and age >= $age

    ),
    """

_FOUND = """
    select
        measured.kind as record_kind,
        measured.month,
        coalesce(counted.numerator, 0) as numerator,
        coalesce(counted.denominator, 0)::double as denominator
    from observatory_measured as measured
    left join counted using (kind, month)
"""

_SHARE = f"""
    {_AMONG}

    parts as (

        select kind, month, count(*) as numerator
        from part
        group by all

    ),

    counted as (

        select
            among.kind,
            among.month,
            count(*) as denominator,
            coalesce(any_value(parts.numerator), 0) as numerator
        from among
        left join parts using (kind, month)
        group by all

    )
    {_FOUND}
"""

_OF_USERS = """
    counted as (

        select kind, month, count(*) as denominator, count_if(is_such)::bigint as numerator
        from users
        group by all

    )
    """

_BEYOND = f"""
    {_AMONG}

    episodes as (

        select episode.*
        from observatory_episode as episode
        inner join observatory_class as class using (class_id)
        where class.level = $kind and class.code = $of

    ),

    users as (

        select
            among.person_id, among.kind, among.month,
            max(among.day - episode.first_day) > $days as is_such
        from among
        inner join episodes as episode
            on
                among.person_id = episode.person_id
                and among.kind = episode.kind
                and among.day between episode.first_day and episode.last_day
        group by all

    ),
    {_OF_USERS}
    {_FOUND}
"""

_TOGETHER = f"""
    {_AMONG}

    users as (

        select among.person_id, among.kind, among.month, bool_or(part.day is not null) as is_such
        from among
        left join part
            on
                among.person_id = part.person_id
                and among.kind = part.kind
                and part.day <= among.last_day
                and part.last_day >= among.day
        group by all

    ),
    {_OF_USERS}
    {_FOUND}
"""
