"""Disclosure control in the lake: which tables were published before, and what was told in each.

Ledgers lie beside the exact tables, in `published/<product>_ledger`; readers of a product never see them.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

import polars as pl

from thin_assets.domain.snapshot import Snapshot
from thin_assets.published.control import Controlled, control
from thin_assets.published.ledger import as_shared
from thin_assets.published.product import Product
from thin_assets.resources.lake import Lake


@contextmanager
def controlled(lake: Lake, product: Product, snapshot: Snapshot) -> Iterator[Controlled]:
    """The rows of an aggregate that may be published; other months of the country wait until it is.

    What is told is written down before it is published: what is published is never unknown to the next table.
    """
    room, table = product.source.split("/")
    with _alone(lake, product, snapshot):
        found = control(
            lake.read(room, table, snapshot), product, previous=_told_before(lake, product, snapshot)
        )
        lake.write("published", _ledger(product.name), snapshot, found.ledger)
        yield found


def _told_before(lake: Lake, product: Product, snapshot: Snapshot) -> list[pl.DataFrame]:
    """Ledgers of this month, of the months beside it that are published, and of products that share cells."""
    months = _published_months(lake, product, snapshot)
    earlier = [month for month in months if month < snapshot.month][-1:]
    later = [month for month in months if month > snapshot.month][:1]
    own = [month for month in months if month == snapshot.month]
    name = _ledger(product.name)
    told = [
        lake.read("published", name, Snapshot(snapshot.country, month)) for month in (*own, *earlier, *later)
    ]
    return told + [
        as_shared(lake.read("published", _ledger(one.product), snapshot), one, product.disclosure)
        for one in product.disclosure.shares
    ]


def _published_months(lake: Lake, product: Product, snapshot: Snapshot) -> list:
    folder = lake.folder("published", _ledger(product.name), snapshot).parent
    written = (path.parent.name for path in folder.glob("snapshot=*/data.parquet"))
    return sorted(Snapshot.of(f"{snapshot.country}|{name.partition('=')[2]}").month for name in written)


def _ledger(product: str) -> str:
    return f"{product}_ledger"


@contextmanager
def _alone(lake: Lake, product: Product, snapshot: Snapshot) -> Iterator[None]:
    """One month of a product and country at a time: two at once would not know of each other."""
    folder = lake.folder("published", _ledger(product.name), snapshot).parent
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
