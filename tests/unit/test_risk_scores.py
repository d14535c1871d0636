"""Scores of today: rank, reasons, what is on the list, and whether the model still fits."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from tests.unit.test_risk_population import AFTER, entries, known
from thin_assets.studies.risk.contract import EvaluationStatistic, as_table
from thin_assets.studies.risk.declared import declared
from thin_assets.studies.risk.model import Model, Term
from thin_assets.studies.risk.monitor import in_bins, stability, watch
from thin_assets.studies.risk.scores import in_use, reasons, score_site
from thin_assets.studies.risk.train import Country

TOLD, LUNG = declared(), declared().site("lung")
NAMES = tuple(LUNG.directions)
ABOUT = {
    "site": "lung",
    "horizon_years": 2,
    "learner": "logistic",
    "trained_in": "FR",
    "snapshot": "2024-03-01",
}


def term(name: str, weight: float, *, low: float = 0, high: float = 1, center: float = 0.0) -> Term:
    one = TOLD.predictor(name)
    return Term(name, one.title, 1, low, high, fill=center, center=center, weight=weight)


MODEL = Model(
    ABOUT,
    (
        term("age", 0.05, low=40, high=84, center=60),
        term("smoker", 1.5),
        term("cough", 0.7),
        term("copd", 0.4),
        term("haemoptysis", 3.0),
    ),
    -5.0,
    decile_scores=tuple(np.linspace(0.001, 0.009, 9)),
)


def people(*told: dict) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Who is scored, each with the predictors that differ from nothing."""
    frame = entries(*({"is_current": True, "person_id": place} for place in range(len(told))))
    nothing = known(frame)
    columns = {name: [float(one.get(name, 60 if name == "age" else 0)) for one in told] for name in NAMES}
    return frame, nothing.with_columns(**{name: pl.Series(values) for name, values in columns.items()})


def test_the_highest_risk_comes_first_with_what_raised_it() -> None:
    frame, predictors = people({}, {"smoker": 1, "cough": 1}, {"haemoptysis": 1, "age": 70})
    found = score_site(LUNG, MODEL, frame, predictors, TOLD)
    assert found["row_id"].to_list() == [2, 1, 0] and found["rank"].to_list() == [1, 2, 3]
    assert found["is_listed"].to_list() == [True, False, False]
    assert found["reasons"].to_list() == [["coughing up blood", "age, years"], ["smokes", "cough"], []]
    assert found["risk"][2] == pytest.approx(1 / (1 + np.exp(5)))


def test_no_more_reasons_than_asked_for_and_none_of_what_is_not_there() -> None:
    values = np.zeros((2, len(NAMES)))
    values[:, NAMES.index("age")] = [84, np.nan]
    values[0, [NAMES.index(name) for name in ("smoker", "cough", "copd")]] = 1
    absent = Model(ABOUT, (term("smoker", -1.0, center=0.9),), 0.0)
    assert reasons(MODEL, values, NAMES, 2) == [["smokes", "age, years"], []]
    assert reasons(absent, values[1:], NAMES, 2) == [[]]  # not smoking is no reason


def test_equal_risks_are_ranked_the_same_each_time() -> None:
    frame, predictors = people(*({} for _ in range(60)))
    first = score_site(LUNG, MODEL, frame, predictors, TOLD)
    order = np.random.default_rng(1).permutation(60).tolist()
    again = score_site(LUNG, MODEL, frame[order], predictors[order], TOLD)
    assert first.equals(again) and first["is_listed"].sum() == 2


def auroc(site: str, lower: float) -> dict:
    keys = {"site": site, "horizon_years": 2, "learner": "logistic", "trained_in": "FR", "country": "FR"}
    told = {"evaluation": "CV", "recalibration": "none", "metric": "AUROC"}
    return keys | told | {"value": lower + 0.1, "lower": lower, "upper": lower + 0.2}


def test_models_in_use_are_those_that_are_declared_and_rank_better_than_chance() -> None:
    models = dict.fromkeys(("lung_2y_logistic", "lung_1y_logistic", "breast_2y_logistic"), MODEL)
    rows = as_table(EvaluationStatistic, [auroc("lung", 0.6), auroc("breast", 0.45), auroc("prostate", 0.6)])
    assert set(in_use(models, rows, TOLD)) == {"lung"}


def test_stability_by_hand() -> None:
    assert stability(np.array([0.5, 0.5]), np.array([0.5, 0.5])) == 0
    assert stability(np.array([0.6, 0.4]), np.array([0.5, 0.5])) == pytest.approx(
        0.1 * np.log(1.2) - 0.1 * np.log(0.8)
    )
    assert in_bins(np.array([0.5, 1.5, 1.5, 9]), np.array([1.0, 2.0])).tolist() == [0.25, 0.5, 0.25]


def test_what_chance_shifts_is_no_shift() -> None:
    """Two draws of 200 from the same scores: PSI is 0.09 on average, and no model is looked at for it."""
    rng, found = np.random.default_rng(1), []
    model = Model(ABOUT, MODEL.terms, -4.95, decile_scores=tuple(np.arange(1, 10) / 10))
    where = country(0.0075)
    for _ in range(100):
        now, before = rng.random(200), rng.random(200)
        found.append(watch(LUNG, model, now, before, where, TOLD))
    assert 0.07 < np.mean([one["psi_since_month"] for one in found]) < 0.11
    assert np.mean([one["status"] == "ok" for one in found]) > 0.9


def country(rate: float, size: int = 400) -> Country:
    """A country whose latest two years brought lung cancer at this rate."""
    ill = int(rate * size)
    frame = entries(
        *(
            {"person_id": place, "cause": "lung_cancer" if place < ill else "censored", "followed_days": 731}
            for place in range(size)
        )
    )
    return Country("FR", frame, known(frame), AFTER, "build")


SAME = np.repeat(np.linspace(0.0005, 0.0095, 10), 20)


@pytest.mark.parametrize(
    ("scores", "before", "rate", "status"),
    [
        (SAME, SAME, 0.0075, "ok"),
        (SAME, SAME, 0.1, "act"),  # fifteen times as many fell ill as the model says
        (SAME + 0.004, None, 0.0075, "act"),
        (SAME, SAME + 0.004, 0.0075, "act"),
        (SAME[:50], None, 0.0075, "few"),
    ],
)
def test_a_model_that_no_longer_fits_asks_for_a_look(scores, before, rate: float, status: str) -> None:
    model = Model(ABOUT, MODEL.terms, -4.95, decile_scores=MODEL.decile_scores)
    found = watch(LUNG, model, scores, before, country(rate), TOLD)
    assert found["status"] == status
    assert found["trained_at"] == dt.date(2024, 3, 1)


def test_the_latest_period_alone_judges_the_level() -> None:
    old = country(0.0).entries.with_columns(
        index_date=pl.lit(dt.date(2020, 4, 1)), row_id=pl.col("row_id") + 1000
    )
    both = pl.concat([country(0.02).entries, old])
    model = Model(ABOUT, (), -4.0, decile_scores=MODEL.decile_scores)
    found = watch(LUNG, model, SAME, None, Country("FR", both, known(both), AFTER, "b"), TOLD)
    assert found["observed"] == 8
    assert found["expected"] == pytest.approx(400 / (1 + np.exp(4)))
