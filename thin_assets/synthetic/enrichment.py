"""Case enrichment: a delivery drawn from a larger population, with all of those who fall ill there.

Rare diseases need many patients, and studies of them need few others. So the lives of a population some times
as large are simulated; who gets an enriched disease while registered is kept with a share of its own (`kept`
of `rates/enrichments.csv`), anybody else with the share at which the delivery has the size asked for. A share
is the chance of being delivered, its inverse the sampling weight: weighted sums estimate the population.

Who is kept follows from the life and one draw, and from no month: whoever is in one snapshot is in the next.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import IO

import numpy as np
import polars as pl

from thin_assets.errors import SettingsError
from thin_assets.synthetic.chance import stream
from thin_assets.synthetic.days import new_year
from thin_assets.synthetic.effects import outcome_days
from thin_assets.synthetic.lives import Lives
from thin_assets.synthetic.parameters import rates
from thin_assets.synthetic.practices import Practices
from thin_assets.synthetic.snapshots import View, known_since
from thin_assets.synthetic.spelling import at

ILL_BEFORE = 2026
"""Illness that begins from this year on is nobody's reason to be kept: no present snapshot shows it."""

FEWEST_OTHERS = 0.1
"""Share of a delivery that is left for people without an enriched disease."""

TIMES = 20
"""How many times as large the population is, unless told."""


@dataclass(frozen=True)
class Sampling:
    """With which chance whom.

    kept      chance by outcome: a cancer site or a disease; of several, the highest counts
    others    chance of everybody without any of them
    """

    kept: dict[str, float]
    others: float

    def chances(self, country: str, lives: Lives) -> np.ndarray:
        """Chance of each patient to be delivered; the sampling weight is its inverse."""
        found = np.full(len(lives), self.others)
        for outcome, share in self.kept.items():
            found = np.where(ill(country, lives, outcome), np.maximum(found, share), found)
        return found


def ill(country: str, lives: Lives, outcome: str) -> np.ndarray:
    """Who gets a disease while registered, and before ILL_BEFORE: who had it before is not among them."""
    days, people = outcome_days(lives.onset, country, outcome), lives.people
    return (days >= people["entry"]) & (days < people["ends"]) & (days < new_year(ILL_BEFORE))


def known_enrichments() -> list[str]:
    """Names of `rates/enrichments.csv`."""
    return rates("enrichments")["enrichment"].unique(maintain_order=True).to_list()


def kept_of(names: Collection[str]) -> dict[str, float]:
    """Chance by outcome, of all that is named. Raises SettingsError on unknown names."""
    if unknown := sorted(set(names) - set(known_enrichments())):
        raise SettingsError(
            f"unknown enrichments: {', '.join(unknown)}",
            where="synthetic",
            remedy=f"use some of {', '.join(known_enrichments())}",
        )
    rows = [row for row in rates("enrichments").iter_rows(named=True) if row["enrichment"] in names]
    return {row["outcome"]: float(row["kept"]) for row in rows}


def sampling_of(country: str, kept: dict[str, float], patients: int, population: Iterable[Lives]) -> Sampling:
    """The sampling under which as many founders as are asked for are delivered, on average.

    population    the founders of the larger population, chunk by chunk
    Raises SettingsError where those who are ill leave too little room for others.
    """
    count, wanted, affected = 0, 0.0, 0
    for lives in population:
        chances = Sampling(kept, 0.0).chances(country, lives)
        count, wanted, affected = count + len(lives), wanted + chances.sum(), affected + (chances > 0).sum()
    if patients - wanted < FEWEST_OTHERS * patients:
        raise SettingsError(
            f"{affected} of {count} fall ill, which leaves too few of {patients} patients for others",
            where="synthetic",
            remedy="enrich fewer diseases, from a population fewer times as large, or ask for more patients",
        )
    return Sampling(kept, min((patients - wanted) / (count - affected), 1.0))


@dataclass
class Drawing:
    """The drawing of one delivery, and its books.

    weights       where the weights are written: one row per delivered patient, as they come
    population    patients and cases that the delivery would have of everybody, added up chunk by chunk
    """

    sampling: Sampling
    world: tuple
    times: int
    weights: IO[bytes]
    population: Counter = field(default_factory=Counter)

    def take(self, names: tuple, lives: Lives, sends: np.ndarray, until: np.ndarray) -> Lives:
        """Who is kept of a chunk; `sends` and `until` of each patient as in `snapshots.seen`.

        Numbers are drawn for the settled first and then year by year: later arrivals move nobody's.
        """
        country = self.world[1]
        there = sends & (known_since(lives.people) <= until)
        self.population["patients"] += int(there.sum())
        for outcome in self.sampling.kept:
            seen = ill(country, lives, outcome) & (outcome_days(lives.onset, country, outcome) <= until)
            self.population[outcome] += int((seen & there).sum())
        drawn = stream(*self.world, *names, "sample").random(len(lives))
        return lives.only(drawn < self.sampling.chances(country, lives))

    def note(self, view: View, practices: Practices) -> None:
        """Write the weights of the delivered patients of a chunk."""
        country, which = self.world[1], np.flatnonzero(view.delivered)
        told = {outcome: ill(country, view.lives, outcome)[which] for outcome in self.sampling.kept}
        frame = pl.DataFrame(
            {
                "pracid": at(practices.keys.tolist(), view.lives.people["practice"][which]),
                "patid": view.keys.gather(which),
                "weight": 1 / self.sampling.chances(country, view.lives)[which],
            }
            | {f"gets_{outcome}": mask.astype(np.int8) for outcome, mask in told.items()}
        )
        frame.write_csv(self.weights, include_header=self.weights.tell() == 0)

    def as_truth(self) -> dict:
        """Shares by outcome and of the others, and what weighted sums should come near to."""
        return {
            "times": self.times,
            "shares": self.sampling.kept | {"others": self.sampling.others},
            "ill_before": ILL_BEFORE,
            "population": dict(self.population),
        }
