"""What leaves validated: the shape of every CDM table as a pandera schema, and of the table of results.

pandera says which columns and types a table has; it looks at the schema and reads no row. Rules about rows
are checks of the catalogue, judged once.
"""

from functools import cache

import ibis
import pandera.ibis as pandera

from thin_assets.cdm.spec import table

CDM, DATA_QUALITY = "cdm", "data_quality"
"""Tables that leave the room: the sealed build, and the result of every check."""

RESULT = {
    "check_name": "varchar",
    "level": "varchar",
    "category": "varchar",
    "subcategory": "varchar",
    "cdm_table": "varchar",
    "cdm_field": "varchar",
    "concept_id": "integer",
    "unit_concept_id": "integer",
    "violated_rows": "bigint",
    "denominator_rows": "bigint",
    "violated_percent": "double",
    "threshold_percent": "double",
    "threshold_reason": "varchar",
    "severity": "varchar",
    "status": "varchar",
    "not_applicable_reason": "varchar",
}
"""Columns of `validated/data_quality`. Grain: one row per check. cdm_field is null at level TABLE, the ids
below level CONCEPT, counts where the check is not applicable, threshold_reason where the default stands."""

_IBIS = {
    "BIGINT": "int64",
    "INTEGER": "int32",
    "DOUBLE": "float64",
    "VARCHAR": "string",
    "DATE": "date",
    "TIMESTAMP": "timestamp(6)",
}


@cache
def contract(name: str) -> pandera.DataFrameSchema:
    """The pandera schema of a CDM table: exactly its columns, typed.

    Raises KeyError for a table that the standard does not know.
    """
    columns = {
        field.name: pandera.Column(ibis.dtype(_IBIS[field.duckdb_type]), nullable=not field.required)
        for field in table(name).fields
    }
    return pandera.DataFrameSchema(columns, strict=True, name=name)
