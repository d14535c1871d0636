"""Intervals, standardisation and trend against published numbers and numbers worked out by other means."""

import math

import numpy as np
import polars as pl
import pytest

from thin_assets.disclosure.poisson import exact_interval
from thin_assets.disclosure.wilson import wilson_interval
from thin_assets.studies.incidence_prevalence.declared import TENS, band_name
from thin_assets.studies.incidence_prevalence.estimates import coarse, rates, shares
from thin_assets.studies.incidence_prevalence.standard import standardised, weights
from thin_assets.studies.incidence_prevalence.trend import poisson_regression, trend

BANDS = {band_name(*ages): ages for ages in TENS}


@pytest.mark.parametrize(
    ("part", "whole", "lower", "upper"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_is_that_of_newcombe(part, whole, lower, upper) -> None:
    """Newcombe 1998 (Stat Med 17:857-872), table I, method 3."""
    assert wilson_interval(part, whole) == pytest.approx((lower, upper), abs=0.0001)


def test_a_directly_standardised_rate_is_that_of_fay_and_feuer() -> None:
    """Down syndrome among first births by age of the mother (Fleiss 1981, p. 249), 92.3 per 100,000."""
    births = (230061, 329449, 114920, 39487, 14208, 3052)
    cases = (107, 141, 60, 40, 39, 25)
    standard = (63986.6, 186263.6, 157302.2, 97647.0, 47572.6, 12262.6)
    rate, lower, upper = standardised(list(zip(cases, births, standard, strict=True)))
    assert round(1e5 * rate, 1) == 92.3
    assert (round(1e5 * lower, 1), round(1e5 * upper, 1)) == (80.4, 105.8)


@pytest.mark.parametrize("events", [0, 1, 7, 250])
def test_where_rates_weigh_alike_its_interval_is_the_exact_one(events) -> None:
    """Two strata of the same time and weight are one stratum."""
    rate, lower, upper = standardised([(events, 500, 1), (0, 500, 1)])
    exact = exact_interval(events)
    assert (1000 * rate, 1000 * lower, 1000 * upper) == pytest.approx((events, *exact))


def test_the_interval_holds_the_true_rate_in_95_of_100_worlds() -> None:
    rng = np.random.default_rng(5)
    years, weight, true = (
        np.array([9000, 3000, 400.0]),
        np.array([0.5, 0.4, 0.1]),
        np.array([1, 4, 20]) / 1000,
    )
    inside = 0
    for _ in range(2000):
        told = standardised(list(zip(rng.poisson(years * true).tolist(), years, weight, strict=True)))
        inside += told[1] <= weight @ true <= told[2]
    assert 0.945 <= inside / 2000 <= 0.985


def test_a_standard_age_with_nobody_in_it_leaves_nothing_to_tell() -> None:
    assert standardised([(3, 100, 1), (0, 0, 1)]) is None


def test_the_standard_is_100_000_persons() -> None:
    assert sum(weights(BANDS).values()) == 100_000
    assert weights(BANDS)["80-89"] == 4000


def test_bands_that_cut_the_standard_have_no_weights() -> None:
    assert weights({"0-17": (0, 17)}) is None


def test_counts_become_rates_and_shares() -> None:
    counts = pl.DataFrame(
        {"outcome_count": [10, 0], "person_days": [365_250, 0], "denominator_count": [400, 0]}
    )
    rate = rates(counts).row(0, named=True)
    assert (rate["person_years"], rate["incidence_100000_pys"]) == (1000, 1000)
    assert round(rate["incidence_100000_pys_95ci_upper"], 1) == 1839.0
    assert shares(counts).row(0, named=True)["prevalence"] == 0.025
    assert rates(counts)["incidence_100000_pys"][1] is None
    assert shares(counts)["prevalence"][1] is None


@pytest.mark.parametrize(("events", "step"), [(10, 0.5), (99, 0.1), (100, 0.05), (1000, 0.01)])
def test_what_standardisation_makes_of_a_rate_is_told_in_steps_of_five_events(events, step) -> None:
    told = {coarse(1 + each / 1000, events) for each in range(500)}
    gaps = np.diff(sorted(told))
    assert gaps == pytest.approx(step, abs=1e-9)
    assert step >= 5 / events


def cells(ratio: float, of_men: float, seed: int) -> pl.DataFrame:
    """Yearly events of a population whose rate rises by a factor each year."""
    rng, rows = np.random.default_rng(seed), []
    for year in range(2012, 2022):
        for sex, factor in (("female", 1.0), ("male", of_men)):
            for band, rate in (("40-49", 1e-3), ("60-69", 4e-3), ("0-9", 0.0)):
                events = int(rng.poisson(20_000 * rate * factor * ratio ** (year - 2012)))
                rows.append((year, sex, band, 20_000.0, events))
    names = ("year", "sex", "age_band", "person_years", "outcome_count")
    return pl.DataFrame(rows, schema=names, orient="row")


def test_a_planted_trend_is_found() -> None:
    found = trend(cells(1.05, 1.3, seed=3))
    assert found.per_year[1] < 1.05 < found.per_year[2]
    assert found.per_year[0] == pytest.approx(1.05, abs=0.02)
    assert found.of_men[1] < 1.3 < found.of_men[2]


def test_the_regression_is_that_of_statsmodels() -> None:
    sm = pytest.importorskip("statsmodels.api")
    rng = np.random.default_rng(8)
    design = np.column_stack([np.ones(300), rng.integers(0, 9, 300), rng.random((300, 3)) < 0.4]).astype(
        float
    )
    offset = np.log(rng.uniform(5, 4000, 300))
    events = rng.poisson(np.exp(offset - 5 + design @ [0, 0.03, 1.2, -0.7, 0.2]))
    fit = sm.GLM(events, design, family=sm.families.Poisson(), offset=offset).fit(tol=1e-12)
    found, spread = poisson_regression(events, design, offset)
    assert found == pytest.approx(fit.params, rel=1e-6)
    assert spread == pytest.approx(fit.bse, rel=1e-6)


def test_with_equal_time_the_ratio_of_men_is_that_of_the_sums() -> None:
    """For a balanced table the Poisson estimate of one factor is the ratio of its margins."""
    told = cells(1.0, 1.2, seed=4)
    sums = dict(told.group_by("sex").agg(pl.col("outcome_count").sum()).iter_rows())
    found = trend(told)
    assert found.of_men[0] == pytest.approx(sums["male"] / sums["female"], rel=1e-6)
    spread = math.sqrt(1 / sums["male"] + 1 / sums["female"])
    assert math.log(found.of_men[2] / found.of_men[0]) == pytest.approx(1.96 * spread, rel=0.001)


@pytest.mark.parametrize("least", [pl.col("year") < 2014, pl.col("outcome_count") < 0])
def test_too_few_years_or_events_have_no_trend(least) -> None:
    assert trend(cells(1.05, 1.3, seed=3).filter(least)).per_year is None


def test_one_sex_alone_has_a_trend_and_no_ratio_of_men() -> None:
    found = trend(cells(1.05, 1.0, seed=3).filter(sex="female"))
    assert found.per_year is not None
    assert found.of_men is None


def test_time_of_a_sex_without_events_tells_nothing_of_a_trend() -> None:
    """Men alone have the disease; women are observed for twice as long each year."""
    men = cells(1.05, 1.0, seed=3).filter(sex="male")
    doubled = 20_000.0 * 2 ** (pl.col("year") - 2012)
    women = men.with_columns(sex=pl.lit("female"), person_years=doubled, outcome_count=pl.lit(0, pl.Int64))
    assert trend(pl.concat([men, women.select(men.columns)])).per_year == pytest.approx(trend(men).per_year)
