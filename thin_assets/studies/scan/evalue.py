"""E-values: how strong a hidden confounder would have to be to explain an association away.

VanderWeele and Ding 2017. The outcome is rare, so that an odds ratio stands for a risk ratio.
"""

import numpy as np


def e_value(log_odds_ratio: np.ndarray) -> np.ndarray:
    """Least risk ratio with exposure and with outcome that a confounder needs to bring the estimate to 1."""
    with np.errstate(over="ignore"):
        ratio = np.exp(np.abs(log_odds_ratio))
        # sqrt(r) sqrt(r - 1), for r (r - 1) leaves the doubles before r does
        return ratio + np.sqrt(ratio) * np.sqrt(ratio - 1)


def e_value_of_interval(lower: np.ndarray, upper: np.ndarray) -> np.ndarray:
    """E-value of the limit nearer to no association; 1 when the interval holds it.

    lower, upper    of the log odds ratio
    """
    nearer = np.where(lower > 0, lower, np.where(upper < 0, upper, 0.0))
    return np.where(np.isnan(lower) | np.isnan(upper), np.nan, e_value(nearer))
