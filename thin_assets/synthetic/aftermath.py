"""Effects after an outcome: complaints that follow an infection, its name for them, and what texts alone say.

With such an effect on, the infection strikes once, as often as `acute.csv` says and whatever the use of care,
and only since there was one: a chance record of it would be an infection without the effect. Complaints
follow at the usual rate of the person times `multiplier - 1`, on top of the usual ones.
"""

from collections import Counter
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from thin_assets.synthetic.chance import days_within, happens
from thin_assets.synthetic.codes import read
from thin_assets.synthetic.coding import index_of
from thin_assets.synthetic.days import NEVER, YEAR, new_year
from thin_assets.synthetic.names import record_keys
from thin_assets.synthetic.parameters import OLDEST
from thin_assets.synthetic.rows import Rows, stacked

if TYPE_CHECKING:
    from thin_assets.synthetic.snapshots import View

AFTER, NAMED, TOLD = KINDS = ("after", "named", "told")
"""Kinds of effect that are planted here; the docstring of `effects.py` says what each means."""

FIRST_YEAR, LAST_YEAR = 2020, 2035
"""Infections begin with the one and end with the other, so that a later month moves no draw."""

COMPLAINTS_FROM = 2018
"""Complaints that `acute.csv` does not have are recorded from here on: enough to look back."""

NO_DRUG = -1


def planted_outcomes(rows: Iterable[dict]) -> tuple[int, ...]:
    """Notions that are planted, and therefore come about by chance no more."""
    return tuple(sorted({index_of("diagnoses")[row["outcome"]] for row in rows if row["kind"] == AFTER}))


def infected(rows: Iterable[dict], view: "View") -> Counter:
    """Patients of a snapshot in whom each planted outcome was recorded by then."""
    extras, names = view.lives.extras, [*index_of("diagnoses")]
    day, who = extras["day"], extras["who"]
    seen = (day <= view.until[who]) & view.delivered[who]
    return Counter(
        {
            names[notion]: len(np.unique(who[seen & (extras["notion"] == notion)]))
            for notion in planted_outcomes(rows)
        }
    )


def told_share(rows: Iterable[dict]) -> float:
    """Share of the records of symptoms that are in text alone; 0 where no effect says so."""
    return max((row["multiplier"] for row in rows if row["kind"] == TOLD), default=0.0)


@cache
def told_notions() -> frozenset[int]:
    """Notions that a text may say instead of a code: those of `codes/symptom_terms.csv`."""
    return frozenset(index_of("diagnoses")[row["notion"]] for row in read("symptom_terms"))


def told_frame(rows: Rows, practices: pl.Series, patients: pl.Series, dates: pl.Series) -> pl.DataFrame:
    """What a text says instead of a code, one row per record: keys as delivered, and the notion."""
    notions = pl.Series([*index_of("diagnoses")], dtype=pl.String)
    return pl.DataFrame(
        {
            "pracid": practices,
            "patid": patients,
            "consultid": record_keys(rows["consult"]),
            "recordid": record_keys(rows["number"]),
            "eventdate": dates,
            "notion": notions.gather(rows["notion"]),
        }
    )


def after_events(
    rows: list[dict], rng: np.random.Generator, people: Rows, complaints: np.ndarray
) -> list[Rows]:
    """Consultations that the effects add: infections, complaints, and the name given to them.

    complaints    records a year of each notion by sex (female, male) and age
    """
    found = []
    for outcome in sorted({row["outcome"] for row in rows if row["kind"] == AFTER}):
        of_outcome = [row for row in rows if row["outcome"] == outcome]
        days = _first_days(rng, people, complaints[index_of("diagnoses")[outcome]])
        ill = np.flatnonzero(days < NEVER)
        found.append(_events(ill, days[ill], outcome))
        following = []
        for row in (row for row in of_outcome if row["kind"] == AFTER):
            yearly = complaints[index_of("diagnoses")[row["exposure"]]]
            if row["change"] is not None:
                yearly = np.full_like(yearly, row["change"] / 1000)
                found.append(_usual(row, rng, people, yearly))
            following.append(_following(row, rng, people, days, yearly))
        named = (row for row in of_outcome if row["kind"] == NAMED)
        found += [*following, *(_named(row, rng, people, stacked(following)) for row in named)]
    return found


def _first_days(rng: np.random.Generator, people: Rows, yearly: np.ndarray) -> np.ndarray:
    """Day of the first infection of everybody in care then; NEVER for the others."""
    start = np.maximum(people["entry"], new_year(FIRST_YEAR)).astype(np.int64)
    rate = np.maximum(_rate(people, start, yearly), 1e-9)
    days = start + (rng.standard_exponential(len(start)) / rate * YEAR)
    there = (days < people["ends"]) & (days < new_year(LAST_YEAR))
    return np.where(there, days, NEVER).astype(np.int32)


def _rate(people: Rows, day: np.ndarray, yearly: np.ndarray) -> np.ndarray:
    age = ((day - people["born"]) / YEAR).astype(np.int64).clip(0, OLDEST)
    return yearly[people["male"].astype(int), age]


def _usual(row: dict, rng: np.random.Generator, people: Rows, yearly: np.ndarray) -> Rows:
    """Records of a complaint that does not come by chance, of everybody."""
    first = np.maximum(people["entry"], new_year(COMPLAINTS_FROM)).astype(np.int64)
    until = np.minimum(people["ends"], new_year(LAST_YEAR))
    return _events(*_drawn(rng, people, np.arange(len(first)), first, until, yearly), row["exposure"])


def _following(
    row: dict, rng: np.random.Generator, people: Rows, days: np.ndarray, yearly: np.ndarray
) -> Rows:
    """Records of a complaint that the outcome adds to the usual ones."""
    ill = np.flatnonzero(days < NEVER)
    first = days[ill].astype(np.int64) + row["from_days"]
    until = np.minimum(people["ends"][ill], days[ill].astype(np.int64) + row["to_days"])
    more = yearly * (row["multiplier"] - 1)
    return _events(*_drawn(rng, people, ill, first, until, more), row["exposure"])


def _drawn(
    rng: np.random.Generator,
    people: Rows,
    who: np.ndarray,
    first: np.ndarray,
    until: np.ndarray,
    yearly: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Patients and days, with the use of care that chance records have in `consultations.visits`."""
    of_them = {name: people[name][who] for name in ("born", "male")}
    needed = 0.8 + 0.08 * (people["deprivation"][who] - 0.5)
    years = np.maximum(until - first, 0) / YEAR
    rate = _rate(of_them, (first + until) // 2, yearly) * needed * people["frailty"][who]
    again = np.repeat(np.arange(len(who)), rng.poisson(rate * years))
    return who[again], days_within(rng, first[again], until[again])


def _named(row: dict, rng: np.random.Generator, people: Rows, following: Rows) -> Rows:
    """Of a share of those with such a complaint, a record that names its cause, soon after the first."""
    order = np.lexsort((following["day"], following["who"]))
    who, first = np.unique(following["who"][order], return_index=True)
    day = following["day"][order][first] + rng.integers(0, int(row["to_days"]) + 1, len(who))
    kept = happens(rng, np.full(len(who), row["multiplier"])) & (day < people["ends"][who])
    return _events(who[kept], day[kept], row["exposure"])


def _events(who: np.ndarray, day: np.ndarray, notion: str) -> Rows:
    return {
        "who": who.astype(np.int32),
        "day": day.astype(np.int32),
        "notion": np.full(len(who), index_of("diagnoses")[notion], dtype=np.int32),
        "drug": np.full(len(who), NO_DRUG, dtype=np.int32),
    }
