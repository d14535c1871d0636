"""How often the scan is wrong: false positives at their level, intervals that cover."""

import numpy as np
import polars as pl
import pytest

from tests.matched import drawn
from thin_assets.studies.scan.conditional import odds_ratios
from thin_assets.studies.scan.multiplicity import benjamini_hochberg, bonferroni, genomic_inflation
from thin_assets.studies.scan.patterns import patterns_of

EXPOSURES = 4_000
NEAR = 0.011
"""Three standard errors of a share of 5 % among as many."""


@pytest.fixture(scope="module")
def common() -> pl.DataFrame:
    """Exposures without an effect, a fifth of everybody, 150 sets of six."""
    return odds_ratios(patterns_of(drawn(np.random.default_rng(1), EXPOSURES, 150, (6,), 0.2, 0.0)))


@pytest.fixture(scope="module")
def rare() -> pl.DataFrame:
    """Exposures without an effect, one in a hundred, 300 sets of six: some 17 informative sets each."""
    return odds_ratios(patterns_of(drawn(np.random.default_rng(2), EXPOSURES, 300, (6,), 0.01, 0.0)))


def test_common_exposures_without_an_effect_are_significant_as_often_as_asked(common: pl.DataFrame) -> None:
    for name in ("lr_p", "firth_p"):
        assert (common[name] < 0.05).mean() == pytest.approx(0.05, abs=NEAR), name
    found = genomic_inflation(common["likelihood_ratio"].to_numpy(), np.ones(EXPOSURES, dtype=bool))
    assert found.factor == pytest.approx(1, abs=0.08)


def test_rare_exposures_without_an_effect_are_significant_no_more_often_than_asked(
    rare: pl.DataFrame,
) -> None:
    """The exact p keeps below its level; mid-p comes near to it; chi-squared does not promise either."""
    assert rare["is_exact"].all()
    for level in (0.05, 0.01):
        assert (rare["p_value"] < level).mean() <= level
    assert 0.01 < (rare["p_value"] < 0.05).mean() < (rare["mid_p"] < 0.05).mean() < 0.05 + NEAR


@pytest.mark.parametrize(
    ("prevalence", "effect", "sets"), [(0.2, 0.8, 150), (0.05, 0.5, 200), (0.3, -1, 100)]
)
def test_intervals_cover_what_was_planted(prevalence: float, effect: float, sets: int) -> None:
    found = odds_ratios(
        patterns_of(drawn(np.random.default_rng(3), EXPOSURES, sets, (4, 6), prevalence, effect))
    )
    for low, high in (("lower", "upper"), ("firth_lower", "firth_upper")):
        covered = (found[low] <= effect) & (found[high] >= effect)
        assert covered.mean() == pytest.approx(0.95, abs=NEAR), low


def test_firths_estimate_of_a_rare_exposure_is_less_biased_where_both_exist() -> None:
    table = drawn(np.random.default_rng(4), EXPOSURES, 200, (6,), 0.02, 1.2)
    found = odds_ratios(patterns_of(table)).filter(~pl.col("is_separated"))
    assert abs(found["firth"].mean() - 1.2) < abs(found["log_odds_ratio"].mean() - 1.2)


def test_corrections_find_what_is_planted_and_little_else() -> None:
    """50 planted among 1,000: no mistake by Bonferroni, false discoveries near one in twenty."""
    nothing = drawn(np.random.default_rng(5), 950, 400, (6,), 0.15, 0.0)
    planted = drawn(np.random.default_rng(6), 50, 400, (6,), 0.15, 0.9)
    found = odds_ratios(patterns_of(pl.concat([nothing, planted.with_columns(pl.col("exposure_id") + 950)])))
    p, is_planted = found["p_value"].to_numpy(), found["exposure_id"].to_numpy() >= 950
    strict, lenient = bonferroni(p) < 0.05, benjamini_hochberg(p) < 0.05
    assert strict[is_planted].mean() > 0.9 and strict[~is_planted].sum() == 0
    assert lenient[is_planted].all() and (~is_planted[lenient]).mean() < 0.12
