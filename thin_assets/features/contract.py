"""What leaves features: the long table, and the reference tables that explain it. Judged in the engine."""

import ibis
import ibis.expr.types as ir
import pandera.ibis as pandera
import pyarrow as pa
from pandera.config import ValidationDepth, config_context

from thin_assets.errors import BrokenRules
from thin_assets.promises import OUR_FAULT, require

FEATURES = {
    "cohort_definition_id": ("int32", False, "the cohort"),
    "row_id": ("int64", False, "one entry into the cohort: stable over snapshots"),
    "person_id": ("int64", False, "person of the CDM"),
    "index_date": ("date", False, "day of entry; nothing of it or later is known here"),
    "covariate_id": (
        "int64",
        False,
        "concept_id * 1000 + analysis_id; values of measurements: with the unit between",
    ),
    "value": ("float64", False, "1 for presence; else years, days, records, points or a value in its unit"),
    "n": ("int64", True, "records in the window; null where nothing is counted"),
    "days_since_last": ("int32", True, "days from the last record in the window to the index; null likewise"),
    "is_covered": (
        "boolean",
        True,
        "whether observation began before the window did; null: the window has no first day",
    ),
}
"""Type, whether it may be null, and meaning of every column."""

REFERENCE = {
    "covariate_id": "int64",
    "covariate_name": "string",
    "analysis_id": "int32",
    "concept_id": "int32",
    "unit_concept_id": "int32",
    "missing_means_zero": "boolean",
}


def features_contract() -> pandera.DataFrameSchema:
    """The promise of the long table: one row per entry and covariate, looking back only.

    That there is one is seen while ranges are sorted (`require_own_rows`): neighbours tell it for nothing.
    """
    checks = {
        "days_since_last": [pandera.Check.ge(1)],
        "n": [pandera.Check.ge(1)],
        "covariate_id": [pandera.Check.gt(1000)],
    }
    columns = {
        name: pandera.Column(
            ibis.dtype(kind), nullable=nullable, checks=checks.get(name), description=meaning
        )
        for name, (kind, nullable, meaning) in FEATURES.items()
    }
    return pandera.DataFrameSchema(columns, strict=True, name="features_long")


def require_own_rows(part: pa.Table, where: str) -> None:
    """One row per entry and covariate, of rows sorted by both. Raises BrokenRules."""
    entry, covariate = (part.column(name).to_numpy() for name in ("row_id", "covariate_id"))
    if ((entry[1:] == entry[:-1]) & (covariate[1:] == covariate[:-1])).any():
        raise BrokenRules("features_long breaks unique: row_id, covariate_id", where=where, remedy=OUR_FAULT)


def reference_contract() -> pandera.DataFrameSchema:
    """The promise of the covariate reference: ids and names are one to one."""
    columns = {
        name: pandera.Column(ibis.dtype(kind), nullable=name == "unit_concept_id")
        for name, kind in REFERENCE.items()
    }
    return pandera.DataFrameSchema(columns, strict=True, unique=["covariate_id"], name="covariate_ref")


def require_features(schema: pandera.DataFrameSchema, rows: ir.Table, where: str) -> None:
    """Hold a table of this room against its contract. Raises BrokenRules."""
    empty = rows.count().to_pyarrow().as_py() == 0  # of no rows, pandera cannot say that all are right
    depth = ValidationDepth.SCHEMA_ONLY if empty else ValidationDepth.SCHEMA_AND_DATA
    with config_context(validation_depth=depth):
        require(schema, rows, name=schema.name, where=where, remedy=OUR_FAULT)
