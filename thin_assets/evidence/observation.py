"""Observation time: at what age it begins, how long it lasts, who is observed in which month."""

from thin_assets.evidence.counting import Tally
from thin_assets.evidence.people import decile, month


def count_observation(tally: Tally) -> None:
    """Analyses 101 to 119 and 9007."""
    _first_periods(tally)
    _periods(tally)
    _calendar(tally)


def _first_periods(tally: Tally) -> None:
    tally.keep(
        "first_periods",
        "select person_id, sex, born, start, days, year(start) - born as age from ("
        " select person_id, min(observation_period_start_date) as start,"
        " arg_min(observation_period_end_date - observation_period_start_date,"
        " (observation_period_start_date, observation_period_end_date)) as days"
        " from cdm.observation_period group by person_id) join people using (person_id)",
    )
    tally.count(101, "first_periods", "age")
    tally.count(102, "first_periods", "sex", "age")
    tally.distribute(103, "first_periods", "age")
    tally.distribute(104, "first_periods", "age", "sex")
    tally.distribute(105, "first_periods", "days")
    tally.distribute(106, "first_periods", "days", "sex")
    tally.distribute(107, "first_periods", "days", decile("year(start)"))
    tally.count(108, "first_periods", "days // 30")


def _periods(tally: Tally) -> None:
    tally.keep(
        "periods",
        "select person_id, observation_period_start_date as start, observation_period_end_date as stop,"
        " period_type_concept_id as kind from cdm.observation_period",
    )
    persons = "count(distinct person_id)"
    joined = "periods join people using (person_id)"
    tally.count(111, "periods", month("start"), value=persons)
    tally.count(112, "periods", month("stop"), value=persons)
    tally.count(113, "(select count(*) as times from periods group by person_id)", "times")
    tally.count(114, f"(select * from {joined} where year(start) < born)", value=persons)
    tally.count(115, "(select * from periods where stop < start)", value=persons)
    tally.count(118, "periods anti join people using (person_id)")
    tally.count(119, "periods", "kind")


def _calendar(tally: Tally) -> None:
    """Years and months, from the days on which observation begins and ends: no row per person and month."""
    _spans(tally, "years", "year(start)", "year(stop)")
    _spans(tally, "months", _number("start"), _number("stop"))
    whole_years = "(select year(start - 1) + 1 as first, year(stop + 1) - 1 as last from periods)"
    whole_months = (
        f"(select {_number('start - 1')} + 1 as first, {_number('stop + 1')} - 1 as last from periods)"
    )
    tally.count(109, _running(whole_years), "tick", value="any_value(now)")
    tally.count(110, _running(whole_months), _as_month("tick"), value="any_value(now)")
    tally.count(117, _running("months"), _as_month("tick"), value="any_value(now)")
    tally.count(
        116,
        "(select person_id, unnest(range(first, last + 1)) as year from years) join people using (person_id)",
        *("year", "sex", decile("year")),
    )
    days = _running(
        "(select start - date '1900-01-01' as first, stop - date '1900-01-01' as last from periods)"
    )
    day = "date '1900-01-01' + cast(tick as integer)"
    tally.count(9007, days, month(f"({day})"), value="sum(now)")


def _spans(tally: Tally, name: str, first: str, last: str) -> None:
    """Years or months with a day of observation: spans of a person, cut so that none meets another."""
    before = (
        "max(last) over (partition by person_id order by first, last"
        " rows between unbounded preceding and 1 preceding)"
    )
    tally.keep(
        name,
        f"select person_id, greatest(first, coalesce(before + 1, first)) as first, last from ("
        f" select *, {before} as before from ("
        f" select person_id, {first} as first, {last} as last from periods))"
        " where before is null or last > before",
    )


def _running(spans: str) -> str:
    """(tick, now): how many of the spans (first, last) hold each number, where any does."""
    real = f"(select * from {spans} where last >= first)"
    steps = f"(select first as tick, 1 as step from {real} union all select last + 1, -1 from {real})"
    ticks = f"(select unnest(range(min(first), max(last) + 1)) as tick from {real})"
    return (
        "(select tick, now from (select tick, sum(coalesce(step, 0)) over (order by tick) as now"
        f" from {ticks} left join (select tick, sum(step) as step from {steps} group by tick) using (tick))"
        " where now > 0)"
    )


def _number(date: str) -> str:
    """A month as a number without gaps, for counting on."""
    return f"(year({date}) * 12 + month({date}) - 1)"


def _as_month(number: str) -> str:
    return f"({number} // 12) * 100 + {number} % 12 + 1"
