"""Where columns come from, on the pages of their assets: from a published column back to the delivery.

The way stands in `published/declared` as data; here it is told in Dagster's terms. Each asset names the
columns that it reads, so that tools can follow them asset by asset, and in words all the way to the delivery.

Does not belong here: finding out what a column is made of; `docs.column_lineage` reads that from the queries.
"""

from collections.abc import Iterable, Mapping

import dagster as dg

from thin_assets.cdm.spec import clinical_tables
from thin_assets.published.declared.lineage import Origin, delivered_of, origins_of
from thin_assets.published.declared.product import Product

_HEAD = ("| column | how | reads | delivered as |", "| --- | --- | --- | --- |")
Assets = dg.AssetsDefinition | dg.SourceAsset


def with_column_lineage(assets: Iterable[Assets], products: Mapping[str, Product]) -> list[Assets]:
    """The same assets, with the origin of their columns: tables of the CDM, sources of products, products."""
    told = lineage_of(products)

    def telling(spec: dg.AssetSpec) -> dg.AssetSpec:
        return spec.merge_attributes(metadata=told[spec.key]) if spec.key in told else spec

    def concerned(one: Assets) -> bool:
        return isinstance(one, dg.AssetsDefinition) and not told.keys().isdisjoint(one.keys)

    return [one.map_asset_specs(telling) if concerned(one) else one for one in assets]


def lineage_of(products: Mapping[str, Product]) -> dict[dg.AssetKey, dict]:
    """Metadata by asset: `dagster/column_lineage` for tools, `where columns come from` for people."""
    found = {dg.AssetKey(["omop", table.name]): _of_cdm(table.name) for table in clinical_tables()}
    columns: dict[str, dict[str, None]] = {}
    for product in products.values():
        names = [column.name for column in product.columns]
        columns.setdefault(product.source, {}).update(dict.fromkeys(names))
        found[dg.AssetKey(["published", product.name])] = _of_product(product.source, names)
    for source, names in columns.items():
        origins = origins_of(source, names)
        found[dg.AssetKey(source.split("/"))] = _told(origins, {one.column: _read_by(one) for one in origins})
    return {key: metadata for key, metadata in found.items() if metadata}


def _of_product(source: str, columns: list[str]) -> dict:
    """Of a product: each column is that of its source, as it may leave."""
    key = dg.AssetKey(source.split("/"))
    return _told(origins_of(source, columns), {name: [dg.TableColumnDep(key, name)] for name in columns})


def _of_cdm(table: str) -> dict:
    """Of a table of the CDM: delivered columns by field."""
    fields = {field: sources for (name, field), sources in delivered_of().items() if name == table}
    origins = [Origin(field, (), sources, None) for field, sources in fields.items()]
    return _told(origins, {one.column: [_raw(*source) for source in one.delivered] for one in origins})


def _read_by(origin: Origin) -> list[dg.TableColumnDep]:
    cdm = {table.name for table in clinical_tables()}
    return [
        dg.TableColumnDep(dg.AssetKey(["omop", table]), field)
        for table, field in origin.reads
        if table in cdm
    ]


def _raw(table: str, column: str) -> dg.TableColumnDep:
    return dg.TableColumnDep(dg.AssetKey(["raw", table]), column)


def _told(origins: Iterable[Origin], deps: Mapping[str, list[dg.TableColumnDep]]) -> dict:
    lineage = {name: columns for name, columns in deps.items() if columns}
    if not lineage:
        return {}
    return {
        "dagster/column_lineage": dg.TableColumnLineage(lineage),
        "where columns come from": dg.MetadataValue.md(_as_table(origins)),
    }


def _as_table(origins: Iterable[Origin]) -> str:
    rows = [
        f"| `{one.column}` | {one.how or ''} | {_as_words(one.reads)} | {_as_words(one.delivered)} |"
        for one in origins
    ]
    return "\n".join([*_HEAD, *rows])


def _as_words(fields: Iterable[tuple[str, str]]) -> str:
    return ", ".join(f"{table}.{column}" for table, column in fields)
