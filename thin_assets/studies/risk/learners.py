"""Learning: penalised logistic regression and boosted trees that may only rise or fall with a predictor.

Everything that is chosen, limits, fills and the strength of the penalty, is chosen on the entries that teach.
The penalty is that of the smallest loss on practices that were left out, three parts of them in turn.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from thin_assets.studies.risk.declared import Learner, Models, Site
from thin_assets.studies.risk.folds import FOLDS, folds_of
from thin_assets.studies.risk.model import Model, Term
from thin_assets.studies.risk.problems import Cases

FEWEST_WITH = 10
"""Persons who must have a predictor, and lack it, for a model to learn it: else its weight is about few."""

ROUNDS, LEAST_LEAF, LEAST_BIN = 120, 30, 10
"""Of trees. LightGBM guesses how many entries a leaf has from their weights: 30 asked for are 20 at least."""


@dataclass(frozen=True)
class Parts:
    """What models said that two thirds of the practices taught, the third left out in turn.

    left_out    risk of each entry by the model that it did not teach
    inside      risk of those that taught each of the models; NaN of the others
    """

    left_out: np.ndarray
    inside: tuple[np.ndarray, ...]


@dataclass(frozen=True)
class Learned:
    """A model, and what it said of entries that did not teach it.

    teachers    entries that taught, known at the horizon
    parts       what models of the same kind said of those entries when they were left out
    penalty     strength that was chosen
    """

    model: Model
    teachers: Cases
    parts: Parts
    penalty: float


def learn(cases: Cases, learner: Learner, site: Site, told: Models, about: dict) -> Learned:
    """A model from entries of practices that are not held out.

    cases    those that may teach; of unknown outcome have weight 0, and are not looked at
    about    what the file says of the model
    """
    teachers = cases.where(cases.weight > 0)
    terms = tuple(_terms(teachers, site, told))
    fit = partial(_fit_trees if learner.name == "boosted" else _fit_sum, learner=learner, told=told)
    tried = [(_in_parts(partial(fit, penalty=one), teachers, terms), one) for one in learner.penalties]
    parts, penalty = min(tried, key=lambda pair: (log_loss(pair[0].left_out, teachers), -pair[1]))
    model = fit(teachers, terms, penalty=penalty)
    scores = model.score(teachers.values, teachers.predictors)
    deciles = tuple(float(score) for score in np.quantile(scores, np.arange(1, 10) / 10))
    model = replace(model, told=about | {"learner": learner.name, "penalty": penalty}, decile_scores=deciles)
    return Learned(model, teachers, parts, penalty)


def log_loss(risk: np.ndarray, cases: Cases) -> float:
    """Mean weighted logarithmic loss."""
    risk = np.clip(risk, 1e-9, 1 - 1e-9)
    loss = -np.where(cases.happened, np.log(risk), np.log1p(-risk))
    return float((cases.weight * loss).sum() / cases.weight.sum())


def _in_parts(fit: Callable, cases: Cases, terms: tuple[Term, ...]) -> Parts:
    """Where two thirds hold one outcome alone, the third has the share of events for its risk."""
    parts = folds_of(cases)
    left_out, inside = np.full(len(cases), cases.happened.mean()), []
    for part in range(FOLDS):
        mine = parts == part
        others = cases.where(~mine)
        if mine.any() and 0 < others.events < len(others):
            risk = fit(others, terms).score(cases.values, cases.predictors)
            left_out[mine] = risk[mine]
            inside.append(np.where(mine, np.nan, risk))
    return Parts(left_out, tuple(inside))


def _terms(cases: Cases, site: Site, told: Models) -> Iterator[Term]:
    """Predictors that can be learned: ten persons or more have another value than the commonest."""
    for place, (name, direction) in enumerate(site.directions.items()):
        column, one = cases.values[:, place], told.predictor(name)
        known = ~np.isnan(column)
        if not known.any():
            continue
        low, high = (0.0, 1.0) if one.kind == "presence" else _limits(column[known], cases.person[known])
        cut = np.clip(column, low, high)
        commonest = float(np.median(cut[known]))
        if len(np.unique(cases.person[known & (cut != commonest)])) >= FEWEST_WITH:
            yield Term(name, one.title, direction, low, high, fill=commonest)


def _limits(values: np.ndarray, person: np.ndarray) -> tuple[float, float]:
    """First and 99th percentile of the first value of each person, with ten persons beyond them at least."""
    _, places = np.unique(person, return_index=True)
    share = min(0.5, max(0.01, FEWEST_WITH / len(places)))
    low, high = np.quantile(values[places], [share, 1 - share])
    return float(low), float(high)


def _fit_sum(
    cases: Cases, terms: tuple[Term, ...], *, penalty: float, learner: Learner, told: Models
) -> Model:
    """Weights of standardised predictors, and of not being known where ten persons or more are not."""
    from sklearn.linear_model import LogisticRegression

    empty = Model({}, terms, 0.0)
    own = empty.cut(cases.values, cases.predictors)
    unknown = np.isnan(own)
    filled = np.where(unknown, [term.fill for term in terms], own)
    center = np.average(filled, axis=0, weights=cases.weight)
    scale = np.sqrt(np.average((filled - center) ** 2, axis=0, weights=cases.weight))
    scale = np.where(scale > 0, scale, 1.0)
    sometimes = [len(np.unique(cases.person[column])) >= FEWEST_WITH for column in unknown.T]
    design = np.hstack([(filled - center) / scale, unknown[:, sometimes].astype(float)])
    is_lasso = learner.name == "lasso"
    learned = LogisticRegression(
        C=1 / penalty,
        l1_ratio=1.0 if is_lasso else 0.0,
        solver="liblinear" if is_lasso else "newton-cholesky",
        intercept_scaling=100.0,
        max_iter=200,
        tol=1e-6,
        random_state=told.seed % 2**31,
    ).fit(design, cases.happened, sample_weight=cases.weight)
    weights = learned.coef_[0]
    of_unknown = np.zeros(len(terms))
    of_unknown[sometimes] = weights[len(terms) :]
    made = zip(terms, center, scale, weights[: len(terms)], of_unknown, strict=True)
    return Model(
        {},
        tuple(
            replace(
                term, center=float(mean), scale=float(sd), weight=float(own), weight_unknown=float(unknown)
            )
            for term, mean, sd, own, unknown in made
        ),
        float(learned.intercept_[0]),
    )


def _fit_trees(
    cases: Cases, terms: tuple[Term, ...], *, penalty: float, learner: Learner, told: Models
) -> Model:
    """Shallow trees; no leaf of few entries, no split between fewer than ten."""
    import lightgbm

    own = Model({}, terms, 0.0).cut(cases.values, cases.predictors)
    settings = {
        "objective": "binary",
        "learning_rate": 0.05,
        "num_leaves": 6,
        "max_bin": 63,
        "min_data_in_bin": LEAST_BIN,
        "min_data_in_leaf": LEAST_LEAF,
        "min_sum_hessian_in_leaf": 0.1,
        "lambda_l2": penalty,
        "feature_fraction": 0.7,
        "monotone_constraints": [term.direction for term in terms],
        "monotone_constraints_method": "intermediate",
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": 1,
        "seed": told.seed,
        "verbosity": -1,
    }
    data = lightgbm.Dataset(own, label=cases.happened, weight=cases.weight, free_raw_data=True)
    booster = lightgbm.train(settings, data, num_boost_round=ROUNDS)
    text = without_extremes(booster.model_to_string())
    expected = float(lightgbm.Booster(model_str=text).predict(own[:1], pred_contrib=True)[0, -1])
    return Model({}, terms, expected, text)


def without_extremes(text: str) -> str:
    """LightGBM's text without the smallest and the largest value of each predictor, nor how it was made."""
    kept = []
    for line in text.partition("\nparameters:")[0].splitlines():
        if line.startswith("feature_infos="):
            line = "feature_infos=" + " ".join("none" for _ in line.partition("=")[2].split())
        kept.append(line)
    return "\n".join(kept) + "\n"
