"""The interval of a share."""

import math

from thin_assets.domain.normal import NORMAL


def wilson_interval(part: int, whole: int) -> tuple[float, float]:
    """Wilson's score interval of 95 % (1927): shares from which this one lies within so many errors.

    whole    above 0
    >>> [round(end, 4) for end in wilson_interval(81, 263)]
    [0.2553, 0.3662]
    """
    share, squared = part / whole, NORMAL * NORMAL / whole
    middle = share + squared / 2
    half = NORMAL * math.sqrt(share * (1 - share) / whole + squared / (4 * whole))
    lower, upper = ((middle + sign * half) / (1 + squared) for sign in (-1, 1))
    return (lower if part else 0.0), (upper if part < whole else 1.0)
