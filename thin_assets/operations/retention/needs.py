"""Who needs what: builds that releases and published versions name, partitions that runs work on."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import dagster as dg
from dagster._core.storage.dagster_run import NOT_FINISHED_STATUSES
from dagster._core.storage.tags import PARTITION_NAME_TAG
from deltalake import DeltaTable

from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import SettingsError
from thin_assets.operations.retention.plan import Needs
from thin_assets.published.declared.product import Product
from thin_assets.published.declared.shelf import Shelf
from thin_assets.published.record.releases import open_book
from thin_assets.published.writing import folders
from thin_assets.published.writing.commits import majors, partitions


def needs(home: Path, products: Mapping[str, Product], instance: dg.DagsterInstance) -> Needs:
    """What a home is needed for now."""
    return runs_at_work(instance, named_builds(home, products))


def runs_at_work(instance: dg.DagsterInstance, builds: dict[str, str]) -> Needs:
    """What runs need now, besides builds that others name."""
    runs = instance.get_runs(dg.RunsFilter(statuses=NOT_FINISHED_STATUSES))
    busy = {
        snapshot: run.run_id for run in runs if (snapshot := _snapshot(run.tags.get(PARTITION_NAME_TAG, "")))
    }
    return Needs(builds, busy, is_idle=not runs)


def _snapshot(key: str) -> Snapshot | None:
    try:
        return Snapshot.of(key)
    except SettingsError:
        return None


def named_builds(home: Path, products: Mapping[str, Product]) -> dict[str, str]:
    """Builds that a release names, or that what readers see now was made from, with who names them."""
    found: dict[str, str] = {}
    for product in products.values():
        shelf = Shelf(home, product)
        found |= dict.fromkeys(_published(shelf), f"published {product.name}")
        for release in open_book(shelf.releases).releases:
            found |= {
                part.build: f"release {product.name} {release.name}" for part in release.partitions.values()
            }
    return found


def _published(shelf: Shelf) -> Iterator[str]:
    for path in majors(shelf.folder).values():
        yield from (commit.build for commit in partitions(path).values())
    if shelf.table.is_dir() and not DeltaTable.is_deltatable(str(shelf.table)):
        for table in shelf.folder.glob("v*"):
            yield from (now.build for _, now in folders.current(table))
