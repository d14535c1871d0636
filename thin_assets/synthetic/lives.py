"""Whole lives: people with the diseases, courses of treatment and planted events that will ever be theirs."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from thin_assets.synthetic import effects as planting
from thin_assets.synthetic.chance import stream
from thin_assets.synthetic.days import NEVER, YEAR
from thin_assets.synthetic.morbidity import Burden, burden, onset_days, shortened, threshold_under
from thin_assets.synthetic.parameters import rates
from thin_assets.synthetic.population import rates_of
from thin_assets.synthetic.practices import GENERAL
from thin_assets.synthetic.rows import Rows, stacked, take
from thin_assets.synthetic.therapy import course, courses
from thin_assets.synthetic.triple_therapy import laws_of, planned
from thin_assets.synthetic.wide import (
    EXPOSURE,
    early_signs,
    first_days,
    kept_while_registered,
    nothing,
    number_of,
    recorded,
)

LEAST_DAYS_AFTER_MOVE = 60
EXPOSED_WITHIN = int(10 * YEAR)
"""An exposure that begins so many days after entry still counts for the average of a population."""


@dataclass(frozen=True)
class Lives:
    """The patients of a chunk.

    people     one row per patient; `ends` first day without care, `intake` year of arrival (0: settled)
    onset      first day of each disease: (patients, diseases)
    courses    who, product, start, stop, and whether the last prescription ends with the course
    extras     consultations that planted effects add: who, day, notion, drug
    factors    records of the factors of wide mode: who, day, factor
    """

    people: Rows
    onset: np.ndarray
    courses: Rows
    extras: Rows
    factors: Rows

    def __len__(self) -> int:
        return len(self.onset)

    def until_intake(self, year: int) -> "Lives":
        """Only those who had arrived by a year: what later arrivals bring must not move earlier draws."""
        count = int(np.searchsorted(self.people["intake"], year, side="right"))
        people = {name: values[:count] for name, values in self.people.items()}
        of_them = (take(rows, rows["who"] < count) for rows in (self.courses, self.extras, self.factors))
        return Lives(people, self.onset[:count], *of_them)

    def only(self, kept: np.ndarray) -> "Lives":
        """Those of a mask, renumbered in their order."""
        number = np.cumsum(kept, dtype=np.int32) - 1
        rows = [take(rows, kept[rows["who"]]) for rows in (self.courses, self.extras, self.factors)]
        of_them = ({**part, "who": number[part["who"]]} for part in rows)
        return Lives(take(self.people, kept), self.onset[kept], *of_them)


def joined(parts: list[Lives]) -> Lives:
    """Intakes one after the other; patients are renumbered."""
    offsets = np.cumsum([0] + [len(part) for part in parts])
    events = [
        [_moved_by(rows, offset) for rows in (part.courses, part.extras, part.factors)]
        for part, offset in zip(parts, offsets, strict=False)
    ]
    people, onset = stacked(part.people for part in parts), np.concatenate([part.onset for part in parts])
    return Lives(people, onset, *(stacked(kind) for kind in zip(*events, strict=True)))


def _moved_by(rows: Rows, offset: int) -> Rows:
    return rows | {"who": (rows["who"] + offset).astype(np.int32)}


def live(
    world: tuple,
    names: tuple,
    people: Rows,
    same: np.ndarray,
    intake: int,
    rows: list[dict],
    wide: int = 0,
) -> Lives:
    """Let people fall ill, be treated, leave and die.

    same   for each patient, whose life it is (movers continue another's); `rows` the planted effects
    wide   number of factors of wide mode
    """
    country = world[1]
    rng = stream(*world, *names, "live")
    factors = recorded(world, names, people, wide) if wide else nothing()
    onset = _diseases(world, names, rng, people, rows, factors)
    planting.move_onsets(rows, rng, people, onset, country)
    _die_of_disease(country, rng, people, onset)
    onset, people["dies"] = onset[same], people["dies"][same]
    _keep_to_the_specialty(country, people, onset)
    _outlive_the_move(people, same)
    _leave(country, people)
    people["intake"] = np.full(len(onset), intake, dtype=np.int32)
    extras = planting.extra_events(
        rows, rng, people, onset, country, rates_of(country)["consultations_per_year"]
    )
    factors = kept_while_registered(factors, people, same)
    if wide:
        signs = early_signs(rows, stream(*world, *names, "early signs"), people, onset, country, wide)
        factors = stacked([factors, signs])
    treated = courses(world, names, onset)
    if laws := laws_of(rows):
        treated = planned(world, names, people, onset, laws, treated)
    return Lives(people, onset, treated, extras, factors)


def _diseases(
    world: tuple, names: tuple, rng: np.random.Generator, people: Rows, rows: list[dict], factors: Rows
) -> np.ndarray:
    country = world[1]
    book = burden(country)
    thresholds = rng.standard_exponential((len(people["born"]), len(book.names)), dtype=np.float32)
    onset = np.full(thresholds.shape, NEVER, dtype=np.int32)

    def start(exposure: str, at_least: int) -> np.ndarray:
        if exposure.startswith(EXPOSURE):
            return first_days(factors, number_of(exposure), len(onset))
        days = np.full(len(onset), NEVER)
        for row in rates("treatments").iter_rows(named=True):
            if row["drug"] == exposure:
                taken = course(world, names, onset, row)
                long = taken["stop"] - taken["start"] >= at_least
                days[taken["who"][long]] = taken["start"][long]
        return days

    for disease in range(len(book.names)):
        hazards = []
        for row in rows:
            if row["kind"] == "hazard" and disease in planting.diseases_of(country, row["outcome"]):
                since = planting.exposed_from(row, people, onset, country, start)
                hazards.append((since, row["multiplier"]))
        usual = thresholds[:, disease] * _mean_multiplier(people, hazards)
        points = [(_hazard_at(book, disease, people, since), multiplier) for since, multiplier in hazards]
        drawn = threshold_under(points, usual)
        onset[:, disease] = onset_days(country, disease, people["born"], people["male"], drawn)
    return onset


def _hazard_at(book: Burden, disease: int, people: Rows, days: np.ndarray) -> np.ndarray:
    """Cumulative hazard of a disease on a day for each person; inf for NEVER."""
    age = np.where(days < NEVER, (days - people["born"]) / YEAR, 0)
    return np.where(days < NEVER, book.hazard_until(disease, people["male"], age), np.inf)


def _mean_multiplier(people: Rows, hazards: list[tuple[np.ndarray, float]]) -> np.ndarray:
    """What planted hazards do to the average person of one's sex: the incidence stays that of `rates/`."""
    product = np.ones(len(people["born"]))
    for start, multiplier in hazards:
        product *= np.where(start < people["entry"] + EXPOSED_WITHIN, multiplier, 1)
    means = [product[people["male"] == sex].mean() if (people["male"] == sex).any() else 1 for sex in (0, 1)]
    return np.where(people["male"], means[1], means[0])


def _die_of_disease(country: str, rng: np.random.Generator, people: Rows, onset: np.ndarray) -> None:
    lethal = np.flatnonzero(np.isfinite(burden(country).survival))
    shortened(people, onset, (lethal, burden(country).survival[lethal]), rng)


def _keep_to_the_specialty(country: str, people: Rows, onset: np.ndarray) -> None:
    """A specialist's practice knows of the diseases of its specialty alone."""
    for specialty in set(people["specialty"].tolist()) - {GENERAL}:
        own = rates("specialties").filter(pl.col("specialty") == specialty)["condition"]
        others = np.setdiff1d(np.arange(onset.shape[1]), [burden(country).at(name) for name in own])
        patients = np.flatnonzero(people["specialty"] == specialty)
        onset[np.ix_(patients, others)] = NEVER


def _outlive_the_move(people: Rows, same: np.ndarray) -> None:
    """Who moved was alive for a while in the new practice, and dies on one day for both practices."""
    takers = np.flatnonzero(same != np.arange(len(same)))
    day = np.maximum(people["dies"][takers], people["entry"][takers] + LEAST_DAYS_AFTER_MOVE)
    people["dies"][takers] = people["dies"][same[takers]] = day


def _leave(country: str, people: Rows) -> None:
    """Days of leaving, death and of the practice knowing of them; a death after leaving is never known."""
    leaves = people["entry"].astype(np.int64) + np.maximum(people.pop("stays") * YEAR, 30).astype(np.int64)
    stays = leaves >= people["dies"]
    people["leaves"] = np.where(stays, NEVER, leaves).astype(np.int32)
    people["dies"] = np.where(stays, people["dies"], NEVER).astype(np.int32)
    lag = (people.pop("lag") * 60).astype(np.int32)
    late = people["odd"] % 1000 < 1000 * rates_of(country)["late_news"]
    people["leaving_known"] = np.where(stays, NEVER, people["leaves"] + lag // 2).astype(np.int32)
    learnt = people["dies"] + 1 + np.where(late, lag * 6, lag)
    people["death_known"] = np.where(stays, learnt, NEVER).astype(np.int32)
    people["ends"] = np.minimum(people["leaves"], people["dies"])
