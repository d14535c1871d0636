"""The people: born when, registered where and since when, how frail, and when they leave or die.

A person who moves practice is two patients: the second carries the same life under a new key, as in THIN.
"""

import numpy as np

from thin_assets.synthetic.chance import happens, stream
from thin_assets.synthetic.days import NEVER, YEAR, new_year
from thin_assets.synthetic.parameters import country_rates, pyramid, rates
from thin_assets.synthetic.rows import Rows

AGEING = 0.095
"""Yearly rise of the logarithm of mortality (Gompertz)."""

NEVER_SMOKED, SMOKES, STOPPED = 0, 1, 2
LIFE = (
    "born",
    "male",
    "frailty",
    "tested",
    "smoking",
    "drinker",
    "height",
    "bmi",
    "deprivation",
    "own_level",
    "dies",
)


def settle(world: tuple, practice: np.ndarray, starts: np.ndarray, until: int, names: tuple) -> Rows:
    """Founders or joiners of the given practices, registered before the day `until`.

    practice   practice number of each patient; `starts` the first day of that practice's records
    """
    country = world[1]
    rng = stream(*world, *names, "settle")
    count = len(practice)
    early = happens(rng, np.full(count, rates_of(country)["present_at_start"]))
    since = starts + (rng.random(count) * (until - 30 - starts)).astype(np.int32)
    entry = np.where(early, starts, since).astype(np.int32)
    age = np.where(early, _ages(rng, country, count), _ages_of_arrivals(rng, country, count))
    born = entry - np.maximum((age * YEAR).astype(np.int32), 1)
    earlier = entry - (rng.exponential(8 * YEAR, count)).astype(np.int32)
    registered = np.where(early, np.maximum(earlier, born + 5), entry)
    registered = np.minimum(registered, entry)
    return _grown(rng, country, practice, born, registered, entry)


def arrive(world: tuple, practice: np.ndarray, year: int, names: tuple) -> Rows:
    """Patients who register with the given practices during a year."""
    country = world[1]
    rng = stream(*world, *names, "arrive", year)
    first, after = new_year(year), new_year(year + 1)
    entry = (first + rng.integers(0, after - first, len(practice))).astype(np.int32)
    age = _ages_of_arrivals(rng, country, len(practice))
    born = entry - np.maximum((age * YEAR).astype(np.int32), 1)
    return _grown(rng, country, practice, born, entry, entry)


def rates_of(country: str) -> dict:
    """Country row, with the shares that are the same everywhere (`rates/people.csv`)."""
    shared = {row["name"]: row["value"] for row in rates("people").iter_rows(named=True)}
    return shared | country_rates(country)


def _ages(rng: np.random.Generator, country: str, count: int) -> np.ndarray:
    whole = np.searchsorted(np.cumsum(pyramid(country)), rng.random(count))
    return np.minimum(whole, 104) + rng.random(count)


def _ages_of_arrivals(rng: np.random.Generator, country: str, count: int) -> np.ndarray:
    """Newborns, young movers, and some of every age."""
    norms, kind = rates_of(country), rng.random(count)
    newborn = rng.random(count) * 0.05
    young = 18 + rng.random(count) * 25
    others = _ages(rng, country, count)
    young_until = norms["arrivals_newborn"] + norms["arrivals_young"]
    return np.select([kind < norms["arrivals_newborn"], kind < young_until], [newborn, young], others)


def _grown(
    rng: np.random.Generator,
    country: str,
    practice: np.ndarray,
    born: np.ndarray,
    registered: np.ndarray,
    entry: np.ndarray,
) -> Rows:
    norms, count = rates_of(country), len(practice)
    male = happens(rng, np.full(count, norms["male"]))
    return {
        "practice": practice.astype(np.int32),
        "born": born.astype(np.int32),
        "male": male,
        "registered": registered.astype(np.int32),
        "entry": entry.astype(np.int32),
        "frailty": rng.gamma(norms["frailty_shape"], 1 / norms["frailty_shape"], count).clip(0.02, 6),
        "tested": rng.lognormal(-0.18, 0.6, count),
        "smoking": _smoking(rng, norms, male, (entry - born) / YEAR),
        "drinker": happens(rng, np.full(count, norms["drinkers"])),
        "height": np.where(male, rng.normal(1.76, 0.07, count), rng.normal(1.63, 0.065, count)),
        "bmi": rng.normal(25.2, 3.6, count).clip(16, 45),
        "deprivation": rng.integers(1, 6, count).astype(np.int32),
        "own_level": rng.random(count) * 2 * np.pi,
        "dies": _death(rng, norms, male, born, entry),
        "stays": rng.exponential(1 / norms["leaving_per_year"], count).clip(0.1),
        "lag": rng.random(count),
        "odd": rng.integers(0, 1_000_000, count),
    }


def _smoking(rng: np.random.Generator, norms: dict, male: np.ndarray, age: np.ndarray) -> np.ndarray:
    current = norms["smokers"] * np.where(male, 1.2, 0.8) * np.where(age > 65, 0.6, 1.1)
    stopped = current + norms["stopped_smoking"] * np.where(age > 45, 1.3, 0.5)
    drawn = rng.random(len(male))
    return np.select([drawn < current, drawn < stopped], [SMOKES, STOPPED], NEVER_SMOKED).astype(np.int8)


def _death(
    rng: np.random.Generator, norms: dict, male: np.ndarray, born: np.ndarray, entry: np.ndarray
) -> np.ndarray:
    """Day of death from age alone (Gompertz), given alive at entry; diseases may shorten it later."""
    age = (entry - born) / YEAR
    level = norms["mortality_at_birth"] * norms["death_scale"] * np.where(male, 1.3, 0.75)
    now = np.exp(AGEING * age)
    left = np.log1p(rng.exponential(1, len(age)) * AGEING / (level * now)) / AGEING
    return (entry + np.maximum(left * YEAR, 2)).clip(max=NEVER - 1).astype(np.int32)


def moved(people: Rows, starts: np.ndarray, rng: np.random.Generator, until: int) -> np.ndarray:
    """For each patient, the patient whose life they continue elsewhere; themselves where nobody's.

    Movers register within a month of leaving, before `until`, in another practice already keeping records.
    """
    same = np.arange(len(people["born"]))
    gone = people["entry"] + (people["stays"] * YEAR).astype(np.int32)
    left = np.flatnonzero((gone < people["dies"]) & (gone < until - 400))
    wanted = min(len(left), int(len(same) * 0.03))
    donors = rng.choice(left, wanted, replace=False, shuffle=False) if wanted else left[:0]
    takers = rng.permutation(np.setdiff1d(same, left))[: len(donors)]
    donors = donors[: len(takers)]
    arrival = gone[donors] + 1 + rng.integers(0, 30, len(donors))
    fits = (people["practice"][donors] != people["practice"][takers]) & (starts[takers] <= arrival)
    fits &= arrival + 60 < people["dies"][donors]
    same[takers[fits]] = donors[fits]
    people["registered"][takers[fits]] = people["entry"][takers[fits]] = arrival[fits]
    for name in LIFE:
        people[name] = people[name][same]
    return same
