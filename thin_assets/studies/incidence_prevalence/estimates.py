"""From counts to rates and shares, each with its interval, crude and standardised."""

from collections.abc import Iterator, Mapping

import polars as pl

from thin_assets.disclosure.poisson import exact_interval
from thin_assets.disclosure.wilson import wilson_interval
from thin_assets.studies.incidence_prevalence.incidence import ALL
from thin_assets.studies.incidence_prevalence.standard import Estimate, standardised, weights

PER = 100_000
DAYS_PER_YEAR = 365.25
SEXES = ("female", "male")
STEPS = (0.5, 0.2, 0.1, 0.05, 0.02, 0.01)


def rates(counts: pl.DataFrame) -> pl.DataFrame:
    """Counts with `person_years`, and events per 100,000 of them with Garwood's interval; null without
    time."""
    rows = counts.with_columns(person_years=pl.col("person_days") / DAYS_PER_YEAR)
    pairs = rows.select("outcome_count", "person_years").iter_rows()
    return _beside(rows, "incidence_100000_pys", [_rate(*pair) for pair in pairs])


def shares(counts: pl.DataFrame) -> pl.DataFrame:
    """Counts with `prevalence`, a share of 1, and Wilson's interval."""
    pairs = counts.select("outcome_count", "denominator_count").iter_rows()
    return _beside(counts, "prevalence", [_share(*pair) for pair in pairs])


def _rate(events: int, years: float) -> Estimate | tuple[None, None, None]:
    if not years:
        return None, None, None
    return tuple(PER * number / years for number in (events, *exact_interval(events)))


def _share(ill: int, present: int) -> Estimate | tuple[None, None, None]:
    return (ill / present, *wilson_interval(ill, present)) if present else (None, None, None)


def _beside(rows: pl.DataFrame, name: str, told: list[tuple]) -> pl.DataFrame:
    names = (name, f"{name}_95ci_lower", f"{name}_95ci_upper")
    return rows.hstack(pl.DataFrame(told, schema=dict.fromkeys(names, pl.Float64), orient="row"))


def standardise(
    rows: pl.DataFrame, time: str, bands: Mapping[str, tuple[int, int]]
) -> Iterator[tuple[str, str, Estimate | None]]:
    """Period, sex and estimate of one outcome, per unit of time; `all` is half women and half men.

    None where a standard age has nobody, and where the bands cut those of the standard.

    rows    period, sex, age_band, outcome_count and the column of time or persons
    bands   those of the denominator
    """
    persons = weights(bands)
    told = rows.filter((pl.col("sex") != ALL) & (pl.col("age_band") != ALL))
    cells = dict(_cells(told, time))
    for period in rows.get_column("period").unique().sort():
        for sex in (ALL, *SEXES):
            strata = [
                (*cells.get((period, one, band), (0, 0)), weight)
                for one in (SEXES if sex == ALL else (sex,))
                for band, weight in (persons or {}).items()
                if weight
            ]
            yield period, sex, standardised(strata)


def _cells(told: pl.DataFrame, time: str) -> Iterator[tuple[tuple[str, str, str], tuple[int, float]]]:
    for period, sex, band, *numbers in told.select(
        "period", "sex", "age_band", "outcome_count", time
    ).iter_rows():
        yield (period, sex, band), tuple(numbers)


def coarse(factor: float | None, events: int) -> float | None:
    """What standardisation makes of a crude rate, told no finer than five events make of it.

    The count beside it is rounded to the nearest 5: a factor told finer would tell where the events lie.
    >>> coarse(1.0432, 1200), coarse(1.0432, 60), coarse(1.0432, 9), coarse(None, 100)
    (1.04, 1.0, None, None)
    """
    if factor is None or events < 10:
        return None
    step = next(step for step in (*reversed(STEPS), 1.0) if step >= min(5 / events, 1.0))
    return round(round(factor / step) * step, 2)
