"""A reading plan: how the text columns of a table become typed ones, and which rules a row may break.

It is judged by one DuckDB query per batch; the rows themselves stay in Arrow.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from thin_assets.landing.contract import DeliveredFile, Inspection
from thin_assets.raw.contract import REJECTED, arrow_schema
from thin_assets.raw.lines import Block

_FAULT, _POSITION = "broken rule", "row position"


@dataclass(frozen=True)
class Batch:
    """Some consecutive delivered rows: those that could be read, and those that could not.

    notes    how often something else was done to an accepted row
    """

    accepted: pa.Table
    rejected: pa.Table
    notes: Counter = field(default_factory=Counter)


@dataclass(frozen=True)
class Fault:
    """A rule that a row may break: why it is rejected, the column at fault, and the SQL condition."""

    reason: str
    column: str
    condition: str


@dataclass(frozen=True)
class Plan:
    """Expressions over the delivered columns.

    readings    delivered column: its typed value, null where it cannot be read
    outputs     column that leaves: an expression over delivered columns and `reading(column)`
    faults      in order of precedence: the first broken rule is the one that counts
    """

    readings: dict[str, str]
    outputs: dict[str, str]
    faults: tuple[Fault, ...]

    @property
    def sql(self) -> str:
        """One query over the relation `delivered`: the outputs, and the number of the first broken rule."""
        readings = "".join(f",\n    {sql} as {reading(name)}" for name, sql in self.readings.items())
        outputs = "".join(f"{sql} as {quoted(name)},\n    " for name, sql in self.outputs.items())
        rules = "\n        ".join(f"when {fault.condition} then {i}" for i, fault in enumerate(self.faults))
        judged = f"case\n        {rules}\n    end" if rules else "null"
        return (
            f"with typed as (\n    select *{readings}\n    from delivered\n)\n"
            f"select\n    {outputs}cast({judged} as integer) as {quoted(_FAULT)}\n"
            f"from typed\norder by {quoted(_POSITION)}"
        )


def quoted(name: str) -> str:
    """A column name as SQL spells it."""
    return '"' + name.replace('"', '""') + '"'


def reading(column: str) -> str:
    """How a plan's expressions call the typed value of a delivered column."""
    return quoted(f"read {column}")


def unreadable(reason: str, columns: Iterable[str]) -> list[Fault]:
    """A rule per column: what is there can be read."""
    return [
        Fault(reason, column, f"{quoted(column)} is not null and {reading(column)} is null")
        for column in columns
    ]


def missing(columns: Iterable[str]) -> list[Fault]:
    """A rule per column: something is there."""
    return [Fault("missing_required", column, f"{quoted(column)} is null") for column in columns]


def judge(con: duckdb.DuckDBPyConnection, plan: Plan, rows: pa.Table) -> tuple[pa.Table, pa.Array]:
    """Typed rows in the order given, and for each the number of the rule it breaks, or null.

    The query sorts by position: DuckDB keeps no order across threads unless told to.
    """
    con.register("delivered", rows.append_column(_POSITION, pa.array(np.arange(len(rows)))))
    try:
        typed = con.execute(plan.sql).to_arrow_table()
    finally:
        con.unregister("delivered")
    return typed.drop_columns([_FAULT]), typed[_FAULT].combine_chunks()


def rejected_rows(
    inspection: Inspection, file: DeliveredFile, block: Block, broken: pa.Array, plan: Plan
) -> pa.Table:
    """What is kept of a block's rejected rows, by line: where they stood and why, never what they held."""
    found = [(line, None, reason) for line, reason in block.faults]
    at_fault = pc.is_valid(broken).to_numpy(zero_copy_only=False)
    rules = broken.drop_null().to_pylist()
    for line, rule in zip(block.lines[at_fault], rules, strict=True):
        found.append((int(line), plan.faults[rule].column, plan.faults[rule].reason))
    lines, columns, reasons = zip(*sorted(found), strict=True) if found else ((), (), ())
    return pa.table(
        {
            "country": [inspection.snapshot.country] * len(lines),
            "snapshot": pa.array([inspection.snapshot.month] * len(lines), pa.date32()),
            "source_table": [file.table] * len(lines),
            "source_file": [file.name] * len(lines),
            "source_line": lines,
            "column_name": columns,
            "reason": reasons,
        },
        schema=arrow_schema(REJECTED),
    )


def lineage(file: DeliveredFile, lines: np.ndarray) -> dict[str, pa.Array]:
    """The columns that say where each row stood."""
    return {
        "source_file": pa.DictionaryArray.from_arrays(
            np.zeros(len(lines), np.int32), [file.name]
        ).dictionary_decode(),
        "source_line": pa.array(lines),
    }
