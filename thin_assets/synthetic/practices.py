"""The practices of a country: how large, since when, who works there, and when they join, leave or freeze."""

from dataclasses import dataclass, replace

import numpy as np

from thin_assets.domain.countries import COUNTRIES
from thin_assets.domain.snapshot import Snapshot
from thin_assets.synthetic.chance import stream
from thin_assets.synthetic.days import NEVER, day, new_year
from thin_assets.synthetic.parameters import country_rates, rates

OPENING_YEAR = 2023
"""From this year on practices and patients come and go month by month; what lies before is history."""

FEWEST = 6
FEWEST_LEFT = 3
"""So many founders there are at least, and so many never stop sending: the largest ones."""

PATIENTS_PER_STAFF = 600
SUSPENSION_DAYS = 80
"""A suspended practice is back in the third snapshot after the one that it was suspended at."""

GENERAL = "GEN"
SPECIALIST_EVERY, FIRST_SPECIALIST = 5, 2
"""Which practices are specialists', where specialists deliver: the third, the eighth, ..."""


@dataclass(frozen=True)
class Practices:
    """Parallel arrays, one element per practice, founders first.

    wave       0 for founders, else the year in which the practice joined the network
    joins, leaves, freezes   day numbers: the cut-off it first appears at, is gone at, or stays frozen at
    suspended  cut-off of the latest suspension: nothing newer is collected for some months
    specialty  code of the specialty; GEN for general practice
    """

    keys: np.ndarray
    wave: np.ndarray
    members: np.ndarray
    starts: np.ndarray
    joins: np.ndarray
    leaves: np.ndarray
    freezes: np.ndarray
    suspended: np.ndarray
    staff: np.ndarray
    region: np.ndarray
    specialty: np.ndarray

    def delivered_at(self, cutoff: int) -> np.ndarray:
        """Whether each practice is part of a snapshot with this cut-off."""
        return (self.joins <= cutoff) & (self.leaves > cutoff)

    def collected_until(self, cutoff: int) -> np.ndarray:
        """Last day collected from each practice: the cut-off, or the day it froze or was suspended."""
        last = np.where(self.suspended_at(cutoff), self.suspended, cutoff)
        return np.minimum(self.freezes, last).astype(np.int32)

    def suspended_at(self, cutoff: int) -> np.ndarray:
        """Whether each practice delivers no more than it did before its suspension."""
        return (self.suspended <= cutoff) & (cutoff < self.suspended + SUSPENSION_DAYS)

    @property
    def is_specialist(self) -> np.ndarray:
        """Whether each practice is one of specialists, who keep no list."""
        return self.specialty != GENERAL


def open_practices(country: str, patients: int, seed: int, until: int) -> Practices:
    """The practices of a world: founders sharing `patients`, and what every year until `until` changed."""
    founders = _founders(country, patients, seed)
    for year in range(OPENING_YEAR, until + 1):
        for number, change in enumerate(rates("practice_changes").iter_rows(named=True)):
            month_end = day(Snapshot.named(country, f"{year}-{change['month_of_year']:02d}").cutoff)
            if change["change"] == "join":
                founders = _join(founders, country, patients, seed, year, number, change["share"], month_end)
            elif change["change"] == "suspend":
                founders = _suspend(founders, month_end)
            else:
                founders = _stop(founders, change["change"], change["share"], month_end)
    return founders


def _founders(country: str, patients: int, seed: int) -> Practices:
    rng = stream(seed, country, patients, "practices")
    norms = country_rates(country)
    count = max(FEWEST, round(patients / norms["practice_members"]))
    weight = np.sort(rng.lognormal(0, norms["practice_sigma"], count))[::-1]
    members = np.floor(weight / weight.sum() * patients).astype(np.int64)
    members[0] += patients - members.sum()
    return _made(rng, country, members, wave=0, joins=-NEVER, first=0)


def _made(
    rng: np.random.Generator, country: str, members: np.ndarray, wave: int, joins: int, first: int
) -> Practices:
    norms, count = country_rates(country), len(members)
    letters = norms["practice_letters"]
    numbers = 1000 + (first + np.arange(count)) * 37 % 9000
    keys = np.array(
        [f"{letters[(first + i) % len(letters)]}{number}" for i, number in enumerate(numbers)], dtype=object
    )
    starts = rng.integers(new_year(norms["start_from"]), new_year(norms["start_to"]), count)
    regions = [norms["region_prefix"] + region for region in str(norms["regions"]).split(";")]
    never = np.full(count, NEVER, dtype=np.int32)
    return Practices(
        keys=keys,
        wave=np.full(count, wave, dtype=np.int32),
        members=members,
        starts=starts.astype(np.int32),
        joins=np.full(count, joins, dtype=np.int32),
        leaves=never,
        freezes=never.copy(),
        suspended=never.copy(),
        staff=np.maximum(4, members // PATIENTS_PER_STAFF + 3).astype(np.int32),
        region=np.array(regions, dtype=object)[rng.integers(0, len(regions), count)],
        specialty=_specialties(country, first + np.arange(count)),
    )


def _specialties(country: str, numbers: np.ndarray) -> np.ndarray:
    names = np.array(rates("specialties")["specialty"].unique(maintain_order=True), dtype=object)
    special = (numbers % SPECIALIST_EVERY == FIRST_SPECIALIST) & COUNTRIES[country].specialists
    return np.where(special, names[numbers // SPECIALIST_EVERY % len(names)], GENERAL).astype(object)


def _join(
    present: Practices,
    country: str,
    patients: int,
    seed: int,
    year: int,
    number: int,
    share: float,
    month_end: int,
) -> Practices:
    rng = stream(seed, country, patients, "practices", year, number)
    total = max(20, round(share * patients))
    count = max(1, round(total / country_rates(country)["practice_members"]))
    members = np.full(count, total // count)
    joined = _made(rng, country, members, wave=year, joins=month_end, first=len(present.keys))
    return Practices(*(np.concatenate(pair) for pair in zip(_arrays(present), _arrays(joined), strict=True)))


def _stop(present: Practices, change: str, share: float, month_end: int) -> Practices:
    """The smallest founders still sending stop; a few always stay."""
    sending = (present.wave == 0) & (present.leaves == NEVER) & (present.freezes == NEVER)
    smallest = np.flatnonzero(sending)[::-1]
    wanted = max(1, round(share * sending.sum()))
    stopped = smallest[: max(0, min(wanted, len(smallest) - FEWEST_LEFT))]
    field = "leaves" if change == "leave" else "freezes"
    days = getattr(present, field).copy()
    days[stopped] = month_end
    return replace(present, **{field: days})


def _suspend(present: Practices, month_end: int) -> Practices:
    """The practice that joined first, if it still sends, sends nothing new for some months."""
    sending = np.flatnonzero((present.wave > 0) & (present.leaves == NEVER) & (present.freezes == NEVER))
    suspended = present.suspended.copy()
    suspended[sending[:1]] = month_end
    return replace(present, suspended=suspended)


def _arrays(practices: Practices) -> list[np.ndarray]:
    return list(vars(practices).values())
