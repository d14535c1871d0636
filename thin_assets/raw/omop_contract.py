"""What leaves raw when the delivery is OMOP CDM already: the columns of CDM v5.4, typed, and their lineage.

`<table>` of the CDM is the raw table `omop_<table>`. Ids of records are ours, ids of concepts as delivered.
"""

from functools import cache

import pyarrow as pa

from thin_assets.cdm import spec
from thin_assets.cdm.records import is_record_id
from thin_assets.raw.contract import LINEAGE, Key

KEYED = {
    "person": Key("person_source_value", "patient", ("person_source_value",), False),
    "provider": Key("provider_source_value", "staff", ("provider_source_value",), False),
    "care_site": Key("care_site_source_value", "practice", ("care_site_source_value",), False),
    "location": Key("location_source_value", "location", ("location_source_value",), False),
    "specimen": Key("specimen_source_id", "specimen", ("specimen_source_id",), False),
}
"""Columns that hold a key of the provider's own system, and what it identifies: pseudonyms after raw."""

WITHHELD = {
    "person": ("day_of_birth", "birth_datetime"),
    "location": ("address_1", "address_2", "city", "zip", "latitude", "longitude"),
    "provider": ("provider_name", "npi", "dea"),
    "care_site": ("care_site_name",),
    "device_exposure": ("unique_device_id", "production_id"),
}
"""Columns of the CDM that name a person, a place or a single device: always empty after raw."""

MAY_BE_A_KEY = {
    "visit_occurrence": "visit_source_value",
    "visit_detail": "visit_detail_source_value",
}
"""Columns for the kind of a visit, in which some programs write the key of the visit."""

LOOKS_LIKE_A_KEY = r"[0-9]{6}|[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-"
"""Six digits in a row, or the beginning of a UUID: no kind of visit is written so."""

VOCABULARY = frozenset(table.name for table in spec.vocabulary_tables())
"""Tables of the provider's own vocabulary: about codes, not about persons."""

_ARROW = {
    "BIGINT": pa.int64(),
    "INTEGER": pa.int32(),
    "DOUBLE": pa.float64(),
    "DATE": pa.date32(),
    "TIMESTAMP": pa.timestamp("us"),
    "VARCHAR": pa.string(),
}


def adopted_tables() -> list[str]:
    """Tables that a raw partition of this layout has: the records of persons, and the vocabulary."""
    return [table.name for table in (*spec.clinical_tables(), *spec.vocabulary_tables())]


@cache
def adopted_schema(table: str) -> pa.Schema:
    """The CDM's columns in its order, then where each row stood."""
    fields = [
        pa.field(field.name, _ARROW[field.duckdb_type], not is_indispensable(field))
        for field in spec.table(table).fields
    ]
    return pa.schema([*fields, *LINEAGE])


def is_indispensable(field: spec.Field) -> bool:
    """Whether a row without it is rejected: its keys and its day; in the vocabulary, its concepts.

    Another concept or a text that is missing can still be judged, and is left to the seal.
    """
    if field.table in VOCABULARY:
        return field.required and (field.is_concept or field.primary_key)
    return field.required and not field.is_concept and field.duckdb_type != "VARCHAR"


def is_link(field: spec.Field) -> bool:
    """Whether it may refer to another record; some programs write 0 there when it does not."""
    return is_record_id(field) and not field.primary_key and not field.required
