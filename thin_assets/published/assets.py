"""Published in Dagster: every product is an asset; a partition is replaced in one commit."""

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path

import dagster as dg
import polars as pl

from thin_assets.domain.pools import PUBLISHER
from thin_assets.domain.snapshot import Snapshot
from thin_assets.partitions import GRID
from thin_assets.published.control_assets import controlled
from thin_assets.published.declared.product import Product, products
from thin_assets.published.declared.shelf import Shelf
from thin_assets.published.facts_assets import tell_more
from thin_assets.published.record.audit import Hand, refusals_recorded, spec_of
from thin_assets.published.row_assets import protected_rows
from thin_assets.published.writing.publication import publish_files, publish_table
from thin_assets.published.writing.publish import Publication
from thin_assets.resources.lake import Lake
from thin_assets.resources.shared_products import published_together
from thin_assets.resources.sharing import show_build
from thin_assets.resources.warehouse import Warehouse


def published_assets(own: Path) -> list[dg.AssetsDefinition]:
    """An asset for every product, those of a folder of one's own among them."""
    declared = products(own)
    return [product_asset(product, declared) for product in declared.values()]


def product_asset(product: Product, declared: Mapping[str, Product]) -> dg.AssetsDefinition:
    """The asset of one product; it reads the table, or the folder of files, that the product names.

    declared    all products, by name
    """
    room, table = product.source.split("/")
    shared = [["published", one.product] for one in product.disclosure.shares] if product.disclosure else []

    @dg.asset(
        key=["published", product.name],
        group_name="published",
        partitions_def=GRID,
        deps=[[room, table], *shared],
        owners=[product.owner],
        kinds={"deltalake", "polars"} if product.columns else {"html"},
        description=f"{product.title}.\n\nGrain: {product.grain}.\n\n{product.description}",
        metadata={"dagster/column_schema": _column_schema(product)},
        code_version=spec_of(product),
        pool=PUBLISHER,
    )
    def published(
        context: dg.AssetExecutionContext, lake: Lake, warehouse: Warehouse
    ) -> dg.MaterializeResult:
        snapshot, shelf = Snapshot.of(context.partition_key), Shelf(Path(lake.home), product)
        hand = Hand(f"dagster run {context.run_id}", dt.datetime.now(dt.UTC))
        build = lake.reported(room, snapshot)["build"]
        publish = partial(_table, declared) if product.columns else _files

        def attempt() -> Publication:
            with refusals_recorded(shelf.home, hand, product, snapshot, build):
                done = publish(lake, warehouse, shelf, snapshot, build, hand)
            tell_more(lake, shelf, snapshot, build, done.version)
            return done

        show_build(shelf.home, snapshot)
        done = published_together(shelf.home, product.zone, product.name, attempt)
        counts = {"rows": done.rows, "entries": done.entries, "version": done.version}
        lake.report_of_build("published", snapshot, build, {product.name: counts})
        context.log.info("published %s: %d rows, version %s", product.name, done.rows, done.version)
        shown = {"dagster/row_count": done.rows, "entries": done.entries, "delta version": done.version}
        if not product.columns:
            shown = {"files": done.rows, "version": done.version}
        return dg.MaterializeResult(metadata=shown | {"build": build, "dagster/uri": str(shelf.table)})

    return published


def _table(
    declared: Mapping[str, Product],
    lake: Lake,
    warehouse: Warehouse,
    shelf: Shelf,
    snapshot: Snapshot,
    build: str,
    hand: Hand,
) -> Publication:
    with _prepared(lake, warehouse, shelf.product, snapshot, declared) as (rows, suppressed, more):
        return publish_table(rows, shelf, snapshot, build, hand, suppressed=suppressed, more=more)


@contextmanager
def _prepared(
    lake: Lake, warehouse: Warehouse, product: Product, snapshot: Snapshot, declared: Mapping[str, Product]
) -> Iterator[tuple[pl.DataFrame, dict, dict]]:
    """Rows as they may leave, what was kept back by rule, and further facts; aggregates month by month."""
    if product.kind == "aggregate":
        with controlled(lake, product, snapshot) as found:
            yield found.rows, found.suppressed, {}
        return
    with warehouse.open() as con:
        protected = protected_rows(lake, snapshot, product, declared, con)
    yield protected.rows, protected.suppressed, {"anonymity": asdict(protected.anonymity)}


def _files(lake: Lake, _: Warehouse, shelf: Shelf, snapshot: Snapshot, build: str, hand: Hand) -> Publication:
    room, folder = shelf.product.source.split("/")
    return publish_files(lake.folder(room, folder, snapshot), shelf, snapshot, build, hand)


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
