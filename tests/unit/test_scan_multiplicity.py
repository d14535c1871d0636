"""What thousands of p values mean: corrections, inflation, calibration, E-values."""

import math

import numpy as np
import pytest
from scipy.stats import chi2, false_discovery_control, kstest, norm

from thin_assets.studies.scan.evalue import e_value, e_value_of_interval
from thin_assets.studies.scan.multiplicity import (
    EmpiricalNull,
    benjamini_hochberg,
    bonferroni,
    empirical_null,
    genomic_inflation,
)

NAN = math.nan


def test_bonferroni_counts_the_tests_that_were_made() -> None:
    p = np.array([0.001, NAN, 0.4, 0.9])
    np.testing.assert_allclose(bonferroni(p), [0.003, NAN, 1.0, 1.0])
    np.testing.assert_allclose(bonferroni(p, tests=123), [0.123, NAN, 1.0, 1.0])


def test_false_discovery_rates_are_those_of_scipy_and_pass_over_what_was_not_tested() -> None:
    p = np.random.default_rng(3).random(200) ** 3
    np.testing.assert_array_equal(benjamini_hochberg(p), false_discovery_control(p))
    gaps = np.insert(p, [0, 50, 200], NAN)
    found = benjamini_hochberg(gaps)
    assert np.isnan(found).sum() == 3
    np.testing.assert_array_equal(found[~np.isnan(found)], false_discovery_control(p))
    assert np.isnan(benjamini_hochberg(np.array([NAN]))).all()


def test_a_worked_example_of_benjamini_and_hochberg() -> None:
    """p (i) m / i, and never more than that of a larger p."""
    found = benjamini_hochberg(np.array([0.04, 0.01, 0.03, 0.02]))
    np.testing.assert_allclose(found, [0.04, 0.04, 0.04, 0.04])
    np.testing.assert_allclose(benjamini_hochberg(np.array([0.01, 0.9])), [0.02, 0.9])


def test_lambda_is_one_on_uniform_p_and_grows_with_the_statistics() -> None:
    uniform = chi2.isf((np.arange(10_001) + 0.5) / 10_001, 1)
    every = np.ones(len(uniform), dtype=bool)
    assert genomic_inflation(uniform, every).factor == pytest.approx(1.0, abs=1e-12)
    assert genomic_inflation(1.2 * uniform, every).factor == pytest.approx(1.2)


def test_lambda_counts_only_the_tests_that_enter() -> None:
    statistics = np.array([1.0, 0.2, NAN, 99.0])
    found = genomic_inflation(statistics, np.array([True, True, True, False]))
    assert found.tests == 2
    assert found.factor == pytest.approx(0.6 / 0.454936, rel=1e-5)
    nothing = genomic_inflation(statistics, np.zeros(4, dtype=bool))
    assert nothing.tests == 0 and math.isnan(nothing.factor)


def test_the_null_of_a_biased_design_is_found_from_its_negative_controls() -> None:
    """A systematic error of mean 0.3 and sd 0.2 is found, and not mistaken for the errors of sampling."""
    rng = np.random.default_rng(11)
    error = rng.uniform(0.05, 0.4, 4_000)
    b = rng.normal(0.3, np.sqrt(0.2**2 + error**2))
    found = empirical_null(b, error)
    assert found.controls == 4_000
    assert found.mean == pytest.approx(0.3, abs=0.02)
    assert found.sd == pytest.approx(0.2, abs=0.02)
    plain, calibrated = 2 * norm.sf(np.abs(b / error)), found.p_values(b, error)
    assert np.mean(plain < 0.05) > 0.3
    assert np.mean(calibrated < 0.05) == pytest.approx(0.05, abs=0.01)
    assert kstest(calibrated, "uniform").pvalue > 0.01


def test_a_design_without_systematic_error_is_left_as_it_is() -> None:
    rng = np.random.default_rng(5)
    error = rng.uniform(0.1, 0.3, 3_000)
    found = empirical_null(rng.normal(0, error), error)
    assert abs(found.mean) < 0.02 and found.sd < 0.05
    exact = EmpiricalNull(0.0, 0.0, 10)
    assert exact.p_values(np.array([1.96]), np.array([1.0]))[0] == pytest.approx(0.05, abs=1e-4)


def test_controls_that_agree_better_than_chance_have_no_spread() -> None:
    found = empirical_null(np.full(6, 0.1), np.full(6, 1.0))
    assert (found.mean, found.sd) == (pytest.approx(0.1), 0.0)


def test_separated_controls_do_not_enter_and_few_make_no_null() -> None:
    b, error = np.array([0.1, 0.2, 0.0, -0.1, math.inf]), np.array([0.1, 0.1, 0.1, 0.1, math.inf])
    assert empirical_null(b, error) is None
    assert empirical_null(np.append(b, 0.05), np.append(error, 0.1)).controls == 5
    assert np.isnan(EmpiricalNull(0.1, 0.2, 9).p_values(b, error)).tolist() == [False] * 4 + [True]


def test_e_values_are_those_of_the_published_example() -> None:
    """VanderWeele and Ding 2017: risk ratio 3.9 with interval 1.8 to 8.7 has E-values 7.26 and 3.0."""
    assert e_value(np.log([3.9]))[0] == pytest.approx(7.26, abs=0.005)
    assert e_value_of_interval(np.log([1.8]), np.log([8.7]))[0] == pytest.approx(3.0, abs=0.005)


def test_e_values_look_alike_for_harm_and_protection_and_are_one_without_an_effect() -> None:
    np.testing.assert_allclose(e_value(np.log([0.25])), e_value(np.log([4.0])))
    lower, upper = np.array([-1.0, -0.2, NAN, 0.0]), np.array([-0.5, 0.3, 1.0, 2.0])
    found = e_value_of_interval(lower, upper)
    np.testing.assert_allclose(found, [e_value(np.array([0.5]))[0], 1.0, NAN, 1.0])
    assert e_value(np.array([math.inf]))[0] == math.inf
