"""Conditional logistic regression with a few covariates: for the associations that passed the scan.

Smoking, class of BMI and consultations belong here, and whatever else is known of every member. The
likelihood is that of a case among the members of its set; all sets are summed at once.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtr

STEPS = 50
TOLERANCE = 1e-9
HALVINGS = 30


@dataclass(frozen=True)
class Adjusted:
    """Coefficients of a conditional logistic model.

    coefficient, error   log odds ratios and standard errors, in the order of the columns
    log_likelihood       at the estimate
    converged            False when an estimate runs to infinity or a column repeats others: do not report it
    sets                 sets that hold a case and a control
    """

    coefficient: np.ndarray
    error: np.ndarray
    log_likelihood: float
    converged: bool
    sets: int

    @property
    def p(self) -> np.ndarray:
        """Two-sided Wald p of each coefficient."""
        return 2 * ndtr(-np.abs(self.coefficient / self.error))


def conditional_logistic(set_id: np.ndarray, is_case: np.ndarray, covariates: np.ndarray) -> Adjusted:
    """Fit a model to members of matched sets; one case a set.

    set_id        N, in any order
    is_case       N, boolean
    covariates    N x P, exposure first by custom; without an intercept, and nothing missing: sets with a
                  member of unknown smoking are the caller's to decide on
    Raises ValueError when a set has no case, or more than one.
    """
    order = np.lexsort((~is_case, set_id))
    sets = set_id[order]
    first = np.flatnonzero(np.append(True, sets[1:] != sets[:-1]))
    if (np.add.reduceat(is_case[order].astype(int), first) != 1).any():
        raise ValueError("every set has one case")
    # the case is the first of its set: differences to it are all that the likelihood knows
    row = np.repeat(np.arange(len(first)), np.diff(first, append=len(order)))
    x = covariates[order].astype(float)
    x -= x[first][row]
    # columns of like size, so that neither steps nor the rank depend on units
    size = np.sqrt(np.diag(_parts(x, first, row, np.zeros(x.shape[1]))[2]) / len(first))
    unit = np.where(size > 0, size, 1.0)
    found = _newton(x / unit, first, row)
    return replace(found, coefficient=found.coefficient / unit, error=found.error / unit)


def _newton(x: np.ndarray, first: np.ndarray, row: np.ndarray) -> Adjusted:
    b, converged = np.zeros(x.shape[1]), False
    log, gradient, information = _parts(x, first, row, b)
    for _ in range(STEPS):
        if not _solvable(information):
            break
        step = np.linalg.solve(information, gradient)
        for _ in range(HALVINGS):
            tried = _parts(x, first, row, b + step)
            if tried[0] >= log - 1e-12 * abs(log):
                break
            step /= 2
        b, (log, gradient, information) = b + step, tried
        if np.abs(step).max() < TOLERANCE:
            converged = True
            break
    solvable = converged and _solvable(information)
    error = np.sqrt(np.diag(np.linalg.inv(information))) if solvable else np.full(len(b), np.nan)
    told = int((np.diff(first, append=len(row)) > 1).sum())
    return Adjusted(b, error, float(log), solvable, told)


def _solvable(information: np.ndarray) -> bool:
    """Whether columns tell different things."""
    scale = np.sqrt(np.diag(information))
    return bool((scale > 1e-8).all() and np.linalg.cond(information / np.outer(scale, scale)) < 1e12)


def _parts(x: np.ndarray, first: np.ndarray, row: np.ndarray, b: np.ndarray) -> tuple:
    """Log-likelihood, gradient and information."""
    linear = x @ b
    top = np.maximum.reduceat(linear, first)
    weight = np.exp(linear - top[row])
    total = np.add.reduceat(weight, first)
    p = weight / total[row]
    mean = np.add.reduceat(p[:, None] * x, first, axis=0)
    return (
        -float((top + np.log(total)).sum()),
        -mean.sum(axis=0),
        (x * p[:, None]).T @ x - mean.T @ mean,
    )
