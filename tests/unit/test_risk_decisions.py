"""Whom to look at: counts by hand, and what a decision curve weighs."""

import numpy as np
import pytest

from tests.risks import cases
from thin_assets.studies.risk.decisions import at_threshold, top_share


def test_counts_by_hand() -> None:
    """Ten people, three fall ill; three have a risk of a half or more, two of them fall ill."""
    risk = np.array([0.9, 0.8, 0.5, 0.4, 0.3, 0.2, 0.2, 0.1, 0.1, 0.1])
    those = cases([True, False, True, False, True, False, False, False, False, False])
    found = at_threshold(risk, those, 0.5)
    assert (found.chosen, found.positives, found.true_positives) == (0.3, 3, 2)
    assert (found.ppv, found.sensitivity) == pytest.approx((2 / 3, 2 / 3))
    assert (found.specificity, found.npv) == pytest.approx((6 / 7, 6 / 7))
    assert found.assessed_per_case == 1.5
    assert found.net_benefit == pytest.approx((2 - 1 * 0.5 / 0.5) / 10)
    assert found.net_benefit_all == pytest.approx((3 - 7) / 10)


def test_people_who_left_are_stood_for() -> None:
    those = cases([True, False, False], weight=[2, 1, 0])
    found = at_threshold(np.array([0.6, 0.6, 0.6]), those, 0.5)
    assert (found.positives, found.true_positives, found.ppv) == (3, 2, pytest.approx(2 / 3))


def test_top_share_takes_the_highest_and_ties_with_them() -> None:
    risk = np.array([0.5, 0.4, 0.4, 0.1] + [0.0] * 96)
    those = cases([True] + [False] * 99)
    assert top_share(risk, those, 0.01).chosen == 0.01
    assert top_share(risk, those, 0.02).chosen == 0.03


def test_a_share_of_nothing_is_not_told() -> None:
    found = at_threshold(np.array([0.1, 0.2]), cases([False, False]), 0.5)
    assert found.ppv is None and found.sensitivity is None and found.assessed_per_case is None


def test_true_risks_have_at_least_the_benefit_of_looking_at_everybody() -> None:
    rng = np.random.default_rng(1)
    risk = rng.beta(1, 20, 50_000)
    those = cases(rng.random(50_000) < risk)
    for threshold in (0.01, 0.03, 0.1):
        found = at_threshold(risk, those, threshold)
        assert found.net_benefit > max(0, found.net_benefit_all)
