"""The first time that a home shares a store: everything that it has and never put."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from thin_assets.domain.snapshot import Snapshot, parse_month
from thin_assets.resources import units
from thin_assets.resources.shared import WorkingCopy
from thin_assets.resources.shared_products import pull_product, push_product, put_record
from thin_assets.resources.tables import put_table
from thin_assets.resources.units import DELTA_LOG, Unit


def put_everything(copy: WorkingCopy, products: Iterable[tuple[str, str]]) -> list[str]:
    """Put what a home has and never put: names of what was. Raises StoreMoved where the store has another.

    products    zone and name of each
    The vocabulary before the builds, the ledgers before what is published by them.
    """
    done = [unit.name for unit in _of_the_lake(copy.home / "lake") if copy.push(unit)]
    for zone, name in products:
        tables = sorted((copy.home / zone / name).glob(f"v*/{DELTA_LOG}"))
        was_put = [put_table(log.parent, copy.store) for log in tables]
        pull_product(copy, zone, name)
        if push_product(copy, zone, name) or any(was_put):
            done.append(name)
    put_record(copy)
    return done


def _of_the_lake(lake: Path) -> Iterator[Unit]:
    yield from (units.register(), units.vocabulary())
    for folder in sorted(lake.glob("reports/country=*/snapshot=*")):
        yield units.partition(Snapshot.named(_value(folder.parent), _value(folder)))
    for month in sorted({_value(folder) for folder in lake.glob("studies/*/snapshot=*")}):
        yield units.month(parse_month(month))
    for folder in sorted(lake.glob("published/*_ledger/country=*")):
        yield units.ledger(folder.parent.name.removesuffix("_ledger"), _value(folder))


def _value(folder: Path) -> str:
    """`GB` of a folder `country=GB`."""
    return folder.name.partition("=")[2]
