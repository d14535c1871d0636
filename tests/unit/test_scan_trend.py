"""Dose-response from counts of sets: against member-level fits, and at its level when dose means nothing."""

import math

import numpy as np
import polars as pl
import pytest
from statsmodels.discrete.conditional_models import ConditionalLogit

from thin_assets.studies.scan.trend import class_odds_ratios, dose_patterns_of, trend_test

CLASSES = ("unexposed", "few", "many")
Rows = list[tuple[int, int, int, int, int]]


def patterns(rows: Rows, exposure_id: int = 1) -> pl.DataFrame:
    """Members unexposed, few, many; class of the case; sets."""
    schema = ["exposure_id", *CLASSES, "case_class", "sets"]
    return pl.DataFrame([(exposure_id, *row) for row in rows], schema=schema, orient="row")


def drawn(rng: np.random.Generator, sets: int, effects: tuple[float, ...]) -> pl.DataFrame:
    """Sets of six, whose case is drawn with the odds of its class."""
    rate = np.exp([0.0, *effects])
    rows = []
    for _ in range(sets):
        members = rng.multinomial(6, [0.6, 0.25, 0.15])
        odds = members * rate
        rows.append((*members.tolist(), int(rng.choice(3, p=odds / odds.sum())), 1))
    return patterns(rows)


def members(table: pl.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Set, whether the case, class; of every member."""
    found: list[tuple[int, int, int]] = []
    number = 0
    for *counts, case, sets in table.select(*CLASSES, "case_class", "sets").iter_rows():
        controls = [count - (each == case) for each, count in enumerate(counts)]
        for _ in range(sets):
            found.append((number, 1, case))
            found.extend((number, 0, each) for each, count in enumerate(controls) for _ in range(count))
            number += 1
    return tuple(np.array(found).T)


@pytest.mark.parametrize("seed", range(3))
def test_class_odds_ratios_are_those_of_a_full_conditional_logistic_fit(seed: int) -> None:
    table = drawn(np.random.default_rng(seed), 150, (0.4, 1.1))
    group, case, dose = members(table)
    full = ConditionalLogit(case, np.column_stack([dose == 1, dose == 2]).astype(float), groups=group)
    fitted = full.fit(method="newton", disp=0)
    found = class_odds_ratios(dose_patterns_of(table, CLASSES))
    assert found["dose_class"].to_list() == [1, 2]
    assert found["log_odds_ratio"].to_list() == pytest.approx(fitted.params, abs=1e-6)
    assert found["standard_error"].to_list() == pytest.approx(fitted.bse, abs=1e-6)


def test_the_trend_is_the_score_of_a_linear_dose_at_no_association() -> None:
    table = drawn(np.random.default_rng(9), 200, (0.3, 0.6))
    group, case, dose = members(table)
    full = ConditionalLogit(case, dose[:, None].astype(float), groups=group)
    score = full.score(np.zeros(1))[0]
    variance = sum(np.var(dose[group == number]) for number in np.unique(group))
    found = trend_test(dose_patterns_of(table, CLASSES)).row(0, named=True)
    assert found["trend_z"] == pytest.approx(score / math.sqrt(variance), rel=1e-6)
    assert found["trend_p"] == pytest.approx(math.erfc(abs(found["trend_z"]) / math.sqrt(2)), rel=1e-9)


def test_two_classes_are_mcnemars_test() -> None:
    """Score of pairs: (b - c) / sqrt(b + c)."""
    rows = pl.DataFrame({"exposure_id": 1, "no": 1, "yes": 1, "case_class": [1, 0], "sets": [30, 12]})
    read = dose_patterns_of(rows, ["no", "yes"])
    assert trend_test(read)["trend_z"][0] == pytest.approx(18 / math.sqrt(42))
    assert class_odds_ratios(read)["log_odds_ratio"][0] == pytest.approx(math.log(30 / 12))


def test_scores_may_be_the_doses_themselves() -> None:
    read = dose_patterns_of(drawn(np.random.default_rng(4), 100, (0.3, 0.6)), CLASSES)
    default, stretched = trend_test(read), trend_test(read, scores=[5, 7, 9])
    assert stretched["trend_z"][0] == pytest.approx(default["trend_z"][0])
    assert trend_test(read, scores=[0, 1, 10])["trend_z"][0] != pytest.approx(default["trend_z"][0], rel=0.01)


def test_a_class_that_is_never_compared_and_one_that_runs_away_have_no_estimate() -> None:
    """No member has many: null. Every case has many, wherever one does: null as well; few is estimated."""
    nobody = class_odds_ratios(dose_patterns_of(patterns([(5, 1, 0, 1, 8), (5, 1, 0, 0, 20)]), CLASSES))
    assert nobody["log_odds_ratio"].to_list() == [pytest.approx(math.log(2)), None]
    always = [(5, 1, 0, 1, 8), (5, 1, 0, 0, 20), (5, 0, 1, 2, 9)]
    found = class_odds_ratios(dose_patterns_of(patterns(always), CLASSES))
    assert found["log_odds_ratio"].to_list() == [pytest.approx(math.log(2)), None]
    assert found["standard_error"][0] == pytest.approx(math.sqrt(1 / (28 * 2 / 7 * 5 / 7)))


def test_classes_compared_with_each_other_only_have_no_estimate_against_the_unexposed() -> None:
    found = class_odds_ratios(dose_patterns_of(patterns([(0, 1, 1, 1, 8), (0, 1, 1, 2, 20)]), CLASSES))
    assert found["log_odds_ratio"].to_list() == [None, None]
    assert trend_test(dose_patterns_of(patterns([(0, 6, 0, 1, 8)]), CLASSES))["trend_p"].to_list() == [None]


def test_a_rare_class_of_large_sets_is_reached_though_the_first_step_leads_far_beyond() -> None:
    found = class_odds_ratios(dose_patterns_of(patterns([(29, 1, 0, 1, 30), (29, 1, 0, 0, 1)]), CLASSES))
    assert found["log_odds_ratio"].to_list() == [pytest.approx(math.log(30 * 29)), None]


def test_exposures_are_estimated_apart() -> None:
    tables = [drawn(np.random.default_rng(seed), 60, (0.2, 0.5)) for seed in (1, 2)]
    both = pl.concat(each.with_columns(exposure_id=pl.lit(n)) for n, each in enumerate(tables))
    together = class_odds_ratios(dose_patterns_of(both, CLASSES))
    for number, each in enumerate(tables):
        alone = class_odds_ratios(dose_patterns_of(each, CLASSES))
        rows = together.filter(pl.col("exposure_id") == number)
        assert rows["log_odds_ratio"].to_list() == pytest.approx(alone["log_odds_ratio"].to_list(), abs=1e-9)


def test_the_trend_keeps_its_level() -> None:
    """Four thousand exposures without an effect, 100 sets of six each: 5 % below 0.05."""
    rng = np.random.default_rng(21)
    members = rng.multinomial(6, [0.6, 0.25, 0.15], 400_000)
    case = (rng.random((400_000, 1)) > np.cumsum(members, axis=1) / 6).sum(axis=1)
    table = pl.DataFrame(members, schema=CLASSES, orient="row").with_columns(
        exposure_id=pl.Series(np.arange(400_000) // 100), case_class=pl.Series(case), sets=1
    )
    p = trend_test(dose_patterns_of(table, CLASSES))["trend_p"]
    assert (p < 0.05).mean() == pytest.approx(0.05, abs=0.01)
