"""Triple inhaled therapy of COPD by plan: what came before, the therapy, how long it lasts, what comes after.

Courses that each follow a law of their own say nothing certain about a therapy that consists of several. So
where persistence is planted, the inhaled maintenance therapy of everybody with COPD is planned as a whole:
`rates/triple_therapy.csv` has the therapies of each step with their shares. The therapy lasts from its first
day for as many days as its law says, and its last prescription is for what is left of them: that, the time
until the last covered day, is what is planted.
"""

from functools import cache

import numpy as np
import polars as pl

from thin_assets.synthetic.chance import happens, stream
from thin_assets.synthetic.codes.products import PRODUCTS_PER_DRUG
from thin_assets.synthetic.coding import codes
from thin_assets.synthetic.days import NEVER
from thin_assets.synthetic.morbidity import burden
from thin_assets.synthetic.parameters import rates
from thin_assets.synthetic.rows import Rows, stacked, take
from thin_assets.synthetic.therapy import course_rows

Laws = dict[str, tuple[float, float]]
"""Weibull shape and scale in days by therapy."""

TREATED = 0.8
"""Share of those with COPD who come to triple therapy; the others have the step before alone."""

FIRST_AFTER, LAG = 400, 600
"""Days from diagnosis or registration on: so many, and an exponential number with this mean."""

BEFORE, AFTER = (200, 500), (0.9, 400)
"""Days of the step before: so many, and an exponential number with this mean. Law of the step after."""

RELIEVERS = ("salbutamol", "ipratropium")
MAINTENANCE = "R03[AB]"
"""ATC classes of inhaled drugs for obstructive airway disease."""

OTHER_TRIPLE = "other_triple"


def laws_of(rows: list[dict]) -> Laws:
    """Laws among planted effects; none where persistence is not planted."""
    return {
        row["exposure"]: (row["multiplier"], row["change"]) for row in rows if row["kind"] == "persistence"
    }


def planned(world: tuple, names: tuple, people: Rows, onset: np.ndarray, laws: Laws, usual: Rows) -> Rows:
    """The usual courses, with inhaled maintenance therapy of those with COPD as it is planned."""
    begun = onset[:, burden(world[1]).at("copd")]
    ill = np.flatnonzero(begun < NEVER)
    free = ~(np.isin(usual["who"], ill) & _is_maintenance()[usual["product"] // PRODUCTS_PER_DRUG])
    rng = stream(*world, *names, "triple therapy")
    since = np.maximum(begun[ill], people["entry"][ill])
    return stacked([take(usual, free), *planned_courses(rng, ill, since, laws)])


def planned_courses(rng: np.random.Generator, who: np.ndarray, since: np.ndarray, laws: Laws) -> list[Rows]:
    """Courses of patients who have COPD, and are registered, since a day."""
    index = since + FIRST_AFTER + rng.exponential(LAG, len(who)).astype(np.int32)
    therapy, before, after = (_chosen(rng, step, len(who)) for step in ("index", "before", "after"))
    lead = BEFORE[0] + rng.exponential(BEFORE[1], len(who)).astype(np.int32)
    treated = happens(rng, np.full(len(who), TREATED))
    parts = _courses(rng, who, "before", before, np.maximum(index - lead, since), index)
    stop = index + _lengths(rng, therapy, laws)
    parts += _courses(rng, who, "index", np.where(treated, therapy, -1), index, stop)
    end = stop + np.rint(rng.weibull(AFTER[0], len(who)) * AFTER[1]).astype(np.int32).clip(1)
    other = treated & (_names("after")[after] == OTHER_TRIPLE)
    parts += _courses(rng, who, "after", np.where(treated, after, -1), stop, end)
    switched = _of_the_other_kind(rng, therapy)
    end = stop + _lengths(rng, switched, laws)
    return parts + _courses(rng, who, "index", np.where(other, switched, -1), stop, end)


def _courses(
    rng: np.random.Generator,
    who: np.ndarray,
    step: str,
    chosen: np.ndarray,
    start: np.ndarray,
    stop: np.ndarray,
) -> list[Rows]:
    """Every drug of the chosen therapies, all from the same day on; -1: none."""
    parts = []
    for number, row in enumerate(_step(step).iter_rows(named=True)):
        mine = np.flatnonzero((chosen == number) & (stop > start))
        for drug in (row["drugs"] or "").split():
            product = rng.integers(0, PRODUCTS_PER_DRUG, len(mine))
            length = stop[mine] - start[mine]
            parts.append(course_rows(who[mine], drug, product, start[mine], length, exact=True))
    return parts


def _lengths(rng: np.random.Generator, therapy: np.ndarray, laws: Laws) -> np.ndarray:
    shape, scale = np.array([laws[name] for name in _names("index")]).T[:, therapy]
    return np.rint(rng.weibull(shape) * scale).clip(1, 30_000).astype(np.int32)


def _of_the_other_kind(rng: np.random.Generator, therapy: np.ndarray) -> np.ndarray:
    """For each, a therapy of the index step from the other number of devices."""
    kinds = _names("index")
    found = np.empty_like(therapy)
    for kind in set(kinds):
        mine = np.flatnonzero(kinds[therapy] == kind)
        found[mine] = rng.choice(np.flatnonzero(kinds != kind), len(mine))
    return found


def _chosen(rng: np.random.Generator, step: str, count: int) -> np.ndarray:
    shares = _step(step)["share"].to_numpy()
    return rng.choice(len(shares), count, p=shares / shares.sum())


def _names(step: str) -> np.ndarray:
    return _step(step)["therapy"].to_numpy()


@cache
def _step(step: str) -> pl.DataFrame:
    return rates("triple_therapy").filter(step=step)


@cache
def _is_maintenance() -> np.ndarray:
    drugs = codes("drugs")
    inhaled = drugs["atc"].str.contains(f"^{MAINTENANCE}").fill_null(False)
    return (inhaled & ~drugs["notion"].is_in(RELIEVERS)).to_numpy()
