"""A model as a file: what it needs to score somebody, and no row of those it learned from.

The file is JSON. Steps of `log_odds` are all there is to know, so that any program can follow them:
predictors in order, each cut to its limits; then either a sum, unknown ones filled, or LightGBM's own text.

Limits and fills are percentiles of ten persons or more, split points of trees lie between ten or more, leaves
hold 20 or more: nothing in the file is the value of one person.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import lightgbm

FORMAT = "thin-risk-model/1"


@dataclass(frozen=True)
class Term:
    """One predictor of a model.

    low, high         values beyond them count as they
    fill              value of who has none; trees are told that it is unknown
    center, scale     of the standardised value; of a sum only
    weight            of the standardised value; 0 for trees
    weight_unknown    added where it is unknown; 0 for trees
    direction         1: risk may only rise with it, -1: only fall, 0: either
    """

    name: str
    title: str
    direction: int
    low: float
    high: float
    fill: float
    center: float = 0.0
    scale: float = 1.0
    weight: float = 0.0
    weight_unknown: float = 0.0


@dataclass(frozen=True)
class Model:
    """What was learned of a problem in one country and month.

    told       what it is: site, population, horizon in years, learner, country, snapshot, build ...
    terms      predictors in order; those that could not be learned are not among them
    trees      LightGBM's text; None for a sum
    decile_scores    nine values that part the scores of the entries it learned from, to see drift by
    """

    told: Mapping[str, Any]
    terms: tuple[Term, ...]
    intercept: float
    trees: str | None = None
    decile_scores: tuple[float, ...] = field(default=())

    @property
    def predictors(self) -> tuple[str, ...]:
        """Names of its predictors, in order."""
        return tuple(term.name for term in self.terms)

    def text(self) -> str:
        """The file; the same model gives the same bytes."""
        whole = {
            "format": FORMAT,
            **self.told,
            "intercept": self.intercept,
            "terms": [vars(term) for term in self.terms],
            "trees": self.trees,
            "decile_scores": list(self.decile_scores),
        }
        return json.dumps(whole, indent=1, sort_keys=True) + "\n"

    @classmethod
    def read(cls, text: str) -> "Model":
        """A model from its file."""
        whole = json.loads(text)
        terms = tuple(Term(**term) for term in whole.pop("terms"))
        intercept, trees, deciles = (whole.pop(name) for name in ("intercept", "trees", "decile_scores"))
        whole.pop("format")
        return cls(whole, terms, intercept, trees, tuple(deciles))

    def score(self, values: np.ndarray, predictors: tuple[str, ...]) -> np.ndarray:
        """Risk within the horizon.

        values        a column for each of `predictors`; NaN: unknown
        """
        return 1 / (1 + np.exp(-self.log_odds(values, predictors)))

    def log_odds(self, values: np.ndarray, predictors: tuple[str, ...]) -> np.ndarray:
        """Log odds of the risk."""
        if self.trees is not None:
            return self._booster.predict(self.cut(values, predictors), raw_score=True, num_threads=1)
        return self.intercept + self.contributions(values, predictors).sum(axis=1)

    def contributions(self, values: np.ndarray, predictors: tuple[str, ...]) -> np.ndarray:
        """What each predictor adds to the log odds, beyond what it adds to those of an average entry.

        returns    a column per term; with the intercept they add up to the log odds
        """
        own = self.cut(values, predictors)
        if self.trees is not None:
            return self._booster.predict(own, pred_contrib=True, num_threads=1)[:, :-1]
        unknown = np.isnan(own)
        terms = self.terms
        filled = np.where(unknown, [term.fill for term in terms], own)
        standard = (filled - [term.center for term in terms]) / [term.scale for term in terms]
        return standard * [term.weight for term in terms] + unknown * [term.weight_unknown for term in terms]

    def cut(self, values: np.ndarray, predictors: tuple[str, ...]) -> np.ndarray:
        """The predictors of the model, in its order, within their limits."""
        places = [predictors.index(term.name) for term in self.terms]
        lows, highs = [term.low for term in self.terms], [term.high for term in self.terms]
        return np.clip(values[:, places], lows, highs)

    @cached_property
    def _booster(self) -> "lightgbm.Booster":
        import lightgbm

        return lightgbm.Booster(model_str=self.trees)
