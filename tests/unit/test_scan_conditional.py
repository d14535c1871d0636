"""Odds ratios from counts are those of a full conditional logistic fit; limits mean what they say."""

import math

import numpy as np
import polars as pl
import pytest
from scipy.optimize import minimize_scalar
from scipy.stats import chi2
from statsmodels.discrete.conditional_models import ConditionalLogit
from statsmodels.stats.contingency_tables import mcnemar

from tests.matched import SCHEMA, drawn, members, pairs, table
from thin_assets.errors import ContractBroken
from thin_assets.studies.scan.conditional import odds_ratios
from thin_assets.studies.scan.patterns import patterns_of


def estimated(patterns: pl.DataFrame, **options: float) -> dict:
    return odds_ratios(patterns_of(patterns), **options).row(0, named=True)


def log_likelihood(patterns: pl.DataFrame, b: float) -> float:
    """Written down set by set, as a textbook does."""
    total = 0.0
    for size, exposed, case, sets in patterns.select(
        "set_size", "exposed", "case_exposed", "sets"
    ).iter_rows():
        odds = exposed * math.exp(b)
        total += sets * math.log((odds if case else size - exposed) / (odds + size - exposed))
    return total


def information(patterns: pl.DataFrame, b: float) -> float:
    rows = patterns.select("set_size", "exposed", "sets").iter_rows()
    shares = ((k * math.exp(b) / (k * math.exp(b) + n - k), sets) for n, k, sets in rows)
    return sum(sets * p * (1 - p) for p, sets in shares)


VARIED = table(
    (6, 1, True, 40),
    (6, 1, False, 90),
    (6, 2, True, 25),
    (6, 2, False, 30),
    (6, 4, True, 6),
    (6, 4, False, 1),
    (4, 1, True, 9),
    (4, 1, False, 12),
    (3, 1, True, 5),
    (3, 2, False, 2),
)
NOTHING_EXPOSED_TWICE = table((6, 1, True, 4), (6, 2, True, 2))
NO_CASE_EXPOSED = table((6, 1, False, 7), (4, 2, False, 1))


@pytest.mark.parametrize("seed", range(6))
def test_the_estimate_is_that_of_a_full_conditional_logistic_fit(seed: int) -> None:
    """Sets of sizes from two to six, common and less common exposures, protective and harmful."""
    rng = np.random.default_rng(seed)
    patterns = drawn(rng, 1, 80, (2, 3, 6), rng.uniform(0.1, 0.5), rng.uniform(-1, 1.5))
    group, case, exposed = members(patterns)
    full = ConditionalLogit(case, exposed[:, None], groups=group).fit(method="newton", disp=0)
    found = estimated(patterns)
    assert found["log_odds_ratio"] == pytest.approx(full.params[0], abs=1e-6)
    assert found["standard_error"] == pytest.approx(full.bse[0], abs=1e-6)
    ratio = 2 * (log_likelihood(patterns, full.params[0]) - log_likelihood(patterns, 0.0))
    assert found["likelihood_ratio"] == pytest.approx(ratio, abs=1e-6)
    assert found["lr_p"] == pytest.approx(chi2.sf(ratio, 1), abs=1e-6)


@pytest.mark.parametrize(("case_only", "control_only"), [(30, 12), (1, 7), (250, 251)])
def test_pairs_have_the_closed_form_of_mcnemar(case_only: int, control_only: int) -> None:
    found = estimated(pairs(case_only, control_only), few_sets=1000)
    assert found["log_odds_ratio"] == pytest.approx(math.log(case_only / control_only), abs=1e-12)
    assert found["standard_error"] == pytest.approx(math.sqrt(1 / case_only + 1 / control_only), abs=1e-12)
    exact = mcnemar([[0, case_only], [control_only, 0]], exact=True).pvalue
    assert found["exact_p"] == pytest.approx(exact, rel=1e-9)
    half = math.log((case_only + 0.5) / (control_only + 0.5))
    assert found["firth"] == pytest.approx(half, abs=1e-12)


@pytest.mark.parametrize("patterns", [VARIED, NOTHING_EXPOSED_TWICE, NO_CASE_EXPOSED, pairs(1, 0)])
def test_firths_estimate_maximises_the_penalised_likelihood(patterns: pl.DataFrame) -> None:
    def unlikely(b: float) -> float:
        return -log_likelihood(patterns, b) - math.log(information(patterns, b)) / 2

    direct = minimize_scalar(unlikely, bounds=(-12, 12), method="bounded", options={"xatol": 1e-10})
    found = estimated(patterns)
    assert found["firth"] == pytest.approx(direct.x, abs=1e-6)
    assert found["firth_error"] == pytest.approx(information(patterns, direct.x) ** -0.5, rel=1e-5)
    ratio = 2 * (unlikely(0.0) - direct.fun)
    assert found["firth_p"] == pytest.approx(chi2.sf(ratio, 1), abs=1e-8)
    for end in ("firth_lower", "firth_upper"):
        fallen = 2 * (unlikely(found[end]) - direct.fun)
        assert fallen == pytest.approx(chi2.ppf(0.95, 1), abs=1e-7)


@pytest.mark.parametrize("level", [0.8, 0.95, 0.999])
def test_the_interval_holds_what_the_likelihood_ratio_does_not_reject(level: float) -> None:
    found = estimated(VARIED, level=level)
    top = log_likelihood(VARIED, found["log_odds_ratio"])
    assert found["lower"] < found["log_odds_ratio"] < found["upper"]
    for end in ("lower", "upper"):
        fallen = 2 * (top - log_likelihood(VARIED, found[end]))
        assert chi2.sf(fallen, 1) == pytest.approx(1 - level, rel=1e-7)


def test_an_exposure_of_cases_alone_is_infinite_and_says_so() -> None:
    """The estimate is flagged, its interval has one end, and Firth's estimate is there to be shown."""
    found = estimated(NOTHING_EXPOSED_TWICE)
    assert found["is_separated"]
    assert found["log_odds_ratio"] == found["upper"] == found["standard_error"] == math.inf
    # a likelihood of 1 at infinity, and of (1/6)^4 (2/6)^2 at no association
    assert found["likelihood_ratio"] == pytest.approx(2 * (4 * math.log(6) + 2 * math.log(3)))
    fallen = -2 * log_likelihood(NOTHING_EXPOSED_TWICE, found["lower"])
    assert fallen == pytest.approx(chi2.ppf(0.95, 1))
    assert 0 < found["firth_lower"] < found["firth"] < found["firth_upper"] < math.inf


def test_an_exposure_of_controls_alone_is_infinite_the_other_way() -> None:
    found = estimated(NO_CASE_EXPOSED)
    assert found["is_separated"]
    assert found["log_odds_ratio"] == found["lower"] == -math.inf
    assert -2 * log_likelihood(NO_CASE_EXPOSED, found["upper"]) == pytest.approx(chi2.ppf(0.95, 1))
    assert found["firth"] < 0


@pytest.mark.parametrize(("patterns", "end"), [(pairs(1, 0), "lower"), (pairs(0, 1), "upper")])
def test_a_narrow_interval_of_an_infinite_estimate_lies_beyond_firths(
    patterns: pl.DataFrame, end: str
) -> None:
    found = estimated(patterns, level=0.3)
    assert -2 * log_likelihood(patterns, found[end]) == pytest.approx(chi2.ppf(0.3, 1))
    assert abs(found[end]) > abs(found["firth"])


def test_an_exposure_without_an_informative_set_is_unknown_and_its_counts_are_not() -> None:
    """Everybody or nobody of each set is exposed: null, not 1 and not infinite."""
    found = estimated(table((6, 6, True, 3), (6, 0, False, 100)))
    assert (found["exposed_cases"], found["exposed_controls"], found["informative_sets"]) == (3, 15, 0)
    assert not found["is_separated"]
    told = ("exposure_id", "exposed_cases", "exposed_controls", "informative_sets", "is_separated")
    assert {value for name, value in found.items() if name not in told} == {None}


def test_a_table_of_uninformative_sets_only_and_an_empty_one_are_answered() -> None:
    assert odds_ratios(patterns_of(table((2, 2, True, 1))))["log_odds_ratio"].to_list() == [None]
    assert odds_ratios(patterns_of(pl.DataFrame(schema=SCHEMA))).is_empty()


def test_a_p_value_below_the_doubles_keeps_its_logarithm() -> None:
    found = estimated(pairs(4000, 100))
    assert found["p_value"] == 0.0
    assert 300 < found["minus_log10_p"] < math.inf
    common = estimated(pairs(300, 100))
    assert common["minus_log10_p"] == pytest.approx(-math.log10(common["p_value"]), rel=1e-9)


def test_estimates_of_one_exposure_do_not_depend_on_the_others() -> None:
    """Thousands are iterated at once, until the slowest has arrived."""
    several = pl.concat(
        [VARIED, pairs(3, 0, exposure_id=2), pairs(900, 5, exposure_id=3), pairs(0, 1, exposure_id=4)]
    )
    together = odds_ratios(patterns_of(several)).drop("exposure_id")
    alone = [
        odds_ratios(patterns_of(several.filter(pl.col("exposure_id") == number))).drop("exposure_id")
        for number in range(1, 5)
    ]
    np.testing.assert_allclose(together.to_numpy(), pl.concat(alone).to_numpy(), rtol=1e-9, atol=1e-12)


def test_windows_of_an_exposure_are_estimated_apart() -> None:
    windows = [pairs(n, 10).with_columns(window=pl.lit(name)) for n, name in ((20, "0-1"), (10, "1-2"))]
    found = odds_ratios(patterns_of(pl.concat(windows), by=["exposure_id", "window"]))
    assert found.select("exposure_id", "window").rows() == [(1, "0-1"), (1, "1-2")]
    assert found["log_odds_ratio"].to_list() == pytest.approx([math.log(2), 0.0], abs=1e-12)


@pytest.mark.parametrize(
    "row", [(2, 3, True, 1), (2, 0, True, 1), (2, 2, False, 1), (2, 1, True, -1), (0, 0, False, 1)]
)
def test_a_pattern_that_no_set_can_have_is_refused(row: tuple) -> None:
    with pytest.raises(ContractBroken, match="1 patterns"):
        patterns_of(pl.concat([VARIED, table(row)]))
