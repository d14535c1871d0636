"""When each chronic disease and cancer begins in a life.

A disease begins at the age where its cumulative hazard reaches a personal, exponentially drawn threshold. So
what a person had long before registration, what begins while observed and what would begin later follow from
one draw, and no snapshot moves another's lives. Hazards follow the prevalence, or the incidence, in `rates/`.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import polars as pl

from thin_assets.synthetic.days import NEVER, YEAR
from thin_assets.synthetic.parameters import (
    OLDEST,
    by_age,
    by_age_rows,
    by_sex,
    country_rates,
    pyramid,
    rates,
)

AGES = np.arange(OLDEST + 2)


@dataclass(frozen=True)
class Burden:
    """The chronic diseases of a country, in the order in which one may cause the next.

    cumulative   hazard accumulated until each birthday: (diseases, sex, ages), sex 0 female, 1 male
    recoded      times a year that an active disease is coded again
    survival     median years from onset to death; NaN where the disease does not kill
    remembered   chance that a disease older than the registration is entered; NaN for the usual chance
    """

    names: tuple[str, ...]
    cumulative: np.ndarray
    recoded: np.ndarray
    survival: np.ndarray
    remembered: np.ndarray

    def at(self, name: str) -> int:
        """Number of a disease."""
        return self.names.index(name)

    def hazard_until(self, disease: int, male: np.ndarray, ages: np.ndarray) -> np.ndarray:
        """Cumulative hazard of a disease at the given ages in years."""
        women, men = (np.interp(ages, AGES, self.cumulative[disease, sex]) for sex in (0, 1))
        return np.where(male, men, women)


@cache
def burden(country: str) -> Burden:
    """Diseases of `conditions.csv`, scaled to the country's prevalence, then cancers by incidence."""
    chronic, sites = rates("conditions"), rates("cancer_sites")
    cumulative = np.concatenate([_chronic_hazards(country), _cancer_hazards(country)])
    numbers = ("recoded_per_year", "survival_years", "history_recorded")
    known = pl.concat(
        [frame.select("notion", pl.col(numbers).cast(pl.Float64)) for frame in (chronic, sites)]
    ).fill_null(np.nan)
    columns = (known[name].to_numpy() for name in numbers)
    return Burden(tuple(known["notion"]), cumulative, *columns)


def _chronic_hazards(country: str) -> np.ndarray:
    frame = rates("conditions").join(rates("shapes"), on="shape", how="left", maintain_order="left")
    weights = by_age(frame)
    sexes = by_sex(frame["male_ratio"].to_numpy())
    yearly = weights[:, None, :] * sexes.T[:, :, None] / 1000
    survival = frame["survival_years"].cast(pl.Float64).fill_null(np.inf).to_numpy()
    wanted = frame[country].to_numpy() / 1000
    return _accumulated(yearly * _scale_to(wanted, yearly, survival, pyramid(country))[:, None, None])


def _scale_to(wanted: np.ndarray, yearly: np.ndarray, survival: np.ndarray, ages: np.ndarray) -> np.ndarray:
    """The factor per disease at which its prevalence in the living population is as wanted (bisection)."""
    low, high = np.zeros(len(wanted)), np.full(len(wanted), 1e4)
    for _ in range(50):
        middle = (low + high) / 2
        ill = _prevalence(yearly * middle[:, None, None], np.log(2) / survival).mean(axis=1) @ ages
        low, high = np.where(ill < wanted, middle, low), np.where(ill < wanted, high, middle)
    return (low + high) / 2


def _prevalence(yearly: np.ndarray, mortality: np.ndarray) -> np.ndarray:
    """Share of the living who are ill at each age, when the ill die sooner: (diseases, sex, ages)."""
    well, ill = np.ones(yearly.shape[:2]), np.zeros(yearly.shape[:2])
    found = np.empty(yearly.shape)
    for age in range(yearly.shape[2]):
        new = well * -np.expm1(-yearly[:, :, age])
        found[:, :, age] = (ill + new / 2) / (well - new / 2 + ill + new / 2)
        well, ill = well - new, (ill + new) * np.exp(-mortality)[:, None]
    return found


def _cancer_hazards(country: str) -> np.ndarray:
    norms, table = country_rates(country), rates("cancers")
    found = []
    for site in rates("cancer_sites").iter_rows(named=True):
        columns = [f"{site['site']}_{sex}" for sex in "fm"]
        yearly = [
            by_age_rows(table, column) * norms[column] if column in table.columns else np.zeros(OLDEST + 1)
            for column in columns
        ]
        found.append(np.stack(yearly) * site["share"] * norms["recorded"] / 100_000)
    return _accumulated(np.stack(found))


def _accumulated(yearly: np.ndarray) -> np.ndarray:
    zero = np.zeros((*yearly.shape[:2], 1))
    return np.concatenate([zero, np.cumsum(yearly, axis=2)], axis=2)


def onset_days(
    country: str, disease: int, born: np.ndarray, male: np.ndarray, thresholds: np.ndarray
) -> np.ndarray:
    """Day on which a disease begins, given each person's threshold; NEVER if beyond old age."""
    curves = burden(country).cumulative[disease]
    rising = curves + np.arange(OLDEST + 2) * 1e-12
    age = np.where(male, np.interp(thresholds, rising[1], AGES), np.interp(thresholds, rising[0], AGES))
    reached = thresholds < np.where(male, curves[1, -1], curves[0, -1])
    return np.where(reached, born + age * YEAR, NEVER).astype(np.int32)


def threshold_under(hazards: list[tuple[np.ndarray, float]], thresholds: np.ndarray) -> np.ndarray:
    """Thresholds on the unexposed scale, when exposures multiply the hazard from some point on.

    hazards   for each exposure: cumulative hazard at which it starts (inf: never exposed) and its multiplier
    """
    if not hazards:
        return thresholds
    points = np.stack([start for start, _ in hazards], axis=1)
    order = np.argsort(points, axis=1)
    multipliers = np.array([multiplier for _, multiplier in hazards])[order]
    points = np.take_along_axis(points, order, axis=1)
    left, reached, pace = thresholds.astype(np.float64), np.zeros(len(thresholds)), np.ones(len(thresholds))
    settled = np.full(len(thresholds), np.nan)
    for step in range(points.shape[1]):
        length = (points[:, step] - reached) * pace
        here = np.isnan(settled) & (left <= length)
        settled[here] = (reached + left / pace)[here]
        finite = np.isfinite(points[:, step])
        left = np.where(finite, left - length, left)
        reached = np.where(finite, points[:, step], reached)
        pace = pace * np.where(finite, multipliers[:, step], 1)
    return np.where(np.isnan(settled), reached + left / pace, settled)


def shortened(people: dict, onset: np.ndarray, lethal: np.ndarray, rng: np.random.Generator) -> None:
    """Diseases that kill bring the day of death forward; who would have died before entry never had them.

    lethal   (disease, median survival in years) rows, as arrays in a tuple
    """
    for disease, median in zip(*lethal, strict=True):
        ill = np.flatnonzero(onset[:, disease] < NEVER)
        survival = rng.exponential(median / np.log(2), len(ill)) * YEAR
        death = onset[ill, disease] + np.maximum(survival, 10).astype(np.int32)
        impossible = death <= people["entry"][ill] + 2
        onset[ill[impossible], disease] = NEVER
        dies = ill[~impossible]
        people["dies"][dies] = np.minimum(people["dies"][dies], death[~impossible])
