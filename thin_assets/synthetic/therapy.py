"""What is prescribed, in courses for a disease or shortly for a complaint, and what is dispensed."""

from functools import cache

import numpy as np

from thin_assets.synthetic.chance import happens, pick, stream
from thin_assets.synthetic.codes.products import PRODUCTS_PER_DRUG
from thin_assets.synthetic.coding import codes, index_of, products
from thin_assets.synthetic.days import NEVER
from thin_assets.synthetic.morbidity import burden
from thin_assets.synthetic.parameters import rates
from thin_assets.synthetic.population import rates_of
from thin_assets.synthetic.rows import Rows, stacked

ACUTE, REPEAT = 0, 1


def courses(world: tuple, names: tuple, onset: np.ndarray, shapes: dict[str, tuple[float, float]]) -> Rows:
    """Every course of treatment of a chronic disease: who, drug, first and last day (exclusive).

    shapes   persistence (Weibull shape, scale in days) by drug where it differs from `treatments.csv`
    """
    rows = list(rates("treatments").iter_rows(named=True))
    parts = [course(world, names, onset, row, shapes.get(row["drug"])) for row in rows]
    return stacked(parts)


def course(
    world: tuple, names: tuple, onset: np.ndarray, row: dict, shape: tuple[float, float] | None = None
) -> Rows:
    """The courses of one row of `treatments.csv`."""
    rng = stream(*world, *names, "course", row["condition"], row["drug"])
    ill = np.flatnonzero(onset[:, burden(world[1]).at(row["condition"])] < NEVER)
    treated = happens(rng, np.full(len(ill), min(1, row["share"] * rates_of(world[1])["therapy_scale"])))
    form, scale = shape or (row["persistence_shape"], row["persistence_scale_days"])
    lag = rng.exponential(row["lag_days"], len(ill)).astype(np.int32)
    length = (rng.weibull(form, len(ill)) * scale).clip(1, 30_000).astype(np.int32)
    product = rng.integers(0, PRODUCTS_PER_DRUG, len(ill))
    who = ill[treated]
    start = onset[who, burden(world[1]).at(row["condition"])] + lag[treated]
    drug = index_of("drugs")[row["drug"]] * PRODUCTS_PER_DRUG + product[treated]
    return {
        "who": who.astype(np.int32),
        "product": drug.astype(np.int32),
        "start": start.astype(np.int32),
        "stop": (start + length[treated]).astype(np.int32),
    }


def repeats(
    rng: np.random.Generator, country: str, lives: Rows, running: Rows, first: int, after: int
) -> Rows:
    """Repeat prescriptions in [first, after): one every interval while course and care last.

    lives   entry and ends of each patient; `running` the courses
    """
    interval = rates_of(country)["repeat_interval_days"]
    who, start = running["who"], running["start"]
    begin = np.maximum(np.maximum(lives["entry"][who], first), start)
    end = np.minimum(np.minimum(lives["ends"][who], after), running["stop"])
    number = -(-(begin - start) // interval)
    counts = np.maximum(-(-(end - start) // interval) - number, 0) * (end > begin)
    which = np.repeat(np.arange(len(who)), counts)
    within = np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)
    day = start[which] + (number[which] + within) * interval
    day = np.minimum(day + rng.integers(0, 4, len(which)), end[which] - 1)
    return {
        "who": who[which],
        "day": day.astype(np.int32),
        "product": running["product"][which],
        "kind": np.full(len(which), REPEAT, dtype=np.int8),
        "visit": np.full(len(which), -1, dtype=np.int32),
        "long": np.full(len(which), interval, dtype=np.int16),
    }


@cache
def _choices() -> np.ndarray:
    """Per diagnosis notion: cumulative shares of no treatment and of each drug of `acute_treatments.csv`."""
    shares = np.zeros((len(codes("diagnoses")), len(codes("drugs")) + 1))
    for row in rates("acute_treatments").iter_rows(named=True):
        shares[index_of("diagnoses")[row["notion"]], index_of("drugs")[row["drug"]]] = row["share"]
    shares[:, -1] = 1 - shares.sum(axis=1)
    return np.cumsum(shares, axis=1)


def answers(rng: np.random.Generator, medical: Rows) -> Rows:
    """Short treatments prescribed in the consultations where a treatable complaint was recorded."""
    seen = medical["visit"] >= 0
    treatable = seen & (_choices()[medical["notion"], -2] > 0)
    rows = np.flatnonzero(treatable)
    drug = pick(rng, _choices(), medical["notion"][rows])
    given = drug < len(codes("drugs"))
    rows, drug = rows[given], drug[given]
    return acute(rng, medical["who"][rows], medical["day"][rows], drug, medical["visit"][rows])


def acute(
    rng: np.random.Generator, who: np.ndarray, day: np.ndarray, drug: np.ndarray, visit: np.ndarray
) -> Rows:
    """One issue of a drug for each patient and day."""
    product = drug * PRODUCTS_PER_DRUG + rng.integers(0, PRODUCTS_PER_DRUG, len(who))
    return {
        "who": who.astype(np.int32),
        "day": day.astype(np.int32),
        "product": product.astype(np.int32),
        "kind": np.full(len(who), ACUTE, dtype=np.int8),
        "visit": visit.astype(np.int32),
        "long": rng.choice(np.array([5, 7, 7, 10, 14, 28], dtype=np.int16), len(who)),
    }


@cache
def daily_units() -> np.ndarray:
    """Units a day of each product."""
    return products()["daily_units"].cast(float).to_numpy()


@cache
def pack_units() -> np.ndarray:
    """Units in a pack of each product."""
    return products()["pack_units"].cast(float).to_numpy()


def dispensed(rng: np.random.Generator, country: str, therapy: Rows) -> Rows:
    """What pharmacies handed out: a share of the prescriptions, up to ten days later."""
    chosen = happens(rng, np.full(len(therapy["who"]), rates_of(country)["dispensed_share"]))
    rows = np.flatnonzero(chosen)
    return {
        "who": therapy["who"][rows],
        "day": therapy["day"][rows] + rng.integers(0, 10, len(rows)).astype(np.int32),
        "product": therapy["product"][rows],
        "boxes": rng.choice(np.array([1, 1, 1, 2, 3], dtype=np.int8), len(rows)),
        "number": therapy["number"][rows],
        "source": rows,
    }
