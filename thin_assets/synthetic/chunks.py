"""A chunk: some thousand patients of a world, simulated together and apart from all others.

Chunks bound the memory. Which patients share one depends on the world alone, so no machine changes a byte.
"""

import hashlib
from dataclasses import dataclass

import numpy as np
import polars as pl

from thin_assets.synthetic import population
from thin_assets.synthetic.aftermath import planted_outcomes, told_share
from thin_assets.synthetic.chance import stream
from thin_assets.synthetic.days import new_year
from thin_assets.synthetic.defects import NO_FAULT, spoil_patients
from thin_assets.synthetic.lives import Lives, joined, live
from thin_assets.synthetic.names import spelled_key
from thin_assets.synthetic.parameters import rates
from thin_assets.synthetic.practices import OPENING_YEAR, Practices
from thin_assets.synthetic.records import Setting, Span, Tables, together, written

PATIENTS_PER_CHUNK = 5_000
ARRIVALS_PER_CHUNK = 300
"""Room for the keys of one year's arrivals in one chunk."""

MOST_CHUNKS = 1_000
"""Room for the chunks of one wave."""


@dataclass(frozen=True)
class Chunk:
    """Members of practices: practice and position (within it) of each; `wave` as in Practices."""

    wave: int
    number: int
    practice: np.ndarray
    position: np.ndarray

    @property
    def names(self) -> tuple:
        """What names the random streams of the chunk."""
        return (self.wave, self.number)


def chunks_of(practices: Practices) -> list[Chunk]:
    """All chunks of a world: the founders' first, then those of the practices that joined, year by year."""
    found = []
    for wave in sorted(set(practices.wave.tolist())):
        of_wave = np.flatnonzero(practices.wave == wave)
        practice = np.repeat(of_wave, practices.members[of_wave])
        position = np.concatenate([np.arange(count) for count in practices.members[of_wave]])
        for number, start in enumerate(range(0, len(practice), PATIENTS_PER_CHUNK)):
            part = slice(start, start + PATIENTS_PER_CHUNK)
            found.append(Chunk(wave, number, practice[part], position[part]))
    return found


def lives_of(
    world: tuple,
    chunk: Chunk,
    practices: Practices,
    until_year: int,
    effects: list[dict],
    *,
    defects: bool,
    wide: int = 0,
) -> Lives:
    """Everybody of a chunk: the settled, and those who arrived in each year since the network opened."""
    opened = max(chunk.wave, OPENING_YEAR)
    parts = [_settled(world, chunk, practices, new_year(opened), effects, defects=defects, wide=wide)]
    for year in range(opened, until_year + 1):
        arrived = _arrived(world, chunk, practices, year, effects, wide)
        parts += [arrived] if arrived else []
    return joined(parts)


def _settled(
    world: tuple,
    chunk: Chunk,
    practices: Practices,
    until: int,
    effects: list[dict],
    *,
    defects: bool,
    wide: int,
) -> Lives:
    starts = practices.starts[chunk.practice]
    people = population.settle(world, chunk.practice, starts, until, chunk.names)
    same = population.moved(people, starts, stream(*world, *chunk.names, "moves"), until)
    movers = same != np.arange(len(same))
    movers[same[movers]] = True
    people["specialty"] = practices.specialty[chunk.practice]
    nothing = np.full(len(same), NO_FAULT, dtype=np.int8)
    rng = stream(*world, *chunk.names, "patient faults")
    people["fault"] = spoil_patients(rng, people, movers) if defects else nothing
    people["key_number"] = chunk.position.astype(np.int64)
    people["moved"] = movers
    return live(world, (*chunk.names, 0), people, same, 0, effects, wide)


def _arrived(
    world: tuple, chunk: Chunk, practices: Practices, year: int, effects: list[dict], wide: int
) -> Lives | None:
    open_then = (practices.leaves[chunk.practice] > new_year(year)) & (
        practices.freezes[chunk.practice] > new_year(year)
    )
    lists = chunk.practice[open_then]
    count = min(round(population.rates_of(world[1])["newcomers_per_year"] * len(lists)), ARRIVALS_PER_CHUNK)
    if count == 0:
        return None
    practice = stream(*world, *chunk.names, "arrivals", year).choice(lists, count)
    people = population.arrive(world, practice, year, chunk.names)
    slot = ((year - OPENING_YEAR) * MOST_CHUNKS + chunk.number) * ARRIVALS_PER_CHUNK + np.arange(count)
    people["specialty"] = practices.specialty[practice]
    people["fault"] = np.full(count, NO_FAULT, dtype=np.int8)
    people["key_number"] = practices.members[practice] + slot
    people["moved"] = np.zeros(count, dtype=bool)
    return live(world, (*chunk.names, year), people, np.arange(count), year, effects, wide)


def records_of(
    world: tuple,
    chunk: Chunk,
    practices: Practices,
    lives: Lives,
    until_year: int,
    effects: list[dict],
    *,
    defects: bool,
) -> Tables:
    """Every record of the chunk's patients until the end of a year."""
    trends = [row for row in effects if row["kind"] == "trend"]
    after = {"planted": planted_outcomes(effects), "told": told_share(effects)}
    found = []
    for span in spans(until_year):
        present = lives.until_intake(span.last)
        staff = practices.staff[present.people["practice"]]
        found.append(written(Setting(world, chunk.names, staff, trends, defects, **after), present, span))
    return together(found)


def spans(until_year: int) -> list[Span]:
    """The history as one span, then a span for every year."""
    first = int(rates("countries")["start_from"].min())
    years = range(OPENING_YEAR, until_year + 1)
    return [Span(0, first, OPENING_YEAR - 1), *(Span(1 + n, year, year) for n, year in enumerate(years))]


def keys_of(lives: Lives, mark: tuple[int, str] | None) -> pl.Series:
    """Delivered key of each patient; the marked one has a longer one that can be searched for."""
    keys = spelled_key(lives.people["key_number"])
    return keys if mark is None else keys.scatter(mark[0], keys[mark[0]] + mark[1])


def marked(world: tuple, lives: Lives) -> tuple[int, str]:
    """A sound patient of the largest practice who stays for long, and what to add to the key."""
    people = lives.people
    sound = (people["fault"] == NO_FAULT) & ~people["moved"] & (people["intake"] == 0)
    sound &= people["practice"] == people["practice"][0]
    suffix = hashlib.sha256(str(world).encode()).hexdigest()[:8].upper()
    return int(np.argmax(np.where(sound, people["ends"] - people["entry"], -1))), suffix
