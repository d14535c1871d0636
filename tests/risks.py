"""Entries of a problem that a test makes up: predictors, and what came after."""

import numpy as np

from thin_assets.studies.risk.problems import Cases
from thin_assets.studies.risk.survival import CENSORED, EVENT, censoring_weights

HORIZON = 730


def cases(happened, *, days=None, outcome=None, weight=None, values=None, predictors=(), **more) -> Cases:
    """Entries with or without the event; what is not told is alike for all, and each is a person."""
    happened = np.asarray(happened, dtype=bool)
    size = len(happened)
    days = np.where(happened, HORIZON // 2, HORIZON) if days is None else np.asarray(days)
    outcome = np.where(happened, EVENT, CENSORED) if outcome is None else np.asarray(outcome)
    horizon = np.full(size, HORIZON)
    told = {
        "periods_back": np.ones(size, dtype=np.int64),
        "person": np.arange(size),
        "practice": np.zeros(size, dtype=np.int64),
        "split": np.full(size, "train", dtype=object),
        "sex": np.full(size, "female", dtype=object),
        "age": np.full(size, 60),
        "deprivation": np.full(size, np.nan),
    }
    return Cases(
        predictors=tuple(predictors),
        values=np.zeros((size, len(predictors))) if values is None else np.asarray(values, dtype=float),
        days=days,
        outcome=outcome,
        horizon=horizon,
        happened=happened,
        weight=censoring_weights(days, outcome, horizon) if weight is None else np.asarray(weight, float),
        **{name: np.asarray(more.get(name, value)) for name, value in told.items()},
    )


def drawn(rng: np.random.Generator, size: int, effect: float = 1.0, level: float = -2.0) -> tuple:
    """Log odds that are true, and entries whose outcome they decide."""
    log_odds = level + effect * rng.normal(size=size)
    return log_odds, cases(rng.random(size) < 1 / (1 + np.exp(-log_odds)))
