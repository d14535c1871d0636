"""A delivery in OMOP layout needs no transformation: its tables are laid out as dbt would lay them out."""

from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb

from thin_assets.cdm.spec import Table, clinical_tables
from thin_assets.omop.contract import cdm_tables

PREFIX = "omop_"
"""Raw tables of this layout are named after the CDM table behind this prefix."""


def adopt_build(raw: Callable[[str], Path], candidate: Path, con: duckdb.DuckDBPyConnection) -> None:
    """Write every CDM table of a candidate from the raw tables of a delivery in OMOP layout.

    raw        where the Parquet file of a raw table lies, by name
    candidate  folder with a folder for each of `candidate_tables`
    A table that was not delivered is written empty. Rows are sorted by person, date and id, as after dbt.
    """
    for table in cdm_tables():
        _write(con, _select(table, raw(PREFIX + table.name)), candidate / table.name)
    rejected = _parquet(raw("rejected"))
    loaded = " union all ".join(_counts(candidate))
    _write(con, f"select * from ({loaded}) where rows > 0 order by all", candidate / "routing")
    routing = _parquet(candidate / "routing" / "data.parquet")
    _write(
        con,
        f"""select source_table, null::varchar as reason, 'loaded' as fate,
                rows as source_rows, rows as target_rows
            from {routing}
            union all
            select source_table, reason, 'rejected', count(*), 0 from {rejected} group by all
            order by source_table, fate, reason""",
        candidate / "reconciliation",
    )


def _counts(candidate: Path) -> Iterator[str]:
    for table in clinical_tables():
        file = _parquet(candidate / table.name / "data.parquet")
        names = f"'{table.name}' as source_table, '{table.name}' as cdm_table"
        yield f"select {names}, count(*) as rows from {file}"


def _select(table: Table, file: Path) -> str:
    if not file.is_file():
        columns = ", ".join(f"null::{field.duckdb_type} as {_quoted(field.name)}" for field in table.fields)
        return f"select {columns} where false"
    columns = ", ".join(_quoted(name) for name in table.columns)
    return f"select {columns} from {_parquet(file)} order by {', '.join(_sort_keys(table))}"


def _sort_keys(table: Table) -> list[str]:
    """Person first, then the first date, then the key; whatever stands in the table of these."""
    date = next((field.name for field in table.fields if field.duckdb_type == "DATE"), None)
    keys = [key for key in ("person_id", date, table.primary_key) if key in table.columns]
    return [_quoted(key) for key in dict.fromkeys(keys)] or ["all"]


def _write(con: duckdb.DuckDBPyConnection, query: str, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    con.execute(f"copy ({query}) to '{folder / 'data.parquet'}' (format parquet, compression zstd)")


def _parquet(file: Path) -> str:
    return f"read_parquet('{file}', hive_partitioning = false)"


def _quoted(name: str) -> str:
    return f'"{name}"'
