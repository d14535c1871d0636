"""What homes that share a store publish together: each with what the others have published in sight.

Tables of products are in the store itself (`tables.py`). Here is what lies beside them: contracts, facts,
releases, pages, the ledgers of aggregates, and the record of every home.
"""

import random
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from thin_assets.errors import StoreMoved
from thin_assets.resources import units
from thin_assets.resources.files import locked, read_json, write_json
from thin_assets.resources.shared import STATES, WorkingCopy, working_copy
from thin_assets.resources.tables import follow

T = TypeVar("T")

ATTEMPTS, WAIT_SECONDS = 10, 0.2

BESIDE = ("card.html", "croissant.json", "releases.json", "contracts/*.yaml")
"""Files of a product that people look for; programs follow the index, which is never half new."""

CATALOGUE = Path("published", "catalogue")


def published_together(home: Path, zone: str, name: str, publish: Callable[[], T]) -> T:
    """Publish with what others have published in sight, and put what lies beside the table afterwards.

    publish    done again, a limited number of times, where somebody else was first; it must bear that
    Runs of one home wait for each other here: they write to the same folder.
    """
    copy = working_copy(home)
    if copy is None:
        return publish()
    with locked(home / STATES / zone / name):
        for attempt in range(1, ATTEMPTS):
            try:
                return _publish(copy, zone, name, publish)
            except StoreMoved:
                time.sleep(random.uniform(0, WAIT_SECONDS * attempt))
        return _publish(copy, zone, name, publish)


def _publish(copy: WorkingCopy, zone: str, name: str, publish: Callable[[], T]) -> T:
    pull_product(copy, zone, name)
    done = publish()
    push_product(copy, zone, name)
    put_record(copy)
    return done


def pull_product(copy: WorkingCopy, zone: str, name: str) -> None:
    """What lies beside the tables of a product, and their logs."""
    copy.pull(units.product(zone, name))
    for folder in copy.store.folders(f"{zone}/{name}"):
        if folder.rpartition("/v")[2].isdigit():
            follow(copy.home / folder)


def push_product(copy: WorkingCopy, zone: str, name: str) -> bool:
    """The same for others; and under their own names what people look for, who follow no index.

    False when there was nothing to put.
    """
    if not copy.push(units.product(zone, name)):
        return False
    for pattern in BESIDE:
        for path in (copy.home / zone / name).glob(pattern):
            copy.store.put(path.relative_to(copy.home).as_posix(), path)
    return True


@contextmanager
def ledgers(home: Path, country: str, own: str, others: Iterable[str]) -> Iterator[Callable[[], None]]:
    """Ledgers of a country as they stand; what is given puts the own one, before anything is published by it.

    own, others    products. What is given raises StoreMoved when another month was written down meanwhile.
    """
    copy = working_copy(home)
    if copy is None:
        yield lambda: None
        return
    for product in (own, *others):
        copy.pull(units.ledger(product, country))
    yield lambda: copy.push(units.ledger(own, country))


@contextmanager
def shared_catalogue(home: Path, products: Iterable[tuple[str, str]]) -> Iterator[None]:
    """Draw the catalogue with what everybody has published in sight, and put it for people.

    products    zone and name of each
    """
    copy = working_copy(home)
    if copy is None:
        yield
        return
    known = list(products)
    for zone, name in known:
        pull_product(copy, zone, name)
    yield
    for zone, name in known:
        push_product(copy, zone, name)
    for path in sorted((home / CATALOGUE).rglob("*")):
        if path.is_file():
            copy.store.put(path.relative_to(home).as_posix(), path)
    put_record(copy)


def put_record(copy: WorkingCopy) -> None:
    """Put the audit record of this home: each home has one of its own, and is its only writer."""
    with locked(copy.home / STATES / "audit"):
        for name in ("audit.jsonl", "audit.head.json"):
            file = copy.home / "audit" / name
            if file.is_file():
                copy.store.put(f"audit/{home_name(copy.home)}/{name}", file)


def home_name(home: Path) -> str:
    """Name that a home gave itself when it first shared anything."""
    path = home / STATES / "home.json"
    with locked(path):
        if (told := read_json(path)) is None:
            told = {"name": f"home-{uuid.uuid4().hex[:8]}"}
            write_json(path, told)
    return told["name"]
