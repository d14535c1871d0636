"""Odds ratios of matched sets, for tests that look for an effect which was planted."""

import math

import polars as pl


def odds_ratio(rows: pl.DataFrame) -> tuple[float, float, float]:
    """Mantel-Haenszel odds ratio over matched sets with its 95 % interval (Robins, Breslow, Greenland).

    rows    set_id, is_case, exposed
    """
    case, exposed = pl.col("is_case"), pl.col("exposed")
    cells = rows.group_by("set_id").agg(
        (case & exposed).sum().cast(pl.Float64).alias("a"),
        (case & ~exposed).sum().cast(pl.Float64).alias("b"),
        (~case & exposed).sum().cast(pl.Float64).alias("c"),
        (~case & ~exposed).sum().cast(pl.Float64).alias("d"),
        pl.len().cast(pl.Float64).alias("n"),
    )
    a, b, c, d, n = (cells[name].to_numpy() for name in "abcdn")
    r, s, p, q = a * d / n, b * c / n, (a + d) / n, (b + c) / n
    variance = (
        (p * r).sum() / (2 * r.sum() ** 2)
        + (p * s + q * r).sum() / (2 * r.sum() * s.sum())
        + (q * s).sum() / (2 * s.sum() ** 2)
    )
    estimate, wide = r.sum() / s.sum(), 1.96 * math.sqrt(variance)
    return estimate, estimate * math.exp(-wide), estimate * math.exp(wide)
