"""The contract of a product in the Open Data Contract Standard v3, written from its declaration.

The declaration also makes the schema that every publication is held against (`Product.contract`): what the
contract promises and what is verified are one list of columns and rules.
"""

from collections.abc import Iterator

import yaml

from thin_assets.published.declared.product import PARTITIONED_BY, Column, Product
from thin_assets.published.record.audit import spec_of

API_VERSION = "v3.1.0"

ONE_ROW_PER_KEY = "one_row_per_key"
"""Id of the rule that is told by the columns of the key as well."""

_TYPES = {
    "string": ("string", "VARCHAR", "string"),
    "date": ("date", "DATE", "date"),
    "boolean": ("boolean", "BOOLEAN", "boolean"),
    "int32": ("integer", "INTEGER", "integer"),
    "int64": ("integer", "BIGINT", "long"),
    "float64": ("number", "DOUBLE", "double"),
}
"""Type of ODCS, of SQL as DuckDB spells it, and of Delta Lake, by our type."""


def contract_of(product: Product) -> dict:
    """The contract as ODCS has it; keys that a product does not need are left out."""
    return {
        "apiVersion": API_VERSION,
        "kind": "DataContract",
        "id": f"thin-assets.{product.name}",
        "name": product.title,
        "version": product.version,
        "status": "active",
        "domain": "primary care",
        "dataProduct": product.name,
        "description": _description(product),
        "servers": [_server(product)],
        "schema": [_schema(product)],
        "slaProperties": list(_service_levels(product)),
        "team": {"name": product.owner},
        "customProperties": list(_own(product)),
    }


def contract_yaml(product: Product) -> str:
    """The contract as a YAML file; the same declaration gives the same bytes."""
    return yaml.safe_dump(contract_of(product), sort_keys=False, allow_unicode=True, width=110)


def _description(product: Product) -> dict:
    told = {"purpose": product.purpose, "usage": product.description}
    return told | ({"limitations": "\n".join(product.limits)} if product.limits else {})


def _server(product: Product) -> dict:
    """Where the table lies below a home; `datacontract test` reads it there."""
    path = f"{product.zone}/{product.name}/v{product.major}"
    kind = "delta" if product.columns else "html"
    return {"server": "home", "type": "local", "path": path, "format": kind}


def _schema(product: Product) -> dict:
    told = {
        "name": product.name,
        "physicalType": "table" if product.columns else "file",
        "logicalType": "object",
        "description": product.title,
        "dataGranularityDescription": product.grain,
    }
    if not product.columns:
        return told
    return told | {
        "properties": [_property(product, column) for column in product.columns],
        "quality": list(_rules(product)),
    }


def _property(product: Product, column: Column) -> dict:
    logical, physical, _ = _TYPES[column.type]
    told = {
        "name": column.name,
        "logicalType": logical,
        "physicalType": physical,
        "description": column.description,
        "required": not column.nullable,
    }
    if column.name in product.unique:
        told |= {"primaryKey": True, "primaryKeyPosition": product.unique.index(column.name) + 1}
    if column.name in PARTITIONED_BY:
        told |= {"partitioned": True, "partitionKeyPosition": PARTITIONED_BY.index(column.name) + 1}
    own = [_custom(name, value) for name, value in _words(column) if value is not None]
    return told | ({"customProperties": own} if own else {})


def _words(column: Column) -> Iterator[tuple[str, str | None]]:
    """What ODCS has no word for."""
    yield "unit", column.unit
    yield "nullMeaning", column.null_means
    yield "deltaType", _TYPES[column.type][2]


def _rules(product: Product) -> Iterator[dict]:
    """Rules about whole rows; those about one column stand with the column."""
    if product.unique:
        yield {
            "id": ONE_ROW_PER_KEY,
            "name": "one row per key",
            "description": f"No two rows have the same {', '.join(product.unique)}.",
            "type": "library",
            "metric": "duplicateValues",
            "arguments": {"properties": list(product.unique)},
            "mustBe": 0,
            "dimension": "uniqueness",
            "severity": "error",
        }
    for rule in product.rules:
        yield {
            "id": rule.name,
            "name": rule.name.replace("_", " "),
            "description": rule.description,
            "type": "sql",
            "query": f"select count(*) from {product.name} where {rule.violated_when}",
            "mustBe": 0,
            "dimension": "conformity",
            "severity": "error",
        }


def _service_levels(product: Product) -> Iterator[dict]:
    yield {
        "property": "latency",
        "value": product.ready_within_days,
        "unit": "d",
        "description": "from the seal of a build to its publication",
    }
    yield {"property": "frequency", "value": 1, "unit": "m", "description": "one snapshot a month"}
    yield {
        "property": "retention",
        "value": product.retention_months,
        "unit": "m",
        "description": "a snapshot stays at least so long",
    }


def _own(product: Product) -> Iterator[dict]:
    yield _custom("kind", product.kind)
    yield _custom("zone", product.zone)
    yield _custom("specSha256", spec_of(product))
    if product.disclosure:
        yield _custom("smallestShown", product.disclosure.smallest_shown)


def _custom(name: str, value: object) -> dict:
    return {"property": name, "value": value}
