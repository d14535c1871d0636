"""The exact interval of a Poisson count."""


def exact_interval(count: int, *, level: float = 0.95) -> tuple[float, float]:
    """Garwood's interval: the means under which a count this low, or this high, is just not too rare.

    >>> [round(end, 3) for end in exact_interval(10)]
    [4.795, 18.39]
    """
    from scipy.special import gammaincinv  # the sum of a Poisson tail is an incomplete gamma function

    tail = (1 - level) / 2
    lower = float(gammaincinv(count, tail)) if count else 0.0
    return lower, float(gammaincinv(count + 1, 1 - tail))
