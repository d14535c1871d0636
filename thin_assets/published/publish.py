"""Publish one partition: prepared, held against its contract, and put in place in one commit.

Several partitions may be published at once: they replace different rows, so that none undoes the other.
Where Delta Lake still sees a conflict, such as two first commits, the commit is tried again, a limited
number of times.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from deltalake import CommitProperties, DeltaTable, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError

from thin_assets.domain.snapshot import Snapshot
from thin_assets.promises import require
from thin_assets.published.product import PARTITIONED_BY, Product

ATTEMPTS, WAIT_SECONDS = 20, 0.05
_KEPT = {"delta.logRetentionDuration": "interval 3650 days"}
"""How long a version can be named and traced; the default would forget commits after 30 days."""


@dataclass(frozen=True)
class Publication:
    """A partition as it was published.

    version    of the Delta table: an earlier one stays readable
    entries    cohort entries, that is distinct row_id
    """

    product: str
    version: int
    rows: int
    entries: int


def publish_partition(
    rows: pl.DataFrame, product: Product, path: Path, snapshot: Snapshot, build: str
) -> Publication:
    """Replace one country and month of a published table by these rows, in one commit.

    rows     as the source room left them; country, snapshot and build are added here
    path     folder of the Delta table; created when it is not there
    build    sealed build that the rows were made from
    Raises BrokenRules when the rows break the product's contract: nothing is published then.
    """
    ready = prepare(rows, product, snapshot, build)
    where = f"published/{product.name} {snapshot.key}"
    require(
        product.contract, ready, name=product.name, where=where, remedy="what is published stays as it was"
    )
    return Publication(
        product.name,
        _again(lambda: _commit(ready, product, path, snapshot, build)),
        ready.height,
        ready.get_column("row_id").n_unique(),
    )


def prepare(rows: pl.DataFrame, product: Product, snapshot: Snapshot, build: str) -> pl.DataFrame:
    """The rows as they will be read: top-coded, with the columns and in the order of the product."""
    ready = rows.with_columns(
        pl.lit(snapshot.country).alias("country"),
        pl.lit(snapshot.month).alias("snapshot"),
        pl.lit(build).alias("build"),
    )
    for code in product.protection.top_coded if product.protection else ():
        capped = pl.min_horizontal("value", pl.lit(code.at, pl.Float64))
        ready = ready.with_columns(
            pl.when(pl.col("covariate_id") == code.covariate_id)
            .then(capped)
            .otherwise("value")
            .alias("value")
        )
    return ready.select(*product.schema).sort(product.sorted_by)


def with_names(rows: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    """Rows with the name of each covariate beside its id.

    names    one row per covariate_id, with its covariate_name
    """
    return rows.join(names.select("covariate_id", "covariate_name"), on="covariate_id", how="left")


def _commit(rows: pl.DataFrame, product: Product, path: Path, snapshot: Snapshot, build: str) -> int:
    """One commit that replaces the partition and names it, so that one without rows is known too."""
    table = _open(rows, product, path)
    write_deltalake(
        table,
        rows.to_arrow(),
        mode="overwrite",
        predicate=f"country = '{snapshot.country}' and snapshot = '{snapshot.month}'",
        commit_properties=CommitProperties(
            custom_metadata={
                "country": snapshot.country,
                "snapshot": str(snapshot.month),
                "build": build,
                "rows": str(rows.height),
            }
        ),
    )
    return table.version()


def _open(rows: pl.DataFrame, product: Product, path: Path) -> DeltaTable:
    if not DeltaTable.is_deltatable(str(path)):
        try:
            _create(rows, product, path)
        except DeltaError:
            if not DeltaTable.is_deltatable(
                str(path)
            ):  # else another partition was first, and that is as good
                raise
    return DeltaTable(str(path))


def _create(rows: pl.DataFrame, product: Product, path: Path) -> None:
    path.mkdir(parents=True, exist_ok=True)
    DeltaTable.create(
        str(path),
        rows.clear().to_arrow().schema,
        mode="ignore",
        partition_by=list(PARTITIONED_BY),
        name=product.name,
        description=product.title,
        configuration=_KEPT,
    )


def _again(commit: Callable[[], int]) -> int:
    """Try a commit until it succeeds, at most `ATTEMPTS` times, waiting a little longer each time."""
    for attempt in range(1, ATTEMPTS):
        try:
            return commit()
        except CommitFailedError:
            time.sleep(WAIT_SECONDS * attempt)
    return commit()
