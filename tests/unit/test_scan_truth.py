"""A scan in wide mode finds what was planted, and what was planted in one country stays there."""

import polars as pl
import pytest
from scipy.stats import binom

from benchmarks.scan_truth import judge, scan_countries, with_truth
from thin_assets.synthetic.wide import truth

FACTORS, PATIENTS = 500, 40_000


@pytest.fixture(scope="module")
def figures() -> dict:
    """The United Kingdom and France, with a fewer factors than the benchmark has."""
    return judge(*scan_countries(["GB", "FR"], PATIENTS, FACTORS, "2024-03"), FACTORS)


@pytest.mark.long
def test_intervals_hold_what_was_planted(figures: dict) -> None:
    """Of so few, as many 95 % intervals may miss as chance allows; once in a thousand worlds more do."""
    tested = figures["causes tested"]
    missed = round((1 - figures["interval holds the planted odds ratio"]) * tested)
    assert tested >= 20
    assert missed <= binom.ppf(0.999, tested, 0.05)


@pytest.mark.long
def test_null_factors_are_found_no_more_often_than_the_level_says(figures: dict) -> None:
    assert figures["null factors tested"] > 1500
    assert 0.005 < figures["of them p < 0.05"] <= 0.05
    assert figures["null factors significant after Bonferroni"] <= 1


@pytest.mark.long
def test_what_the_cancer_brought_vanishes_with_the_lag(figures: dict) -> None:
    last_year, lagged = (
        figures[name] for name in ("their pooled odds ratio in the last year", "and with the lag")
    )
    assert last_year > 2 > 1.3 > lagged


@pytest.mark.long
def test_what_was_planted_in_one_country_is_not_replicated(figures: dict) -> None:
    assert figures["planted in one country and discovered"] > 0
    assert figures["of those replicated"] == figures["null factors replicated"] == 0


@pytest.mark.long
def test_what_was_planted_everywhere_is_replicated(figures: dict) -> None:
    assert figures["of them replicated"] > 0


def test_a_factor_that_acts_on_another_site_is_no_null_of_this_one() -> None:
    told = truth(FACTORS)
    rows = pl.DataFrame({"exposure_code": told["code"], "scan": ["colorectal_cancer"] * FACTORS})
    kept = with_truth(rows, FACTORS)
    assert set(kept["outcome"].drop_nulls()) == {"colorectal"}
    assert kept.filter(pl.col("role") == "null").height == told.filter(pl.col("role") == "null").height
