"""What leaves raw when the delivery is OMOP CDM v5.4 already: the CDM's columns, typed, and their lineage.

`<table>` of the CDM is the raw table `omop_<table>`. Ids of the provider stay as they are.
"""

from functools import cache

import pyarrow as pa

from thin_assets.cdm import spec
from thin_assets.raw.contract import LINEAGE, Key

KEYED = {
    "person": Key("person_source_value", "patient", ("person_source_value",), False),
    "provider": Key("provider_source_value", "staff", ("provider_source_value",), False),
    "care_site": Key("care_site_source_value", "practice", ("care_site_source_value",), False),
    "location": Key("location_source_value", "location", ("location_source_value",), False),
}
"""Columns that hold a key of the provider's own system, and what it identifies: pseudonyms after raw."""

WITHHELD = {
    "person": ("day_of_birth", "birth_datetime"),
    "location": ("address_1", "address_2", "city", "zip", "latitude", "longitude"),
    "provider": ("provider_name", "npi", "dea"),
    "care_site": ("care_site_name",),
}
"""Columns of the CDM that name a person or a place: always empty after raw."""

_ARROW = {
    "BIGINT": pa.int64(),
    "INTEGER": pa.int32(),
    "DOUBLE": pa.float64(),
    "DATE": pa.date32(),
    "TIMESTAMP": pa.timestamp("us"),
    "VARCHAR": pa.string(),
}


def adopted_tables() -> list[str]:
    """Tables that a raw partition of this layout has: all of the CDM that hold a provider's own rows."""
    return [table.name for table in spec.clinical_tables()]


@cache
def adopted_schema(table: str) -> pa.Schema:
    """The CDM's columns in its order, then where each row stood."""
    fields = [
        pa.field(field.name, _ARROW[field.duckdb_type], not is_indispensable(field))
        for field in spec.table(table).fields
    ]
    return pa.schema([*fields, *LINEAGE])


def is_indispensable(field: spec.Field) -> bool:
    """Whether a row without it is rejected: its keys and its day.

    A concept or a text that is missing can still be judged, and is left to the seal.
    """
    return field.required and not field.is_concept and field.duckdb_type != "VARCHAR"


def is_link(field: spec.Field) -> bool:
    """Whether it may refer to another record; some programs write 0 there when it does not."""
    return bool(field.fk_table) and not field.is_concept and not field.required
