"""Disclosure control in the lake: which tables were published before, and what was told in each.

Ledgers lie beside the exact tables, in `published/<product>_ledger`; readers of a product never see them.
"""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import LedgerLost
from thin_assets.published.aggregates.control import Controlled, control
from thin_assets.published.aggregates.ledger import as_shared
from thin_assets.published.declared.product import Product
from thin_assets.published.declared.shelf import Shelf
from thin_assets.published.writing.commits import commits, majors
from thin_assets.resources.files import locked
from thin_assets.resources.lake import Lake
from thin_assets.resources.shared_products import ledgers


@contextmanager
def controlled(lake: Lake, product: Product, snapshot: Snapshot) -> Iterator[Controlled]:
    """The rows of an aggregate that may be published; other months of the country wait until it is.

    What is told is written down before it is published: what is published is never unknown to the next table.
    Raises LedgerLost where a month was published of which nothing is written down.
    """
    room, table = product.source.split("/")
    shared = [one.product for one in product.disclosure.shares]
    with (
        _alone(lake, product, snapshot),
        ledgers(Path(lake.home), snapshot.country, product.name, shared) as put,
    ):
        found = control(
            lake.read(room, table, snapshot), product, previous=_told_before(lake, product, snapshot)
        )
        lake.write("published", _ledger(product.name), snapshot, found.ledger)
        put()
        yield found


def _told_before(lake: Lake, product: Product, snapshot: Snapshot) -> list[pl.DataFrame]:
    """Ledgers of this month, of the months beside it that are published, and of products that share cells."""
    months = _told_months(lake, product, snapshot)
    _require_ledgers(lake, product, snapshot, months)
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


def _require_ledgers(lake: Lake, product: Product, snapshot: Snapshot, months: list[dt.date]) -> None:
    """Without the ledger of a month that was published, the next would be compared with nothing."""
    tables = majors(Shelf(Path(lake.home), product).folder).values()
    published = {one.snapshot for path in tables for one in commits(path)}
    lost = sorted(
        one.month for one in published if one.country == snapshot.country and one.month not in months
    )
    if lost:
        raise LedgerLost(
            f"{len(lost)} published months of {product.name} have no ledger, the last is {lost[-1]:%Y-%m}",
            where=str(lake.folder("published", _ledger(product.name), snapshot).parent),
            remedy="bring the ledgers back from a backup of the lake; "
            "where there is none, publish under another name of product",
        )


def _told_months(lake: Lake, product: Product, snapshot: Snapshot) -> list[dt.date]:
    folder = lake.folder("published", _ledger(product.name), snapshot).parent
    written = (path.parent.name for path in folder.glob("snapshot=*/data.parquet"))
    return sorted(Snapshot.of(f"{snapshot.country}|{name.partition('=')[2]}").month for name in written)


def _ledger(product: str) -> str:
    return f"{product}_ledger"


@contextmanager
def _alone(lake: Lake, product: Product, snapshot: Snapshot) -> Iterator[None]:
    """One month of a product and country at a time: two at once would not know of each other."""
    with locked(lake.folder("published", _ledger(product.name), snapshot).parent):
        yield
