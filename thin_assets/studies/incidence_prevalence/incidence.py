"""Persons, person-days and events, counted in the engine, to the day.

Most people never have an outcome, and their time is the same for all outcomes: it is counted once for
everybody. Each outcome then exchanges the time of its own people as if they had never had it for the time
at risk.

Age and sex are strata of one denominator: person-days are told apart on birthdays, and all cells add up.
(In IncidencePrevalence each band of age is a denominator of its own, where somebody older may have a second
first event.)
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import duckdb
import polars as pl

from thin_assets.studies.incidence_prevalence.at_risk import SPELLS
from thin_assets.studies.incidence_prevalence.periods import OVERALL, Period

ALL = "all"
"""Total over sexes, ages or periods."""

KEYS = ("number", "period", "sex", "age_band")


@dataclass(frozen=True)
class Outcome:
    """What is counted under a number.

    entries            subject_id, cohort_start_date, cohort_end_date
    outcome_washout    days; None: without end
    """

    entries: pl.DataFrame
    outcome_washout: int | None
    repeated_events: bool


def count_events(
    con: duckdb.DuckDBPyConnection, periods: Sequence[Period], outcomes: Mapping[int, Outcome]
) -> pl.DataFrame:
    """Cells of each outcome by period, sex and age, and the totals, called `all`; sorted.

    con        with the tables of `denominator.contribute` and `denominator.write_bands`
    returns    number, period, sex, age_band, denominator_count (persons), person_days, outcome_count
               (events), and
               for both counts practices with somebody and the most in one; no row where nobody is at risk
    """
    write_periods(con, periods)
    write_outcomes(con, outcomes)
    con.execute(_SLICES.replace("$spells", SPELLS))
    levels = [("period", "age_band"), ("period",)]
    if periods and periods[0].name != OVERALL:
        levels += [("age_band",), ()]
    con.execute(f"create or replace temp table counted as {_counted(levels)}")
    found = con.sql(_EXCHANGED).pl()
    for table in ("slice", "counted"):
        con.execute(f"drop table {table}")
    return found


def write_periods(con: duckdb.DuckDBPyConnection, periods: Sequence[Period]) -> None:
    """Temporary table `period`: name, first and last day."""
    con.execute("create or replace temp table period (name varchar, first date, last date)")
    if periods:
        con.executemany("insert into period values (?, ?, ?)", [(p.name, p.start, p.end) for p in periods])


def write_outcomes(con: duckdb.DuckDBPyConnection, outcomes: Mapping[int, Outcome]) -> None:
    """Temporary tables `outcome_rule` and `outcome_event`."""
    rules = [(number, one.outcome_washout, one.repeated_events) for number, one in outcomes.items()]
    schema = {"number": pl.Int32, "outcome_washout": pl.Int32, "repeated_events": pl.Boolean}
    events = pl.concat(
        one.entries.select(
            pl.lit(number, pl.Int32).alias("number"),
            person_id=pl.col("subject_id").cast(pl.Int64),
            event_start="cohort_start_date",
            event_end="cohort_end_date",
        )
        for number, one in outcomes.items()
    )
    for name, frame in (
        ("outcome_rule", pl.DataFrame(rules, schema, orient="row")),
        ("outcome_event", events),
    ):
        con.register("rows_of_python", frame.to_arrow())
        con.execute(f"create or replace temp table {name} as select * from rows_of_python")
        con.unregister("rows_of_python")


def grouping_sets(*always: str) -> str:
    """A group over both sexes, and one of each.

    >>> grouping_sets("period")
    'grouping sets ((period), (period, sex))'
    """
    told = ", ".join(always)
    return f"grouping sets (({told}), ({told}, sex))"


def _counted(levels: Iterable[tuple[str, ...]]) -> str:
    """Persons, days and events of each level: made one row per person first, which is cheaper than
    distinct."""
    return " union all ".join(_level(keys) for keys in levels)


def _level(keys: tuple[str, ...]) -> str:
    always = ("part", "number", "practice", *keys)
    named = {name: name if name in keys else "'all'" for name in ("period", "age_band")}
    return f"""(
        with once as (
            select {", ".join(always)}, sex, person_id, sum(days) as days, count(*) filter (is_event) as
            events
            from slice group by all
        )
        select part, number, practice, {named["period"]} as period,
            if(grouping(sex) = 1, 'all', sex) as sex, {named["age_band"]} as age_band,
            count(*) as persons, sum(days)::bigint as days, sum(events)::bigint as events
        from once group by {grouping_sets(*always)}
    )"""


_SLICES = """
    create or replace temp table slice as
    with spell as (
        select 'everybody' as part, 0 as number, *, false as is_event from contribution
        union all
        select distinct 'as_if_never', event.number, who.*, false
        from contribution as who join outcome_event as event on event.person_id = who.person_id
        union all by name
        select 'members' as part, * from ($spells)
    ), cut as (
        select
            spell.*, period.name as period,
            greatest(spell.first, period.first) as starts, least(spell.last, period.last) as ends
        from spell join period on spell.first <= period.last and spell.last >= period.first
    ), aged as (
        select
            cut.*, band.name as age_band,
            greatest(cut.starts, cast(cut.born + to_years(band.lowest) as date)) as since,
            least(cut.ends, cast(cut.born + to_years(band.highest + 1) as date) - 1) as until
        from cut
        join age_band as band
            on year(cut.ends) - year(cut.born) >= band.lowest
            and year(cut.starts) - year(cut.born) - 1 <= band.highest
    )
    select
        part, number, person_id, practice, period, sex, age_band,
        until - since + 1 as days, is_event and until = last as is_event
    from aged where since <= until
"""

_EXCHANGED = """
    with signed as (
        select rule.number, practice, period, sex, age_band, persons, days, 0::bigint as events
        from counted cross join outcome_rule as rule
        where part = 'everybody'
        union all
        select number, practice, period, sex, age_band, -persons, -days, 0
        from counted
        where part = 'as_if_never'
        union all
        select number, practice, period, sex, age_band, persons, days, events
        from counted
        where part = 'members'
    ), by_practice as (
        select number, practice, period, sex, age_band,
            sum(persons) as persons, sum(days) as days, sum(events) as events
        from signed group by all having sum(persons) > 0
    )
    select
        number::integer as number, period, sex, age_band,
        sum(persons)::bigint as denominator_count,
        sum(days)::bigint as person_days,
        sum(events)::bigint as outcome_count,
        count(*)::bigint as denominator_practices,
        max(persons)::bigint as denominator_of_largest,
        count(*) filter (events > 0)::bigint as outcome_practices,
        max(events)::bigint as outcome_of_largest
    from by_practice
    group by all
    order by number, period, sex, age_band
"""
