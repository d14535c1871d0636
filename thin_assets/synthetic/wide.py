"""Wide mode: thousands of candidate factors under local codes, nearly all of which have to do with nothing.

A factor is something that is recorded now and then, from registration on; nobody can tell from its code what
it is. `rates/factors.csv` says which share of them is planted, and how; the rest is null. The codes are those
of `codes/factors.py`.

cause        from its first record on, a factor multiplies the hazard of an outcome; it is there for good, and
             recorded again twice a year or so
early_sign   it is more often recorded in the window before the outcome, which brought it
null         neither. A half of the null factors is recorded more often of those who see their doctor often

How often a factor is recorded, at which age, and what it is, follow from the number of factors alone: they
are the same in every country, month and world.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import polars as pl

from thin_assets.synthetic.chance import happens, stream
from thin_assets.synthetic.codes.factors import FIRST_CONCEPT, code
from thin_assets.synthetic.days import NEVER, YEAR
from thin_assets.synthetic.effects import added, outcome_days, window_before
from thin_assets.synthetic.parameters import OLDEST, by_age, rates
from thin_assets.synthetic.rows import Rows, stacked, take

PER_1000_YEARS = (2.0, 40.0)
"""Records a year at the age at which a factor is most frequent: log-uniform between these."""

SHAPES = ("adult", "middle", "late", "old")
"""At which ages a factor is recorded: rows of `rates/shapes.csv`."""

AGAIN = 2.0
"""Times a year that a cause is recorded again."""

LONGEST = int(35 * YEAR)
"""So long after registration factors are drawn: nobody stays longer in the years that are simulated."""

ALIKE = 1e6
"""Planted factors are recorded of all people alike, whether they see their doctor often or not."""

EXPOSURE = "factor "
"""Begins the name of a factor as the exposure of a planted effect."""


@dataclass(frozen=True)
class Factors:
    """Arrays with one element per factor.

    per_year   records a year at the most frequent age
    shape      position in SHAPES; by_care whether recorded in proportion to the use of care
    planted    row of `rates/factors.csv`; -1 for a null factor
    """

    per_year: np.ndarray
    shape: np.ndarray
    by_care: np.ndarray
    planted: np.ndarray


@cache
def factors(count: int) -> Factors:
    """So many factors; as many as the shares say are planted, at least one of each row."""
    rng = stream("factors", count)
    low, high = np.log(PER_1000_YEARS)
    planted = np.full(count, -1, dtype=np.int16)
    free = rng.permutation(count)
    for row, share in enumerate(rates("factors")["share"]):
        chosen, free = np.split(free, [max(1, round(share * count))])
        planted[chosen] = row
    return Factors(
        per_year=np.exp(rng.uniform(low, high, count)) / 1000,
        shape=rng.integers(0, len(SHAPES), count),
        by_care=(rng.random(count) < 0.5) & (planted < 0),
        planted=planted,
    )


def planted_factors(count: int, country: str) -> list[dict]:
    """Planted factors that apply to a country, in the shape of rows of `rates/effects.csv`."""
    kinds = {"cause": "hazard", "early_sign": "factor"}
    if not count:
        return []
    rows, found = list(rates("factors").iter_rows(named=True)), factors(count)
    return [
        {"effect": row["role"], "kind": kinds[row["role"]], "exposure": f"{EXPOSURE}{number}", "sex": None}
        | {"outcome": row["outcome"], "country": row["country"], "multiplier": row["multiplier"]}
        | {"from_days": row["from_days"], "to_days": row["to_days"], "change": None, "basis": "assumed"}
        for number in np.flatnonzero(found.planted >= 0).tolist()
        for row in [rows[found.planted[number]]]
        if row["country"] in (None, country)
    ]


def number_of(exposure: str) -> int:
    """Number of a factor from its name as an exposure.

    >>> number_of("factor 12")
    12
    """
    return int(exposure.removeprefix(EXPOSURE))


def truth(count: int) -> pl.DataFrame:
    """What every factor is: one row each, null where nothing was planted; `country` null: in all of them."""
    found = factors(count)
    of_plan = rates("factors").drop("share").with_row_index("planted").cast({"planted": pl.Int16})
    rows = pl.DataFrame(
        {
            "concept_id": FIRST_CONCEPT + np.arange(count),
            "code": [code(one) for one in range(count)],
            "planted": found.planted,
            "per_1000_years": found.per_year * 1000,
            "shape": [SHAPES[one] for one in found.shape],
            "by_use_of_care": found.by_care,
        }
    )
    rows = rows.join(of_plan, on="planted", how="left", maintain_order="left").drop("planted")
    return rows.with_columns(pl.col("role").fill_null("null"), pl.col("multiplier").fill_null(1.0))


def recorded(world: tuple, names: tuple, people: Rows, count: int) -> Rows:
    """Every record of a factor from registration on, whether the patient stays or not: who, day, factor."""
    drawn = stacked([_drawn(world, names, people, count, by_care) for by_care in (False, True)])
    return stacked([drawn, _again(stream(*world, *names, "factors again"), drawn, count)])


def _again(rng: np.random.Generator, rows: Rows, count: int) -> Rows:
    """Later records of causes, which do not go away: else who had one long ago would look as if without."""
    roles = np.append(rates("factors")["role"].to_numpy(), "null")
    causes = np.flatnonzero(roles[factors(count).planted] == "cause")
    mine = take(rows, np.isin(rows["factor"], causes))
    key = mine["who"].astype(np.int64) * count + mine["factor"]
    order = np.lexsort((mine["day"], key))
    first = take(mine, order[np.unique(key[order], return_index=True)[1]])
    which = np.repeat(np.arange(len(first["who"])), rng.poisson(AGAIN * LONGEST / YEAR, len(first["who"])))
    later = take(first, which)
    return later | {"day": (later["day"] + rng.integers(1, LONGEST, len(which))).astype(np.int32)}


def _drawn(world: tuple, names: tuple, people: Rows, count: int, by_care: bool) -> Rows:
    rng, found = stream(*world, *names, "factors", by_care), factors(count)
    expected = np.where(found.by_care == by_care, found.per_year, 0) * LONGEST / YEAR * len(people["born"])
    factor = np.repeat(np.arange(count, dtype=np.int32), rng.poisson(expected))
    weight = people["frailty"] if by_care else np.ones(len(people["born"]))
    shares = np.cumsum(weight) / max(weight.sum(), 1e-12)
    who = np.searchsorted(shares, rng.random(len(factor)), side="right").clip(0, len(weight) - 1)
    day = people["entry"][who] + rng.integers(0, LONGEST, len(factor))
    age = ((day - people["born"][who]) / YEAR).astype(np.int64).clip(0, OLDEST)
    kept = happens(rng, _relative()[found.shape[factor], age])
    return take({"who": who.astype(np.int32), "day": day.astype(np.int32), "factor": factor}, kept)


@cache
def _relative() -> np.ndarray:
    """Frequency by shape and age, 1 at the most frequent."""
    table = rates("shapes")
    rows = by_age(table)[[table["shape"].to_list().index(name) for name in SHAPES]]
    return rows / rows.max(axis=1, keepdims=True)


def first_days(rows: Rows, number: int, patients: int) -> np.ndarray:
    """First day on which a factor is recorded of each patient; NEVER for nobody's."""
    days = np.full(patients, NEVER)
    mine = rows["factor"] == number
    np.minimum.at(days, rows["who"][mine], rows["day"][mine])
    return days


def early_signs(
    rows: list[dict], rng: np.random.Generator, people: Rows, onset: np.ndarray, country: str, count: int
) -> Rows:
    """Records that an outcome brings before it is known, for as many patients as the odds ratio asks."""
    parts, found = [nothing()], factors(count)
    for row in (row for row in rows if row["kind"] == "factor"):
        number, days = number_of(row["exposure"]), outcome_days(onset, country, row["outcome"])
        first, after = window_before(row, days, people)
        cases = np.flatnonzero((days < NEVER) & (first < after) & (after <= people["ends"]))
        of_cases = {name: people[name][cases] for name in ("born", "male")}
        yearly = np.tile(found.per_year[number] * _relative()[found.shape[number]], (2, 1))
        chosen, day = added(rng, of_cases, first[cases], after[cases], yearly, row["multiplier"], ALIKE)
        factor = np.full(len(day), number, dtype=np.int32)
        parts.append({"who": cases[chosen].astype(np.int32), "day": day, "factor": factor})
    return stacked(parts)


def kept_while_registered(rows: Rows, people: Rows, same: np.ndarray) -> Rows:
    """What practices saw: who moved brings no records along, and the life goes on under the new key.

    same   for each patient, whose life it is
    """
    takers = np.flatnonzero(same != np.arange(len(same)))
    own = take(rows, ~np.isin(rows["who"], takers))
    order = np.argsort(own["who"], kind="stable")
    first, after = (np.searchsorted(own["who"][order], same[takers], side=side) for side in ("left", "right"))
    which = np.concatenate([order[:0], *(order[one:two] for one, two in zip(first, after, strict=True))])
    moved = take(own, which) | {"who": np.repeat(takers, after - first).astype(np.int32)}
    everything = stacked([own, moved])
    who, day = everything["who"], everything["day"]
    return take(everything, (day >= people["entry"][who]) & (day < people["ends"][who]))


def nothing() -> Rows:
    """No records: what lives without factors have."""
    return {name: np.zeros(0, dtype=np.int32) for name in ("who", "day", "factor")}
