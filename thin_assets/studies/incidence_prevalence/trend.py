"""Whether a rate rises: Poisson regression of events on year, sex and age, with time at risk as offset."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from thin_assets.domain.normal import NORMAL

MOST_STEPS, CLOSE = 50, 1e-10
FEWEST_EVENTS = 30
FEWEST_YEARS = 3


@dataclass(frozen=True)
class Trend:
    """Rate ratios with their 95 % intervals; None where numbers are too few.

    per_year    of a year to the year before, women and men of the same age
    of_men      of men to women of the same age and year
    """

    per_year: tuple[float, float, float] | None = None
    of_men: tuple[float, float, float] | None = None


def trend(cells: pl.DataFrame) -> Trend:
    """Fit the cells of one analysis and outcome.

    cells    year, sex, age_band, person_years, outcome_count; no totals
    """
    told = cells.filter(pl.col("person_years") > 0)
    for stratum in ("sex", "age_band"):  # one without events tells nothing
        told = told.filter(pl.col("outcome_count").sum().over(stratum) > 0)
    years = told.get_column("year").n_unique() if told.height else 0
    if years < FEWEST_YEARS or told.get_column("outcome_count").sum() < FEWEST_EVENTS:
        return Trend()
    return _fitted(told)


def _fitted(told: pl.DataFrame) -> Trend:
    bands = sorted(set(told["age_band"]))[1:]
    both = told["sex"].n_unique() > 1
    columns = {"constant": np.ones(told.height), "year": told["year"].to_numpy() - told["year"].min()}
    if both:
        columns["men"] = (told["sex"] == "male").to_numpy()
    columns |= {band: (told["age_band"] == band).to_numpy() for band in bands}
    design = np.column_stack(list(columns.values())).astype(float)
    found, spread = poisson_regression(
        told["outcome_count"].to_numpy(), design, np.log(told["person_years"].to_numpy())
    )
    ends = np.exp(np.column_stack([found, found - NORMAL * spread, found + NORMAL * spread]))
    ratios = {name: tuple(float(end) for end in row) for name, row in zip(columns, ends, strict=True)}
    return Trend(ratios["year"], ratios.get("men"))


def poisson_regression(
    events: np.ndarray, design: np.ndarray, offset: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients and their standard errors, by Newton's method; as statsmodels' GLM finds them.

    It is written out because to load statsmodels takes longer than all else that the study does in a small
    partition. The first column of the design is 1; no column may be a sum of others.
    """
    found = np.zeros(design.shape[1])
    found[0] = np.log(events.sum() / np.exp(offset).sum())
    for _ in range(MOST_STEPS):
        expected = np.exp(design @ found + offset)
        information = design.T @ (design * expected[:, None])
        step = np.linalg.solve(information, design.T @ (events - expected))
        found = found + step
        if np.abs(step).max() < CLOSE:
            break
    return found, np.sqrt(np.diag(np.linalg.inv(information)))
