"""Which associations were seen twice: significant in a second country, in the same direction."""

from collections.abc import Sequence

import numpy as np
import polars as pl


def replication(
    log_odds_ratio: np.ndarray, p: np.ndarray, countries: Sequence[str], *, first: float, second: float
) -> pl.DataFrame:
    """Name the country of discovery and the one that repeats it.

    log_odds_ratio    J x C, +-inf allowed: a direction is enough; nan where a country has none
    p                 J x C, corrected for the number of exposures or not, as `first` and `second` are
    first, second     below which p a country discovers, and another repeats
    returns           J rows:

        first_country     smallest p below `first`; null when nothing was discovered
        second_country    smallest p below `second` of another country with the same sign; null when none
        is_replicated     there is a second country
        is_opposed        another country is significant (`second`) in the other direction

    When countries disagree, the direction that was repeated is told before the one that was not.
    """
    names = np.array([*countries, None], dtype=object)
    told = [_one_direction(sign * log_odds_ratio > 0, p, first, second) for sign in (1, -1)]
    up_is_told = _goes_first(*told)
    one, two, _, _ = (np.where(up_is_told, up, down) for up, down in zip(*told, strict=True))
    against = np.where(up_is_told, told[1][2], told[0][2])
    return pl.DataFrame(
        {
            "first_country": pl.Series(names[one].tolist(), dtype=pl.String),
            "second_country": pl.Series(names[two].tolist(), dtype=pl.String),
            "is_replicated": two >= 0,
            "is_opposed": (one >= 0) & (against < second),
        }
    )


def _one_direction(same: np.ndarray, p: np.ndarray, first: float, second: float) -> tuple[np.ndarray, ...]:
    """Best and second best country (-1: none), and their p (inf: none), of the estimates of one sign."""
    p = np.where(same & ~np.isnan(p), p, np.inf)
    order = np.argsort(p, axis=1, kind="stable")
    padded = np.pad(np.take_along_axis(p, order, axis=1), ((0, 0), (0, 2)), constant_values=np.inf)
    order = np.pad(order, ((0, 0), (0, 2)), constant_values=-1)
    best, next_best = padded[:, 0], padded[:, 1]
    one = np.where(best < first, order[:, 0], -1)
    two = np.where((one >= 0) & (next_best < second), order[:, 1], -1)
    return one, two, best, np.where(two >= 0, next_best, np.inf)


def _goes_first(up: tuple[np.ndarray, ...], down: tuple[np.ndarray, ...]) -> np.ndarray:
    repeated = (up[1] >= 0).astype(int) - (down[1] >= 0)
    return np.where(repeated != 0, repeated > 0, up[2] <= down[2])
