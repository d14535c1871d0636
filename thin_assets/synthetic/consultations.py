"""Who came to the practice when, and why: visits are drawn first, everything recorded hangs on them."""

from functools import cache

import numpy as np

from thin_assets.synthetic.chance import days_within
from thin_assets.synthetic.days import NEVER, YEAR, new_year
from thin_assets.synthetic.lives import Lives
from thin_assets.synthetic.morbidity import burden
from thin_assets.synthetic.parameters import OLDEST, by_age_rows, pyramid, rates
from thin_assets.synthetic.population import rates_of
from thin_assets.synthetic.practices import GENERAL
from thin_assets.synthetic.rows import Rows, stacked

ACUTE, ENTRY, ONSET, REVIEW, EXTRA = range(5)
PURPOSES = ("acute", "entry", "onset", "review", "extra")
NOTHING = -1


def person_years(lives: Lives, first_year: int, last_year: int) -> Rows:
    """One row per patient and calendar year in care: who, first day, day after the last, age, years."""
    years = np.arange(first_year, last_year + 1)
    begins = np.array([new_year(year) for year in years])
    ends = np.array([new_year(year + 1) for year in years])
    start = np.maximum(lives.people["entry"][:, None], begins)
    stop = np.minimum(lives.people["ends"][:, None], ends)
    who, year = np.nonzero(start < stop)
    start, stop = start[who, year], stop[who, year]
    age = ((start + stop) / 2 - lives.people["born"][who]) / YEAR
    return {
        "who": who.astype(np.int32),
        "start": start.astype(np.int32),
        "stop": stop.astype(np.int32),
        "age": age.astype(np.int32).clip(0, OLDEST),
        "years": (stop - start) / YEAR,
    }


@cache
def contact_rates(country: str) -> np.ndarray:
    """Consultations a year that are not about a chronic disease, by sex (female, male) and age."""
    table, norms = rates("contact"), rates_of(country)
    shape = np.stack([by_age_rows(table, sex) for sex in ("female", "male")])
    level = norms["consultations_per_year"] * norms["visits_not_about_disease"]
    return shape / (shape.mean(axis=0) @ pyramid(country)) * level


def visits(rng: np.random.Generator, country: str, lives: Lives, first_year: int, last_year: int) -> Rows:
    """Every visit of the years: who, day, purpose, and the disease or planted event it is about."""
    first, after = new_year(first_year), new_year(last_year + 1)
    parts = [
        _acute(rng, country, lives, person_years(lives, first_year, last_year)),
        _entries(lives, first, after),
        *_about_diseases(rng, country, lives, first, after),
        _extras(lives, first, after),
    ]
    return stacked(parts)


def _visits(who: np.ndarray, day: np.ndarray, purpose: int, about: np.ndarray | int) -> Rows:
    return {
        "who": who.astype(np.int32),
        "day": day.astype(np.int32),
        "purpose": np.full(len(who), purpose, dtype=np.int8),
        "about": np.broadcast_to(np.asarray(about, dtype=np.int32), who.shape),
    }


def _acute(rng: np.random.Generator, country: str, lives: Lives, cells: Rows) -> Rows:
    who = cells["who"]
    yearly = contact_rates(country)[lives.people["male"][who].astype(int), cells["age"]]
    needed = 0.8 + 0.08 * (lives.people["deprivation"][who] - 0.5)
    needed *= np.where(
        lives.people["specialty"][who] == GENERAL, 1, rates_of(country)["visits_to_specialists"]
    )
    counts = rng.poisson(yearly * needed * lives.people["frailty"][who] * cells["years"])
    cell = np.repeat(np.arange(len(who)), counts)
    day = days_within(rng, cells["start"][cell], cells["stop"][cell])
    return _visits(who[cell], day, ACUTE, NOTHING)


def _entries(lives: Lives, first: int, after: int) -> Rows:
    entry = lives.people["entry"]
    who = np.flatnonzero((entry >= first) & (entry < after))
    return _visits(who, entry[who], ENTRY, NOTHING)


def _about_diseases(
    rng: np.random.Generator, country: str, lives: Lives, first: int, after: int
) -> tuple[Rows, Rows]:
    """The visit in which a disease is first recorded, and the reviews that follow it.

    A disease of which practices seldom learn from before is not reviewed where it began before: a review
    would be its first record, as if it were new.
    """
    who, disease = np.nonzero(lives.onset < NEVER)
    onset = lives.onset[who, disease]
    entry, ends = lives.people["entry"][who], lives.people["ends"][who]
    new = (onset >= np.maximum(entry, first)) & (onset < np.minimum(ends, after))
    begins = _visits(who[new], onset[new], ONSET, disease[new])
    start = np.maximum(np.maximum(entry, onset + 30), first)
    stop = np.minimum(ends, after)
    years = np.maximum(stop - start, 0) / YEAR
    unknown = (onset < entry) & ~np.isnan(burden(country).remembered[disease])
    counts = rng.poisson(np.where(unknown, 0, burden(country).recoded[disease] * years))
    pair = np.repeat(np.arange(len(who)), counts)
    day = days_within(rng, start[pair], stop[pair])
    return begins, _visits(who[pair], day, REVIEW, disease[pair])


def _extras(lives: Lives, first: int, after: int) -> Rows:
    extras = lives.extras
    chosen = np.flatnonzero((extras["day"] >= first) & (extras["day"] < after))
    return _visits(extras["who"][chosen], extras["day"][chosen], EXTRA, chosen)


def recording_day(
    rng: np.random.Generator, country: str, lives: Lives, who: np.ndarray, day: np.ndarray
) -> np.ndarray:
    """Day on which a row enters the system: mostly the day itself, sometimes days, months or years later."""
    norms, drawn = rates_of(country), rng.random(len(day), dtype=np.float32)
    days_until = norms["record_delay_none"] + norms["record_delay_days"]
    longest = np.select(
        [
            drawn < norms["record_delay_none"],
            drawn < days_until,
            drawn < days_until + norms["record_delay_months"],
        ],
        [0, 14, 90],
        1095,
    )
    delay = (rng.random(len(day), dtype=np.float32) ** 2 * longest).astype(np.int32)
    delay += longest > 0
    return np.maximum(day + delay, lives.people["entry"][who] + 1).astype(np.int32)


def with_details(
    rng: np.random.Generator, country: str, lives: Lives, found: Rows, staff: np.ndarray
) -> Rows:
    """What the consult table says of each visit: recording day, kind of contact, minutes, member of staff.

    staff   number of staff of each patient's practice
    """
    who, count = found["who"], len(found["who"])
    kinds = np.array([1, 1, 1, 1, 1, 1, 1, 2, 3, 3, 4, 5, 6, 7, 8, 9], dtype=np.int8)
    kind = kinds[rng.integers(0, len(kinds), count)]
    kind = np.where(found["purpose"] == ACUTE, kind, 1).astype(np.int8)
    sysday = recording_day(rng, country, lives, who, found["day"])
    prompt = found["purpose"] == ENTRY
    sysday = np.where(prompt, np.maximum(found["day"], lives.people["entry"][who] + 1), sysday)
    doctors = np.maximum(staff[who] * 2 // 3, 1)
    return found | {
        "sysday": sysday.astype(np.int32),
        "kind": kind,
        "minutes": (rng.gamma(3.0, 3.1, count) + 1).clip(1, 60).astype(np.int16),
        "second": rng.integers(8 * 3600, 18 * 3600, count, dtype=np.int32),
        "staff": (rng.random(count, dtype=np.float32) * doctors).astype(np.int16),
    }
