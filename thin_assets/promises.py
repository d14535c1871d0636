"""Hold a table against its contract, and say what is broken without ever showing a row.

pandera's own errors repeat the rows at fault; a failing row is a patient.
"""

from typing import Any

from pandera.errors import SchemaError, SchemaErrors

from thin_assets.errors import BrokenRules

OUR_FAULT = "this is a fault of the room, not of the data: report it with this message"
"""Remedy where no operator and no provider can help."""

ABOUT_COLUMNS = ("column_in_dataframe", "column_in_schema")


def columns_of(contract: Any) -> dict[str, Any]:
    """Type by column of a pandera model, in order: the schema to build a frame of it with."""
    return {name: column.dtype.type for name, column in contract.to_schema().columns.items()}


def require(contract: Any, rows: Any, *, name: str, where: str, remedy: str) -> None:
    """Validate a frame or an Ibis table against a pandera model or schema.

    name      of the table, as the error calls it
    where     room and partition
    Raises BrokenRules that names columns and rules, never a value.
    """
    try:
        contract.validate(rows, lazy=True)
        return
    except SchemaErrors as errors:
        broken = sorted({_told(error) for error in errors.schema_errors})
    raise BrokenRules(f"{name} breaks {', '.join(broken)}", where=where, remedy=remedy)


def _told(error: SchemaError) -> str:
    if error.check in ABOUT_COLUMNS:  # here, and only here, the failure case is the name of a column
        return f"{error.failure_cases}: {error.check}"
    rule = getattr(error.check, "error", None) or getattr(error.check, "name", None) or error.check
    return f"{error.schema.name}: {rule}"
