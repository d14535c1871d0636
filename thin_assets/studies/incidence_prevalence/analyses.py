"""Run what is declared: every denominator once, all its analyses on it, estimates beside the counts."""

import datetime as dt
from collections.abc import Iterator, Mapping

import duckdb
import polars as pl

from thin_assets.studies.incidence_prevalence.contract import (
    IncidenceEstimate,
    PrevalenceEstimate,
    StandardisedEstimate,
    TrendEstimate,
    empty,
)
from thin_assets.studies.incidence_prevalence.declared import Analyses, Analysis, Incidence, Prevalence
from thin_assets.studies.incidence_prevalence.denominator import contribute, write_bands
from thin_assets.studies.incidence_prevalence.estimates import PER, coarse, rates, shares, standardise
from thin_assets.studies.incidence_prevalence.incidence import ALL, Outcome, count_events
from thin_assets.studies.incidence_prevalence.periods import OVERALL, Period, periods_of, points_of
from thin_assets.studies.incidence_prevalence.prevalence import count_persons
from thin_assets.studies.incidence_prevalence.trend import trend

Span = tuple[dt.date, dt.date]
Members = Mapping[str, pl.DataFrame]
INCIDENCE, PREVALENCE, STANDARDISED, TREND = "incidence", "prevalence", "standardised", "trend"
KEYS = ("analysis", "outcome", "period", "sex", "age_band")


def run(con: duckdb.DuckDBPyConnection, told: Analyses, members: Members) -> dict[str, pl.DataFrame]:
    """Tables `incidence`, `prevalence`, `standardised` and `trend`, as in `contract.py`, sorted.

    con        schema `cdm` holds person and observation_period
    members    entries of every cohort that is named: subject_id, cohort_start_date, cohort_end_date
    """
    events, persons = [], []
    for name, denominator in told.denominators.items():
        span = contribute(con, denominator, members[denominator.target] if denominator.target else None)
        write_bands(con, denominator)
        of_it = {key: one for key, one in told.incidence.items() if one.denominator == name}
        events += _incidence(con, span, of_it, members)
        of_it = {key: one for key, one in told.prevalence.items() if one.denominator == name}
        persons += _prevalence(con, span, of_it, members)
    counted = rates(_sorted(events)) if events else empty(IncidenceEstimate).drop("standardisation")
    present = shares(_sorted(persons)) if persons else empty(PrevalenceEstimate)
    standard = [*_standardised(counted, told, INCIDENCE), *_standardised(present, told, PREVALENCE)]
    smooth = pl.DataFrame(standard, schema=empty(StandardisedEstimate).schema, orient="row")
    return {
        INCIDENCE: _with_factor(counted, smooth),
        PREVALENCE: present,
        STANDARDISED: smooth.sort("measure", "analysis", "outcome", "period", "sex"),
        TREND: _trends(counted, told),
    }


def _sorted(parts: list[pl.DataFrame]) -> pl.DataFrame:
    return pl.concat(parts).sort(KEYS)


def _incidence(
    con: duckdb.DuckDBPyConnection, span: Span | None, analyses: Mapping[str, Incidence], members: Members
) -> Iterator[pl.DataFrame]:
    """Analyses over the same intervals together, for everybody is counted once for all of them."""
    rules = sorted({(one.interval, one.complete_database_intervals) for one in analyses.values()})
    for interval, complete in rules:
        together = {
            (name, outcome): Outcome(members[outcome], one.outcome_washout, one.repeated_events)
            for name, one in analyses.items()
            if (one.interval, one.complete_database_intervals) == (interval, complete)
            for outcome in one.outcomes
        }
        numbers = dict(enumerate(together))
        periods = periods_of(interval, *span, complete=complete) if span else []
        found = count_events(con, periods, {number: together[key] for number, key in numbers.items()})
        total = OVERALL if interval == OVERALL else ALL
        yield _named(_with_nobody(found, numbers, total), numbers)


def _with_nobody(found: pl.DataFrame, numbers: Mapping[int, tuple], period: str) -> pl.DataFrame:
    """The cells, with a total of nobody for each outcome that has none."""
    absent = sorted(set(numbers) - set(found.get_column("number")))
    told = {"period": period, "sex": ALL, "age_band": ALL}
    rows = [{"number": number} | dict.fromkeys(found.columns[1:], 0) | told for number in absent]
    return pl.concat([found, pl.DataFrame(rows, schema=found.schema)])


def _prevalence(
    con: duckdb.DuckDBPyConnection, span: Span | None, analyses: Mapping[str, Prevalence], members: Members
) -> Iterator[pl.DataFrame]:
    for name, one in analyses.items():
        numbers = dict(enumerate((name, outcome) for outcome in one.outcomes))
        entries = {number: members[outcome] for number, (_, outcome) in numbers.items()}
        full = one.type == "period" and one.full_contribution
        found = count_persons(con, _days(one, span), entries, full_contribution=full)
        yield _named(found, numbers)


def _days(one: Prevalence, span: Span | None) -> list[Period]:
    if span is None:
        return []
    if one.type == "point":
        return points_of(one.interval, one.time_point, *span)
    return periods_of(one.interval, *span, complete=one.complete_database_intervals)


def _named(found: pl.DataFrame, numbers: Mapping[int, tuple[str, str]]) -> pl.DataFrame:
    """Names of analysis and outcome instead of the number."""
    rows = [(number, *names) for number, names in numbers.items()]
    schema = {"number": pl.Int32, "analysis": pl.String, "outcome": pl.String}
    named = pl.DataFrame(rows, schema=schema, orient="row").join(found, on="number")
    return named.drop("number")


def _standardised(rows: pl.DataFrame, told: Analyses, measure: str) -> Iterator[tuple]:
    declared: Mapping[str, Analysis] = told.incidence if measure == INCIDENCE else told.prevalence
    time = "person_years" if measure == INCIDENCE else "denominator_count"
    for (analysis, outcome), part in rows.group_by("analysis", "outcome", maintain_order=True):
        bands = told.denominators[declared[analysis].denominator].bands
        for period, sex, estimate in standardise(part, time, bands):
            ends = [PER * end for end in estimate] if estimate else (None,) * 3
            yield (analysis, outcome, period, sex, measure, *ends)


def _with_factor(rows: pl.DataFrame, smooth: pl.DataFrame) -> pl.DataFrame:
    """Beside each total over ages, what standardisation makes of it."""
    keys = ["analysis", "outcome", "period", "sex"]
    rates_of = smooth.filter(measure=INCIDENCE).select(*keys, "estimate", age_band=pl.lit(ALL))
    beside = rows.join(rates_of, on=[*keys, "age_band"], how="left", maintain_order="left")
    told = beside.select("estimate", "incidence_100000_pys", "outcome_count").iter_rows()
    factors = [
        coarse(estimate / crude if estimate and crude else None, count) for estimate, crude, count in told
    ]
    return rows.with_columns(pl.Series("standardisation", factors, pl.Float64))


def _trends(rows: pl.DataFrame, told: Analyses) -> pl.DataFrame:
    yearly = [name for name, one in told.incidence.items() if one.interval == "years"]
    cells = rows.filter(
        pl.col("analysis").is_in(yearly) & (pl.col("sex") != ALL) & (pl.col("age_band") != ALL)
        & (pl.col("period") != ALL)
    )  # fmt: skip
    found = []
    totals = rows.filter(pl.col("analysis").is_in(yearly) & (pl.col("period") == ALL)).filter(
        sex=ALL, age_band=ALL
    )
    for analysis, outcome, events in totals.select("analysis", "outcome", "outcome_count").iter_rows():
        part = cells.filter(analysis=analysis, outcome=outcome)
        fit = trend(part.with_columns(year=pl.col("period").cast(pl.Int32)))
        found.append(
            (analysis, outcome, events, *(fit.per_year or (None,) * 3), *(fit.of_men or (None,) * 3))
        )
    return pl.DataFrame(found, schema=empty(TrendEstimate).schema, orient="row")
