"""The interval of a share."""

import math

_Z = {0.95: 1.959963984540054}


def wilson_interval(part: int, whole: int, *, level: float = 0.95) -> tuple[float, float]:
    """Wilson's score interval (1927): the shares from which this one lies within so many standard errors.

    whole    above 0
    level    0.95 only
    >>> [round(end, 4) for end in wilson_interval(81, 263)]
    [0.2553, 0.3662]
    """
    z = _Z[level]
    share, squared = part / whole, z * z / whole
    middle = share + squared / 2
    half = z * math.sqrt(share * (1 - share) / whole + squared / (4 * whole))
    lower, upper = ((middle + sign * half) / (1 + squared) for sign in (-1, 1))
    return (lower if part else 0.0), (upper if part < whole else 1.0)
