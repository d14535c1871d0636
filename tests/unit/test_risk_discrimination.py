"""AUROC, C-index and average precision beside libraries, naive pairs and what chance does."""

import numpy as np
import pytest
from lifelines.utils import concordance_index
from scipy.stats import norm
from sklearn.metrics import roc_auc_score

from tests.risks import HORIZON, cases, drawn
from thin_assets.studies.risk import discrimination
from thin_assets.studies.risk.discrimination import auroc, average_precision, concordance
from thin_assets.studies.risk.survival import CENSORED, DEATH, EVENT


def delong(score: np.ndarray, happened: np.ndarray) -> float:
    """Standard error as DeLong, DeLong and Clarke-Pearson wrote it, pair by pair."""
    ill, well = score[happened], score[~happened]
    wins = (ill[:, None] > well[None, :]) + 0.5 * (ill[:, None] == well[None, :])
    by_ill, by_well, value = wins.mean(axis=1), wins.mean(axis=0), wins.mean()
    first = ((by_ill - value) ** 2).sum() / len(ill) ** 2
    return float(np.sqrt(first + ((by_well - value) ** 2).sum() / len(well) ** 2))


@pytest.mark.parametrize("ties", [False, True])
def test_auroc_and_its_interval_are_those_of_delong(ties: bool) -> None:
    score, those = drawn(np.random.default_rng(5), 500)
    score = np.round(score) if ties else score
    found = auroc(score, those)
    assert found.value == pytest.approx(roc_auc_score(those.happened, score))
    reach = 1.959963984540054 * delong(score, those.happened) / (found.value * (1 - found.value))
    center = np.log(found.value / (1 - found.value))
    assert found.lower == pytest.approx(1 / (1 + np.exp(reach - center)))
    assert found.upper == pytest.approx(1 / (1 + np.exp(-reach - center)))


def test_weighted_auroc_is_that_of_scikit_learn_and_who_left_does_not_count() -> None:
    rng = np.random.default_rng(6)
    score, those = drawn(rng, 500)
    weight = rng.choice([0, 1, 1.7], 500)
    weighted = cases(those.happened, weight=weight)
    assert auroc(score, weighted).value == pytest.approx(
        roc_auc_score(those.happened, score, sample_weight=weight)
    )
    moved = np.where(weight == 0, 99.0, score)
    assert auroc(moved, weighted) == auroc(score, weighted)


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    """Two normal distributions one apart: the true AUROC is known."""
    truth, held, rng = norm.cdf(1 / np.sqrt(2)), 0, np.random.default_rng(7)
    for _ in range(400):
        happened = np.arange(200) < 40
        found = auroc(rng.normal(size=200) + happened, cases(happened))
        held += found.lower < truth < found.upper
    assert 0.925 < held / 400 < 0.975


def test_entries_of_one_person_widen_the_interval() -> None:
    score, those = drawn(np.random.default_rng(8), 200)
    alone = auroc(score, those)
    twice = cases(np.repeat(those.happened, 2), person=np.repeat(np.arange(200), 2))
    together = auroc(np.repeat(score, 2), twice)
    assert (together.lower, together.upper) == pytest.approx((alone.lower, alone.upper))
    apart = auroc(np.repeat(score, 2), cases(np.repeat(those.happened, 2)))
    assert apart.upper - apart.lower < together.upper - together.lower


def test_c_index_without_competing_causes_is_that_of_lifelines() -> None:
    rng = np.random.default_rng(9)
    score = np.round(rng.normal(size=400), 1)
    days = rng.integers(1, 2 * HORIZON, 400)
    outcome = rng.choice([EVENT, CENSORED], 400)
    happened = (outcome == EVENT) & (days <= HORIZON)
    those = cases(happened, days=days, outcome=outcome, weight=np.ones(400))
    expected = concordance_index(np.minimum(days, HORIZON + 1), -score, happened)
    assert concordance(score, those).value == pytest.approx(expected)


def test_who_died_first_never_falls_ill() -> None:
    """One event on day 100; who died on day 50 with a lower score was rightly put below."""
    those = cases([True, False], days=[100, 50], outcome=[EVENT, DEATH], weight=[1, 1])
    assert concordance(np.array([0.9, 0.1]), those).value == 1
    assert concordance(np.array([0.1, 0.9]), those).value == 0


def test_c_index_interval_holds_half_for_scores_of_chance() -> None:
    rng, held = np.random.default_rng(10), 0
    for _ in range(200):
        happened = rng.random(150) < 0.2
        those = cases(happened, days=np.where(happened, rng.integers(1, HORIZON, 150), HORIZON))
        found = concordance(rng.random(150), those)
        held += found.lower < 0.5 < found.upper
    assert 0.91 < held / 200 < 0.99


def test_of_many_events_some_are_paired_and_say_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(12)
    score, those = drawn(rng, 6000)
    days = np.where(those.happened, rng.integers(1, HORIZON, 6000), HORIZON)
    those = cases(those.happened, days=days)
    whole = concordance(score, those)
    monkeypatch.setattr(discrimination, "MOST_PAIRED", 300)
    some = concordance(score, those)
    assert some != whole and whole.lower < some.value < whole.upper
    assert some.upper - some.lower > whole.upper - whole.lower


def test_average_precision_of_chance_is_the_share_of_events() -> None:
    rng = np.random.default_rng(11)
    those = cases(rng.random(20_000) < 0.1)
    found = average_precision(rng.random(20_000), those)
    assert found.lower < 0.1 < found.upper


@pytest.mark.parametrize("happened", [[True, True], [False, False]])
def test_one_outcome_alone_tells_nothing_apart(happened: list[bool]) -> None:
    assert auroc(np.array([0.1, 0.2]), cases(happened)).value is None
