"""Is a build shaped like the standard? pandera looks at the schema of each file; no row is read."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import ibis.expr.types as ir
from pandera.config import ValidationDepth, config_context
from pandera.errors import SchemaErrorReason, SchemaErrors

from thin_assets.resources.backends import Connection, footers_of
from thin_assets.validated.catalogue import STRUCTURE, Check, catalogue
from thin_assets.validated.contract import contract
from thin_assets.validated.outcome import Counted, NotApplicable, Outcome, Outcomes

_KINDS = {
    SchemaErrorReason.COLUMN_NOT_IN_DATAFRAME: "cdmField",
    SchemaErrorReason.COLUMN_NOT_IN_SCHEMA: "onlyCdmFields",
    SchemaErrorReason.WRONG_DATATYPE: "cdmDatatype",
}


def judge_structure(files: Mapping[str, Path], con: Connection) -> Outcomes:
    """Whether each table and column is there, of its type, and alone.

    files    Parquet file by table, of those that are there
    """
    backend = footers_of(con)
    faults: set[tuple[str, str, str]] = set()
    for name, path in files.items():
        rows = backend.read_parquet(path, table_name=f"judged_{name}", hive_partitioning=False)
        faults |= {(kind, name, column) for kind, column in _faults(name, rows)}
    return {check: _outcome(check, files, faults) for check in catalogue() if check.name in STRUCTURE}


def _faults(name: str, rows: ir.Table) -> Iterator[tuple[str, str]]:
    """Kind of check and column of everything that is not as the standard has it."""
    try:
        with config_context(validation_depth=ValidationDepth.SCHEMA_ONLY):
            contract(name).validate(rows, lazy=True)
    except SchemaErrors as errors:
        for error in errors.schema_errors:
            kind = _KINDS[error.reason_code]
            yield kind, error.schema.name if kind == "cdmDatatype" else str(error.failure_cases)


def _outcome(check: Check, files: Mapping[str, Path], faults: set[tuple[str, str, str]]) -> Outcome:
    if check.name == "cdmTable":
        return Counted(int(check.table not in files), 1)
    if check.table not in files:
        return NotApplicable(f"table {check.table} is not there")
    if check.name == "onlyCdmFields":
        foreign = sum(fault[:2] == (check.name, check.table) for fault in faults)
        return Counted(foreign, len(contract(check.table).columns) + foreign)
    if check.name == "cdmDatatype" and ("cdmField", check.table, check.field) in faults:
        return NotApplicable(f"field {check.table}.{check.field} is not there")
    return Counted(int((check.name, check.table, check.field) in faults), 1)
