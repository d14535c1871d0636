"""Published in Dagster: every product is an asset; a partition is replaced in one commit."""

from pathlib import Path

import dagster as dg

from thin_assets.domain.snapshot import Snapshot
from thin_assets.partitions import GRID
from thin_assets.published.product import Product, products
from thin_assets.published.publish import publish_partition, with_names
from thin_assets.published.shelf import Shelf
from thin_assets.resources.lake import Lake


def product_asset(product: Product) -> dg.AssetsDefinition:
    """The asset of one product; it reads the table that the product names as its source."""
    room, table = product.source.split("/")

    @dg.asset(
        key=["published", product.name],
        group_name="published",
        partitions_def=GRID,
        deps=[[room, table]],
        owners=["team:data-products"],
        kinds={"deltalake", "polars"},
        description=f"{product.title}.\n\nGrain: {product.grain}.\n\n{product.description}",
        metadata={"dagster/column_schema": _column_schema(product)},
    )
    def published(context: dg.AssetExecutionContext, lake: Lake) -> dg.MaterializeResult:
        snapshot, shelf = Snapshot.of(context.partition_key), Shelf(Path(lake.home), product)
        build = lake.reported(room, snapshot)["build"]
        rows = with_names(lake.read(room, table, snapshot), lake.read(room, product.names, snapshot))
        done = publish_partition(rows, product, shelf.table, snapshot, build)
        counts = {"rows": done.rows, "entries": done.entries, "version": done.version}
        lake.report("published", snapshot, {"build": build, **counts})
        context.log.info("published %s: %d rows, version %d", product.name, done.rows, done.version)
        return dg.MaterializeResult(
            metadata={
                "dagster/row_count": done.rows,
                "entries": done.entries,
                "delta version": done.version,
                "build": build,
                "dagster/uri": str(shelf.table),
            }
        )

    return published


def _column_schema(product: Product) -> dg.TableSchema:
    return dg.TableSchema(
        [
            dg.TableColumn(
                column.name,
                column.type,
                description=column.description,
                constraints=dg.TableColumnConstraints(nullable=column.nullable),
            )
            for column in product.columns
        ]
    )


ASSETS = [product_asset(product) for product in products().values()]
