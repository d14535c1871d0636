"""The record of what left the house: lines for every publication, refusal, release and recall.

A publication has a line before it is begun and one when it is done: of a writer that was killed in between
the first is left, and the log of the table says whether its commit was made.

How the lines are chained: `chain.py`.
"""

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path

from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import DiskFull, ThinError
from thin_assets.published.declared.product import Product
from thin_assets.published.record import chain

BEGUN, PUBLISHED, REFUSED, RELEASED, RECALLED = "begun", "published", "refused", "released", "recalled"
WITHDRAWN, TORN = "withdrawn", "torn line"


@dataclass(frozen=True)
class Hand:
    """Who acts, and when: a user's name, or `dagster run` and its id."""

    who: str
    when: dt.datetime


@dataclass(frozen=True)
class Event:
    """What a line tells; counts only, never a value of a row.

    spec          sha256 of the declaration of the product
    counts        rows, entries, version of the table and the like
    suppressed    what was kept back, by rule
    reason        why something was refused or taken back
    """

    event: str
    product: str
    spec: str
    contract: str
    partition: str | None = None
    build: str | None = None
    counts: Mapping[str, int | str] = field(default_factory=dict)
    suppressed: Mapping[str, int] = field(default_factory=dict)
    reason: str | None = None


def event_of(event: str, product: Product, snapshot: Snapshot | None = None, **told: object) -> Event:
    """An event of a product, with the sha256 of its declaration and the version of its contract."""
    key = None if snapshot is None else snapshot.key
    return Event(event, product.name, spec_of(product), product.version, key, **told)


def spec_of(product: Product) -> str:
    """Sha256 of a declaration: the same for the same promises, however the file is laid out.

    Its version does not count, for it only says that they changed; nor what is left at its default, so that a
    word that declarations learn later changes none.
    """
    promises = product.model_dump(mode="json", exclude_defaults=True, exclude={"version"})
    told = json.dumps(promises, sort_keys=True, ensure_ascii=False)
    return sha256(told.encode()).hexdigest()


def stamp(when: dt.datetime) -> str:
    """A time as records have it: UTC, to the millisecond."""
    return when.astimezone(dt.UTC).isoformat(timespec="milliseconds")


def audit_file(home: Path) -> Path:
    """Where the record lies."""
    return home / "audit" / "audit.jsonl"


def record(home: Path, hand: Hand, event: Event) -> dict:
    """Add one line; it is on the disk when this returns. Raises AuditBroken where lines were cut off.

    Several processes may do so at once: each waits for the one before.
    """
    return chain.append(audit_file(home), _told(hand, event), torn=lambda size: _told(hand, _torn(size)))


@contextmanager
def attempt_recorded(
    home: Path, hand: Hand, product: Product, snapshot: Snapshot, build: str | None = None
) -> Iterator[None]:
    """A line before what is inside, and another when it refuses."""
    record(home, hand, event_of(BEGUN, product, snapshot, build=build))
    with refusals_recorded(home, hand, product, snapshot, build):
        yield


@contextmanager
def refusals_recorded(
    home: Path, hand: Hand, product: Product, snapshot: Snapshot, build: str | None = None
) -> Iterator[None]:
    """Whatever refuses inside leaves one line with its reason, however deep it is nested, and goes on."""
    try:
        yield
    except ThinError as error:
        if not error.recorded:
            reason = f"{type(error).__name__}: {error.what}"
            with suppress(DiskFull):  # a line that it was begun, and none that it was done, tells as much
                record(home, hand, event_of(REFUSED, product, snapshot, build=build, reason=reason))
            error.recorded = True
        raise


def entries(home: Path) -> list[dict]:
    """Every whole line, oldest first; none before anything was published."""
    return [json.loads(line) for line in chain.lines(audit_file(home))]


def verify(home: Path) -> int:
    """Number of lines, when each follows the one before and none is missing. Raises AuditBroken."""
    return chain.verify(audit_file(home))


def _told(hand: Hand, event: Event) -> dict:
    return {"who": hand.who, "when": stamp(hand.when), **asdict(event)}


def _torn(size: int) -> Event:
    return Event(
        TORN, "", "", "", counts={"bytes": size}, reason="half a line of a killed writer, moved aside"
    )
