"""Matched sets for tests of the association scan: made member by member, and reduced to patterns."""

from collections.abc import Sequence

import numpy as np
import polars as pl

SCHEMA = {
    "exposure_id": pl.Int64,
    "set_size": pl.Int64,
    "exposed": pl.Int64,
    "case_exposed": pl.Boolean,
    "sets": pl.Int64,
}


def table(*rows: tuple[int, int, bool, int], exposure_id: int = 1) -> pl.DataFrame:
    """Patterns of one exposure: set size, exposed, case exposed, sets."""
    return pl.DataFrame([(exposure_id, *row) for row in rows], schema=SCHEMA, orient="row")


def pairs(case_only: int, control_only: int, *, exposure_id: int = 1) -> pl.DataFrame:
    """Discordant pairs of one exposure."""
    return table((2, 1, True, case_only), (2, 1, False, control_only), exposure_id=exposure_id)


def members(patterns: pl.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Every member of every set: set, whether the case, whether exposed."""
    rows: list[tuple[int, int, int]] = []
    number = 0
    for size, exposed, case, sets in patterns.select(
        "set_size", "exposed", "case_exposed", "sets"
    ).iter_rows():
        others = exposed - int(case)
        for _ in range(sets):
            rows.append((number, 1, int(case)))
            rows.extend((number, 0, int(member < others)) for member in range(size - 1))
            number += 1
    return tuple(np.array(rows).T)


def drawn(
    rng: np.random.Generator,
    exposures: int,
    sets: int,
    sizes: Sequence[int],
    prevalence: float,
    effect: float,
) -> pl.DataFrame:
    """Patterns of exposures with the same log odds ratio; the case of a set is drawn from its members."""
    frames = []
    for size in sizes:
        exposed = rng.binomial(size, prevalence, (exposures, sets))
        odds = exposed * np.exp(effect)
        case = rng.random((exposures, sets)) < odds / (odds + size - exposed)
        row = np.repeat(np.arange(exposures), sets)
        frames.append(
            pl.DataFrame(
                {
                    "exposure_id": row,
                    "set_size": size,
                    "exposed": exposed.ravel(),
                    "case_exposed": case.ravel(),
                }
            )
        )
    keys = ["exposure_id", "set_size", "exposed", "case_exposed"]
    return pl.concat(frames).group_by(keys).agg(pl.len().cast(pl.Int64).alias("sets")).sort(keys)
