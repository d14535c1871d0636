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


def courses(world: tuple, names: tuple, onset: np.ndarray) -> Rows:
    """Every course of treatment of a chronic disease: who, drug, first and last day (exclusive)."""
    return stacked([course(world, names, onset, row) for row in rates("treatments").iter_rows(named=True)])


def course(world: tuple, names: tuple, onset: np.ndarray, row: dict) -> Rows:
    """The courses of one row of `treatments.csv`."""
    rng = stream(*world, *names, "course", row["condition"], row["drug"])
    ill = np.flatnonzero(onset[:, burden(world[1]).at(row["condition"])] < NEVER)
    treated = happens(rng, np.full(len(ill), min(1, row["share"] * rates_of(world[1])["therapy_scale"])))
    lag = rng.exponential(row["lag_days"], len(ill)).astype(np.int32)
    length = rng.weibull(row["persistence_shape"], len(ill)) * row["persistence_scale_days"]
    length = length.clip(1, 30_000).astype(np.int32)
    product = rng.integers(0, PRODUCTS_PER_DRUG, len(ill))
    who = ill[treated]
    start = onset[who, burden(world[1]).at(row["condition"])] + lag[treated]
    return course_rows(who, row["drug"], product[treated], start, length[treated], exact=False)


def course_rows(
    who: np.ndarray, drug: str, product: np.ndarray, start: np.ndarray, length: np.ndarray, *, exact: bool
) -> Rows:
    """Courses of one drug.

    product    which of its products each patient gets
    exact      whether the last prescription is for what is left of the course, not for a whole interval
    """
    return {
        "who": who.astype(np.int32),
        "product": (index_of("drugs")[drug] * PRODUCTS_PER_DRUG + product).astype(np.int32),
        "start": start.astype(np.int32),
        "stop": (start + length).astype(np.int32),
        "exact": np.full(len(who), exact),
    }


def repeats(
    rng: np.random.Generator, country: str, lives: Rows, running: Rows, first: int, after: int
) -> Rows:
    """Repeat prescriptions in [first, after): one every interval while course and care last.

    lives   entry and ends of each patient; `running` the courses. An exact one is covered from its first day
            to its last, any other from some day of its first to some day after it
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
    exact, late = running["exact"][which], rng.integers(0, 4, len(which))
    late = np.where(exact & (day == start[which]), 0, late)
    day = np.minimum(day + late, end[which] - 1)
    long = np.where(exact, np.minimum(running["stop"][which] - day, interval), interval)
    return {
        "who": who[which],
        "day": day.astype(np.int32),
        "product": running["product"][which],
        "kind": np.full(len(which), REPEAT, dtype=np.int8),
        "visit": np.full(len(which), -1, dtype=np.int32),
        "long": long.astype(np.int16),
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


FETCHED = 0.97
"""Share of prescriptions that a customer of a pharmacy fetches there."""


def dispensed(rng: np.random.Generator, country: str, people: Rows, therapy: Rows) -> Rows:
    """What pharmacies handed out, up to ten days after it was prescribed.

    A patient has one pharmacy, and it delivers what it hands out, or does not: so a country's share of
    prescriptions that are known to be fetched is one of patients. What was prescribed on one day is fetched
    on one day, or not at all.
    """
    share = rates_of(country)["dispensed_share"] / FETCHED
    customer = people["odd"] // 1000 % 1000 < 1000 * share
    rows = np.flatnonzero(customer[therapy["who"]])
    visit = therapy["who"][rows].astype(np.int64) * 2**32 + therapy["day"][rows] + 2**30
    _, first, of = np.unique(visit, return_index=True, return_inverse=True)
    fetched = happens(rng, np.full(len(first), FETCHED))[of]
    later = rng.integers(0, 10, len(first)).astype(np.int32)[of]
    rows, later = rows[fetched], later[fetched]
    return {
        "who": therapy["who"][rows],
        "day": therapy["day"][rows] + later,
        "product": therapy["product"][rows],
        "boxes": rng.choice(np.array([1, 1, 1, 2, 3], dtype=np.int8), len(rows)),
        "number": therapy["number"][rows],
        "source": rows,
    }
