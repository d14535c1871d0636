"""Intervals of shares, as expressions of columns."""

import polars as pl

from thin_assets.domain.normal import NORMAL


def wilson(part: pl.Expr, whole: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Ends of the 95 % interval of a share (Wilson 1927), within 0 and 1.

    >>> low, high = wilson(pl.lit(15), pl.lit(100))
    >>> pl.select(low.round(4).alias("low"), high.round(4).alias("high")).row(0)
    (0.0931, 0.2328)
    """
    share, square = part / whole, NORMAL * NORMAL
    middle = (share + square / (2 * whole)) / (1 + square / whole)
    half = NORMAL * (share * (1 - share) / whole + square / (4 * whole * whole)).sqrt() / (1 + square / whole)
    return (middle - half).clip(0, 1), (middle + half).clip(0, 1)
