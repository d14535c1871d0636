"""Publish one partition: prepared, held against its contract, and put in place in one commit.

Several partitions may be published at once: they replace different rows, so that none undoes the other.
Where Delta Lake still sees a conflict, such as two first commits, the commit is tried again, a limited
number of times.
"""

import datetime as dt
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import polars as pl
from deltalake import CommitProperties, DeltaTable, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError

from thin_assets.domain.snapshot import Snapshot
from thin_assets.promises import require
from thin_assets.published.declared.product import PARTITIONED_BY, Product
from thin_assets.published.writing.commits import commits, metadata, partitions, predicate
from thin_assets.resources.full_disk import NamingFullDisk
from thin_assets.resources.modes import as_open_as, make_folder
from thin_assets.resources.tables import address_of, is_table, open_table

T = TypeVar("T")
ATTEMPTS, WAIT_SECONDS = 20, 0.05
_PROPERTIES = {
    "delta.logRetentionDuration": "interval 3650 days",
    "delta.dataSkippingNumIndexedCols": "0",
}
"""How long a version can be named and traced, for the default would forget commits after 30 days; and no
smallest or largest value of a column in the log: those are values of persons, and files of a country and a
month are found by their partition."""


@dataclass(frozen=True)
class Publication:
    """A partition as it was published.

    version         of the Delta table: an earlier one stays readable
    entries         distinct row_id; rows where the product has none
    published_at    time of the commit
    nulls           absent values by column
    suppressed      what was kept back before, by rule
    """

    product: str
    version: int
    rows: int
    entries: int
    published_at: dt.datetime
    nulls: Mapping[str, int]
    suppressed: Mapping[str, int] = field(default_factory=dict)


def publish_partition(
    rows: pl.DataFrame,
    product: Product,
    path: Path,
    snapshot: Snapshot,
    build: str,
    suppressed: Mapping[str, int] | None = None,
) -> Publication:
    """Replace one country and month of a published table by these rows, in one commit.

    rows          protected and controlled already; country, snapshot and build are added here
    path          folder of the Delta table; created when it is not there
    build         sealed build that the rows were made from
    suppressed    what was kept back before, by rule
    Raises BrokenRules when the rows break the product's contract: nothing is published then.
    """
    ready = prepare(rows, product, snapshot, build)
    where = f"published/{product.name} {snapshot.key}"
    require(
        product.contract, ready, name=product.name, where=where, remedy="what is published stays as it was"
    )
    version, at = put(ready, product, path, snapshot, metadata(snapshot, build, ready.height))
    return Publication(
        product.name,
        version,
        ready.height,
        ready.get_column("row_id").n_unique() if "row_id" in ready.columns else ready.height,
        at,
        {name: ready.get_column(name).null_count() for name in ready.columns},
        suppressed or {},
    )


def prepare(rows: pl.DataFrame, product: Product, snapshot: Snapshot, build: str) -> pl.DataFrame:
    """The rows as they will be read: with the columns and in the order of the product."""
    ready = rows.with_columns(
        pl.lit(snapshot.country).alias("country"),
        pl.lit(snapshot.month).alias("snapshot"),
        pl.lit(build).alias("build"),
    )
    return ready.select(*product.schema).sort(product.sorted_by)


def put(
    rows: pl.DataFrame, product: Product, path: Path, snapshot: Snapshot, told: Mapping[str, str]
) -> tuple[int, dt.datetime]:
    """Replace a partition by rows that are fit to be read; version and time of the commit.

    told    what the commit says of the partition, so that one without rows is known too
    """
    return _again(lambda: _commit(_open(rows, product, path), rows, path, snapshot, told))


def put_over(
    version: int, rows: pl.DataFrame, path: Path, snapshot: Snapshot, told: Mapping[str, str]
) -> tuple[int, dt.datetime] | None:
    """The same, if the partition still stands by the commit of that version; None when it does not."""

    def commit() -> tuple[int, dt.datetime] | None:
        table = open_table(path)
        standing = partitions(path, table.version()).get(snapshot)
        if standing is None or standing.version != version:
            return None
        return _commit(table, rows, path, snapshot, told)

    return _again(commit)


def _commit(
    table: DeltaTable, rows: pl.DataFrame, path: Path, snapshot: Snapshot, told: Mapping[str, str]
) -> tuple[int, dt.datetime]:
    with as_open_as(path), NamingFullDisk(str(path)):
        write_deltalake(
            table,
            rows.to_arrow(),
            mode="overwrite",
            schema_mode="merge",  # a minor version may add columns; the contract was held against the rows
            predicate=predicate(snapshot),
            commit_properties=CommitProperties(custom_metadata=dict(told)),
        )
    done = next(one for one in commits(path, table.version()) if one.snapshot == snapshot)
    return done.version, done.at


def _open(rows: pl.DataFrame, product: Product, path: Path) -> DeltaTable:
    if not is_table(path):
        try:
            _create(rows, product, path)
        except DeltaError:
            if not is_table(path):  # else another partition was first, and that is as good
                raise
    return open_table(path)


def _create(rows: pl.DataFrame, product: Product, path: Path) -> None:
    make_folder(path)
    address, options = address_of(path)
    with as_open_as(path), NamingFullDisk(str(path)):
        DeltaTable.create(
            address,
            rows.clear().to_arrow().schema,
            mode="ignore",
            partition_by=list(PARTITIONED_BY),
            name=product.name,
            description=product.title,
            configuration=_PROPERTIES,
            storage_options=options,
            commit_properties=CommitProperties(max_commit_retries=0),  # two at once: one table, not one twice
        )


def _again(commit: Callable[[], T]) -> T:
    """Try a commit until it succeeds, at most `ATTEMPTS` times, waiting a little longer each time."""
    for attempt in range(1, ATTEMPTS):
        try:
            return commit()
        except CommitFailedError:
            time.sleep(WAIT_SECONDS * attempt)
    return commit()
