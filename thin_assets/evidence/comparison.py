"""What changed between two profiles of one country, and what a person should look at.

Only what rests on enough persons is reported: a change of a small count says nothing, and might point at
somebody.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from thin_assets.evidence.reading import TABLES, Reading
from thin_assets.evidence.records import EVENTS

ENOUGH_PERSONS = 30
"""Persons on both sides from which on a ratio is looked at; a new or vanished concept needs as many."""

MOST_GROWTH, MOST_LOSS = 0.10, 0.01
"""How much a table may grow, and lose, from one month to the next: a full extract hardly ever loses."""

MOST_RATIO = 1.5
"""How many times more or fewer persons a concept may have than the month before."""

MOST_POINTS = 1.0
"""Percentage points by which the unmapped share of a table may rise."""

MOST_SHIFT = 0.10
"""How far a median may move, as a share of it."""

USUAL_MONTHS = 12
LEAST_OF_USUAL, MOST_OF_USUAL = 0.5, 2.0
"""Records of the last month against the mean of the months before it."""


@dataclass(frozen=True)
class Change:
    """One thing to look at.

    kind       new, vanished, jump, loss, growth, unmapped, shift, volume
    what       table and, for a concept, its id
    """

    kind: str
    table: str
    concept_id: int | None
    before: float
    now: float
    unit_concept_id: int | None = None


def changes(now: Reading, before: Reading) -> list[Change]:
    """Everything that changed more than a month should change, gravest first."""
    found = [
        *_tables(now, before),
        *_unmapped(now, before),
        *_last_month(now),
        *_concepts(now, before),
        *_medians(now, before),
    ]
    return sorted(found, key=lambda change: (_ORDER.index(change.kind), change.table, -change.now))


_ORDER = ("loss", "unmapped", "volume", "growth", "vanished", "new", "jump", "shift")


def _tables(now: Reading, before: Reading) -> Iterator[Change]:
    for table in TABLES:
        ours, theirs = now.total(9000, table), before.total(9000, table)
        if theirs and ours < theirs * (1 - MOST_LOSS):
            yield Change("loss", table, None, theirs, ours)
        elif theirs and ours > theirs * (1 + MOST_GROWTH):
            yield Change("growth", table, None, theirs, ours)


def _unmapped(now: Reading, before: Reading) -> Iterator[Change]:
    for table in TABLES:
        ours, theirs = unmapped_percent(now, table), unmapped_percent(before, table)
        if ours is not None and theirs is not None and ours > theirs + MOST_POINTS:
            yield Change("unmapped", table, None, theirs, ours)


def unmapped_percent(reading: Reading, table: str) -> float | None:
    """Share of a table's records without a standard concept; None where it has no record."""
    records = reading.total(9000, table)
    return 100 * sum(reading.of_table(9004, table).values()) / records if records else None


def _last_month(now: Reading) -> Iterator[Change]:
    """The month of the snapshot beside those before it, within the same build."""
    for table in TABLES:
        months = now.of_table(9003, table)
        earlier = [month for month in now.months if month < now.month][-USUAL_MONTHS:]
        usual = sum(months.get(month, 0) for month in earlier) / len(earlier) if earlier else 0
        last = months.get(now.month, 0)
        if usual >= ENOUGH_PERSONS and not LEAST_OF_USUAL <= last / usual <= MOST_OF_USUAL:
            yield Change("volume", table, None, usual, last)


def _concepts(now: Reading, before: Reading) -> Iterator[Change]:
    for table in EVENTS:
        if not table.is_derived:
            yield from _concepts_of(table.name, persons_of(now, table.base), persons_of(before, table.base))


def persons_of(reading: Reading, analysis_id: int) -> dict[int, int]:
    """Persons by concept; concept 0 is left out, for it is no concept."""
    return {int(key): count for (key,), count in reading.counts(analysis_id).items() if int(key)}


def _concepts_of(table: str, ours: Mapping[int, int], theirs: Mapping[int, int]) -> Iterator[Change]:
    for concept in sorted(ours.keys() | theirs.keys()):
        now, before = ours.get(concept, 0), theirs.get(concept, 0)
        if not before and now >= ENOUGH_PERSONS:
            yield Change("new", table, concept, before, now)
        elif not now and before >= ENOUGH_PERSONS:
            yield Change("vanished", table, concept, before, now)
        elif min(now, before) >= ENOUGH_PERSONS and not 1 / MOST_RATIO <= now / before <= MOST_RATIO:
            yield Change("jump", table, concept, before, now)


def _medians(now: Reading, before: Reading) -> Iterator[Change]:
    theirs = before.spread(1815)
    for key, spread in now.spread(1815).items():
        known = min(now.total(9008, *key), before.total(9008, *key)) >= ENOUGH_PERSONS
        if known and key in theirs and int(key[0]):
            old, new = theirs[key]["median_value"], spread["median_value"]
            if abs(new - old) > MOST_SHIFT * abs(old):
                unit = int(key[1]) if len(key) > 1 else None
                yield Change("shift", "measurement", int(key[0]), old, new, unit)
