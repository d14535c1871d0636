"""What is learned: known effects, monotone trees, no row of anybody, and the same bytes again."""

import json

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from tests.risks import cases
from thin_assets.studies.risk.declared import Learner, declared
from thin_assets.studies.risk.folds import folds_of
from thin_assets.studies.risk.learners import learn
from thin_assets.studies.risk.membership import MOST_TOLD, is_handed_out, membership
from thin_assets.studies.risk.model import Model

SITE = declared().site("colorectal")
NAMES = tuple(SITE.directions)
EFFECTS = {"age": 0.8, "rectal_bleeding": 1.5, "haemoglobin": -0.6}
"""Log odds by standard deviation; of the bleeding, where it is there."""

LEARNERS = declared().learners


def world(seed: int, size: int = 4000, persons: int | None = None):
    """Entries in which three predictors matter, and no other does; a third has no haemoglobin."""
    rng = np.random.default_rng(seed)
    standard = rng.normal(size=(size, len(NAMES)))
    values = standard.copy()
    for place, name in enumerate(NAMES):
        if declared().predictor(name).kind == "presence":
            values[:, place] = standard[:, place] > 1
    log_odds = -3.2 + sum(effect * values[:, NAMES.index(name)] for name, effect in EFFECTS.items())
    values[rng.random(size) < 0.3, NAMES.index("haemoglobin")] = np.nan
    values[:, NAMES.index("deprivation")] = np.nan
    return cases(
        rng.random(size) < 1 / (1 + np.exp(-log_odds)),
        values=values,
        predictors=NAMES,
        practice=rng.integers(0, 12, size),
        person=rng.integers(0, persons, size) if persons else np.arange(size),
    )


@pytest.fixture(scope="module")
def taught() -> dict:
    return {one.name: learn(world(1), one, SITE, declared(), {"site": "x"}) for one in LEARNERS}


@pytest.mark.parametrize("learner", LEARNERS, ids=lambda one: one.name)
def test_the_same_rows_give_the_same_bytes(taught, learner: Learner) -> None:
    again = learn(world(1), learner, SITE, declared(), {"site": "x"})
    assert again.model.text() == taught[learner.name].model.text()


@pytest.mark.parametrize("learner", LEARNERS, ids=lambda one: one.name)
def test_what_matters_is_found_elsewhere_too(taught, learner: Learner) -> None:
    other = world(2)
    model = taught[learner.name].model
    assert roc_auc_score(other.happened, model.score(other.values, NAMES)) > 0.7
    size = np.abs(model.contributions(other.values, NAMES)).mean(axis=0)
    strongest = {model.predictors[place] for place in np.argsort(size)[-3:]}
    assert strongest <= {*EFFECTS} and len(strongest) == 3


def test_shuffled_outcomes_teach_nothing() -> None:
    those, rng = world(3), np.random.default_rng(3)
    shuffled = cases(
        rng.permutation(those.happened), values=those.values, predictors=NAMES, practice=those.practice
    )
    for one in LEARNERS:
        left_out = learn(shuffled, one, SITE, declared(), {}).parts.left_out
        assert 0.42 < roc_auc_score(shuffled.happened, left_out) < 0.58


@pytest.mark.parametrize("way", ["up", "down"])
def test_the_risk_of_trees_only_goes_the_way_that_is_declared(taught, way: str) -> None:
    """Each predictor of a direction, from its lowest value to its highest, all else as in 300 entries."""
    model, base = taught["boosted"].model, world(4, 300).values
    for name in getattr(SITE, way):
        if name not in model.predictors:
            continue
        ladder = []
        for value in np.linspace(-3, 3, 25):
            moved = base.copy()
            moved[:, NAMES.index(name)] = value
            ladder.append(model.log_odds(moved, NAMES))
        steps = np.diff(np.array(ladder), axis=0)
        assert (steps >= -1e-12).all() if way == "up" else (steps <= 1e-12).all()


def test_trees_without_their_directions_would_go_both_ways() -> None:
    """The test above can fail: the same entries, no direction declared."""
    free = SITE.model_copy(update={"up": (), "down": (), "free": NAMES})
    model = learn(world(1), LEARNERS[-1], free, declared(), {}).model
    base = world(4, 300).values
    ways = set()
    for name in SITE.up:
        ladder = []
        for value in np.linspace(-3, 3, 25):
            moved = base.copy()
            moved[:, NAMES.index(name)] = value
            ladder.append(model.log_odds(moved, NAMES))
        ways |= set(np.sign(np.round(np.diff(np.array(ladder), axis=0), 9)).ravel().tolist())
    assert ways == {-1.0, 0.0, 1.0}


@pytest.mark.parametrize("learner", LEARNERS, ids=lambda one: one.name)
def test_contributions_add_up_to_the_log_odds(taught, learner: Learner) -> None:
    model, values = taught[learner.name].model, world(5, 200).values
    whole = model.intercept + model.contributions(values, NAMES).sum(axis=1)
    assert whole == pytest.approx(model.log_odds(values, NAMES), abs=1e-6)


@pytest.mark.parametrize("learner", LEARNERS, ids=lambda one: one.name)
def test_a_model_is_read_from_its_file(taught, learner: Learner) -> None:
    model, values = taught[learner.name].model, world(5, 200).values
    again = Model.read(model.text())
    assert again.text() == model.text()
    assert (again.log_odds(values, NAMES) == model.log_odds(values, NAMES)).all()


def test_a_sum_is_scored_without_this_package(taught) -> None:
    """JSON, and the steps that the file's documentation tells."""
    told = json.loads(taught["logistic"].model.text())
    values = world(6, 100).values
    log_odds = np.full(100, told["intercept"])
    for term in told["terms"]:
        column = values[:, NAMES.index(term["name"])]
        known = ~np.isnan(column)
        cut = np.clip(np.where(known, column, term["fill"]), term["low"], term["high"])
        log_odds += term["weight"] * (cut - term["center"]) / term["scale"]
        log_odds += term["weight_unknown"] * ~known
    assert log_odds == pytest.approx(taught["logistic"].model.log_odds(values, NAMES))


def test_trees_are_scored_by_lightgbm_alone(taught) -> None:
    import lightgbm

    told, values = json.loads(taught["boosted"].model.text()), world(6, 100).values
    columns = [
        np.clip(values[:, NAMES.index(term["name"])], term["low"], term["high"]) for term in told["terms"]
    ]
    score = lightgbm.Booster(model_str=told["trees"]).predict(np.column_stack(columns))
    assert score == pytest.approx(taught["boosted"].model.score(values, NAMES))


@pytest.mark.parametrize("learner", LEARNERS, ids=lambda one: one.name)
def test_no_value_of_one_person_stands_in_the_file(learner: Learner) -> None:
    """A value that one person has, far from all others, and the smallest and largest of each predictor."""
    those = world(7)
    values = those.values.copy()
    values[10, NAMES.index("age")] = 123456.789
    marked = cases(those.happened, values=values, predictors=NAMES, practice=those.practice)
    text = learn(marked, learner, SITE, declared(), {}).model.text()
    assert "123456.789" not in text
    columns = [
        values[:, place] for place in range(values.shape[1]) if not np.isin(values[:, place], [0, 1]).all()
    ]
    extremes = {
        repr(float(pick(column)))
        for column in columns
        for pick in (np.nanmin, np.nanmax)
        if np.isfinite(column).any()
    }
    assert len(extremes) > 10 and not {one for one in extremes if one in text}


def test_leaves_hold_twenty_entries_or_more(taught) -> None:
    trees = taught["boosted"].model.trees
    counts = [
        int(count)
        for line in trees.splitlines()
        if line.startswith("leaf_count=")
        for count in line.partition("=")[2].split()
    ]
    assert counts and min(counts) >= 20
    assert "feature_infos=none none" in trees and "parameters" not in trees


def test_a_predictor_that_few_have_is_not_learned() -> None:
    those = world(8)
    values = those.values.copy()
    values[:, NAMES.index("anaemia")] = 0
    values[:9, NAMES.index("anaemia")] = 1
    few = cases(those.happened, values=values, predictors=NAMES)
    assert "anaemia" not in learn(few, LEARNERS[0], SITE, declared(), {}).model.predictors
    values[:10, NAMES.index("anaemia")] = 1
    enough = cases(those.happened, values=values, predictors=NAMES)
    assert "anaemia" in learn(enough, LEARNERS[0], SITE, declared(), {}).model.predictors


def test_practices_are_left_out_whole() -> None:
    those = world(9)
    parts = folds_of(those)
    assert all(len(set(parts[those.practice == one].tolist())) == 1 for one in range(12))
    assert set(parts.tolist()) == {0, 1, 2}
    alone = cases(those.happened, person=np.arange(4000) // 4)
    parts = folds_of(alone)
    assert all(len(set(parts[alone.person == one].tolist())) == 1 for one in range(50))


@pytest.mark.parametrize("learner", LEARNERS, ids=lambda one: one.name)
def test_a_model_does_not_tell_whom_it_learned_from(taught, learner: Learner) -> None:
    learned = taught[learner.name]
    found = membership(learned.parts.left_out, learned.parts.inside, learned.teachers)
    assert found.value <= MOST_TOLD and is_handed_out(found)


def test_who_is_told_apart_is_a_teacher_and_who_is_not_is_not(taught) -> None:
    """Against a world that taught nothing, the attack on the whole model finds no more."""
    mine, theirs, model = taught["boosted"].teachers, world(10), taught["boosted"].model
    both = np.concatenate([mine.happened, theirs.happened])
    inside = np.concatenate([model.score(mine.values, NAMES), np.full(len(theirs), np.nan)])
    left_out = np.concatenate([np.full(len(mine), 0.1), model.score(theirs.values, NAMES)])
    assert membership(left_out, (inside,), cases(both)).value <= MOST_TOLD


def test_the_attack_finds_a_model_that_knows_its_teachers_by_heart() -> None:
    those = world(11, 500)
    inside = np.where(np.arange(500) < 300, np.where(those.happened, 0.999, 0.001), np.nan)
    found = membership(np.full(500, 0.1), (inside,), those)
    assert found.value > 0.9 and not is_handed_out(found)


def test_what_was_not_attacked_is_not_handed_out() -> None:
    assert not is_handed_out(membership(np.full(5, 0.1), (), cases([True] * 5)))
