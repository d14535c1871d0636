"""Proportion of days covered: days of the first year on which all of the therapy is in supply."""

import numpy as np
import polars as pl

from thin_assets.studies.triple_therapy.courses import PARTS

BANDS = (
    (0.0, "below 20 %"),
    (0.2, "20 to 39 %"),
    (0.4, "40 to 59 %"),
    (0.6, "60 to 79 %"),
    (0.8, "80 % and more"),
)


def days_covered(parts: pl.DataFrame, users: pl.DataFrame, days: int) -> pl.DataFrame:
    """(person_id, arm, covered): share of so many days from the index on, of those observed for all of them.

    parts     as `courses.parts_of`, whatever the gaps; a day counts where every part is in supply
    """
    whole = pl.col("observed_until") >= pl.col("index") + pl.duration(days=days - 1)
    seen = users.filter(whole).select("person_id", "arm", place=pl.int_range(pl.len()))
    covered = np.ones((seen.height, days), dtype=bool)
    for arm, names in PARTS.items():
        of_arm = (seen["arm"] == arm).to_numpy()[:, None]
        for part in names:
            of_part = parts.filter(arm=arm, part=part).join(seen.select("person_id", "place"), on="person_id")
            covered &= _supplied(of_part, seen.height, days) | ~of_arm
    return seen.select("person_id", "arm", covered=pl.Series(covered.mean(axis=1), dtype=pl.Float64))


def _supplied(rows: pl.DataFrame, persons: int, days: int) -> np.ndarray:
    """Whether each person has supply on each day."""
    first, last = (
        rows.select((pl.col(name) - pl.col("index")).dt.total_days().clip(0, days)).to_series().to_numpy()
        for name in ("start", "end")
    )
    inside = first < days
    place, after = rows["place"].to_numpy(), np.minimum(last + 1, days)
    edges = np.zeros((persons, days + 1), dtype=np.int32)
    np.add.at(edges, (place[inside], first[inside]), 1)
    np.add.at(edges, (place[inside], after[inside]), -1)
    return np.cumsum(edges, axis=1)[:, :days] > 0


def band(covered: pl.Expr) -> pl.Expr:
    """Band of a share, in words."""
    found = pl.lit(BANDS[0][1])
    for lowest, name in BANDS[1:]:
        found = pl.when(covered >= lowest).then(pl.lit(name)).otherwise(found)
    return found
