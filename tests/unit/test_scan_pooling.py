"""Countries brought together: against examples worked out here, and statsmodels where it is right."""

import math

import numpy as np
import pytest
from scipy.stats import chi2, norm, t
from statsmodels.stats.meta_analysis import combine_effects

from thin_assets.studies.scan.pooling import pool
from thin_assets.studies.scan.replication import replication

NAN, INF = math.nan, math.inf
COUNTRIES = ("FR", "GB", "IT")


def one(b: list[float], error: list[float], **options: bool) -> dict:
    return pool(np.array([b]), np.array([error]), **options).row(0, named=True)


def test_a_worked_example_by_hand() -> None:
    """Three countries, weights 100, 25, 50: every figure as a textbook computes it."""
    b, w = [0.5, 0.1, 0.9], [100.0, 25.0, 50.0]
    found = one(b, [0.1, 0.2, math.sqrt(0.02)])
    fixed = (50 + 2.5 + 45) / 175
    q = sum(weight * (x - fixed) ** 2 for weight, x in zip(w, b, strict=True))
    tau2 = (q - 2) / (175 - (100**2 + 25**2 + 50**2) / 175)
    v = [1 / (1 / weight + tau2) for weight in w]
    mean = sum(weight * x for weight, x in zip(v, b, strict=True)) / sum(v)
    scatter = sum(weight * (x - mean) ** 2 for weight, x in zip(v, b, strict=True)) / 2
    error = math.sqrt(max(scatter, 1) / sum(v))
    expected = {
        "countries": 3,
        "fixed": fixed,
        "fixed_error": 175**-0.5,
        "fixed_lower": fixed - norm.ppf(0.975) * 175**-0.5,
        "q": q,
        "q_p": chi2.sf(q, 2),
        "i2": 1 - 2 / q,
        "tau2": tau2,
        "random": mean,
        "random_error": sum(v) ** -0.5,
        "random_p": 2 * norm.sf(mean * sum(v) ** 0.5),
        "hk_error": error,
        "hk_lower": mean - t.ppf(0.975, 2) * error,
        "hk_upper": mean + t.ppf(0.975, 2) * error,
        "hk_p": 2 * t.sf(mean / error, 2),
    }
    assert {name: found[name] for name in expected} == pytest.approx(expected, rel=1e-12)
    assert q > 2 and found["is_heterogeneous"]


@pytest.mark.parametrize("seed", range(5))
def test_methods_agree_with_statsmodels_where_countries_differ(seed: int) -> None:
    rng = np.random.default_rng(seed)
    error = rng.uniform(0.1, 0.3, 7)
    b = rng.normal(0.4, 0.6, 7)
    found = one(b.tolist(), error.tolist(), narrowing=True)
    other = combine_effects(b, error**2, method_re="dl", use_t=False)
    assert other.tau2 > 0
    assert found["tau2"] == pytest.approx(other.tau2, rel=1e-10)
    assert found["q"] == pytest.approx(other.q, rel=1e-10)
    assert found["i2"] == pytest.approx(other.i2, rel=1e-10)
    assert found["fixed"] == pytest.approx(other.mean_effect_fe, rel=1e-10)
    assert found["fixed_error"] == pytest.approx(other.sd_eff_w_fe, rel=1e-10)
    assert found["random"] == pytest.approx(other.mean_effect_re, rel=1e-10)
    assert found["random_error"] == pytest.approx(other.sd_eff_w_re, rel=1e-10)
    assert found["hk_error"] == pytest.approx(other.sd_eff_w_re_hksj, rel=1e-10)


def test_countries_that_agree_have_no_variance_between_them_rather_than_a_negative_one() -> None:
    b, error = [0.30, 0.31, 0.29], [0.2, 0.3, 0.25]
    assert combine_effects(np.array(b), np.array(error) ** 2, method_re="dl").tau2 < 0
    found = one(b, error)
    assert found["tau2"] == found["i2"] == 0.0
    assert found["random"] == pytest.approx(found["fixed"], rel=1e-12)
    assert not found["is_heterogeneous"]


def test_agreement_by_chance_does_not_narrow_hartung_and_knapp_unless_asked() -> None:
    b, error = [0.30, 0.31, 0.29], [0.2, 0.3, 0.25]
    wide, narrow = one(b, error), one(b, error, narrowing=True)
    assert wide["hk_error"] == pytest.approx(wide["random_error"], rel=1e-12)
    assert narrow["hk_error"] < wide["hk_error"] / 10


def test_a_missing_country_leaves_the_pool_of_the_others() -> None:
    b, error = (
        np.array([[0.5, NAN, 0.9], [0.5, INF, 0.9], [0.5, 0.2, 0.9], [0.5, 0.2, 0.9]]),
        np.full((4, 3), 0.2),
    )
    error[2:, 1] = INF, 0.0
    found = pool(b, error)
    alone = pool(b[:1, [0, 2]], error[:1, [0, 2]])
    for row in range(4):
        assert found.row(row) == pytest.approx(alone.row(0), rel=1e-12)


def test_one_country_is_no_pool_and_none_is_nothing() -> None:
    found = pool(np.array([[0.5, NAN], [NAN, NAN]]), np.array([[0.2, NAN], [0.1, 0.1]]))
    single, nothing = found.row(0, named=True), found.row(1, named=True)
    assert (single["countries"], single["fixed"], single["random"]) == (1, 0.5, 0.5)
    assert single["random_error"] == pytest.approx(0.2)
    unknown = ("q", "q_p", "i2", "tau2", "hk_error", "hk_lower", "hk_p", "is_heterogeneous")
    assert {single[name] for name in unknown} == {None}
    assert nothing.pop("countries") == 0
    assert set(nothing.values()) == {None}


def test_rows_do_not_know_of_each_other() -> None:
    rng = np.random.default_rng(2)
    b, error = rng.normal(size=(40, 5)), rng.uniform(0.1, 1, (40, 5))
    b[rng.random(b.shape) < 0.3] = NAN
    together = pool(b, error)
    for row in range(40):
        assert pool(b[[row]], error[[row]]).row(0) == together.row(row)


def test_hartung_and_knapp_hold_their_level_where_the_normal_interval_does_not() -> None:
    """Five countries that differ: 95 % intervals of 20,000 pools around the true mean."""
    rng = np.random.default_rng(8)
    error = rng.uniform(0.05, 0.2, (20_000, 5))
    found = pool(rng.normal(0.2, np.sqrt(error**2 + 0.3**2)), error)
    covered = {
        name: ((found[f"{name}_lower"] < 0.2) & (found[f"{name}_upper"] > 0.2)).mean()
        for name in ("fixed", "random", "hk")
    }
    assert covered["fixed"] < 0.7 < covered["random"] < 0.93
    assert covered["hk"] == pytest.approx(0.95, abs=0.012)


def replicated(b: list[float], p: list[float], first: float = 0.01, second: float = 0.05) -> tuple:
    return replication(np.array([b]), np.array([p]), COUNTRIES, first=first, second=second).row(0)


def test_a_finding_is_replicated_by_another_country_in_the_same_direction() -> None:
    assert replicated([0.5, 0.3, 0.1], [0.001, 0.02, 0.6]) == ("FR", "GB", True, False)
    assert replicated([0.5, INF, 0.1], [0.02, 1e-9, 0.6]) == ("GB", "FR", True, False)


def test_the_other_direction_is_no_replication_and_is_flagged() -> None:
    assert replicated([0.5, -0.3, 0.1], [0.001, 0.02, 0.6]) == ("FR", None, False, True)


def test_what_one_country_alone_holds_is_not_replicated() -> None:
    """Absent elsewhere, not significant elsewhere, or discovered nowhere."""
    assert replicated([0.5, NAN, NAN], [0.001, NAN, NAN]) == ("FR", None, False, False)
    assert replicated([0.5, 0.4, 0.4], [0.001, 0.051, 0.2]) == ("FR", None, False, False)
    assert replicated([0.5, 0.4, 0.4], [0.02, 0.02, 0.02]) == (None, None, False, False)
    assert replicated([0.5, -0.4, 0.4], [0.02, 0.02, 0.02]) == (None, None, False, False)


def test_a_direction_that_was_repeated_is_told_before_a_stronger_one_that_was_not() -> None:
    assert replicated([0.9, -0.4, -0.5], [1e-9, 0.003, 0.002]) == ("IT", "GB", True, True)


def test_a_single_country_replicates_nothing() -> None:
    found = replication(np.array([[0.4]]), np.array([[1e-9]]), ["GB"], first=0.05, second=0.05)
    assert found.row(0) == ("GB", None, False, False)
