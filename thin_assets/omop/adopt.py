"""A delivery in OMOP layout needs no transformation: its tables are laid out as dbt would lay them out."""

from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb

from thin_assets.cdm.spec import Table, vocabulary_tables
from thin_assets.omop.contract import cdm_tables, raw_table
from thin_assets.omop.mapping import mapping
from thin_assets.omop.vocabulary import own_rows
from thin_assets.resources.raw_tables import read_raw

Raw = Callable[[str], Path]
"""Where the Parquet file of a raw table lies, by name."""


def adopt_build(raw: Raw, candidate: Path, vocabulary: Path, con: duckdb.DuckDBPyConnection) -> None:
    """Write every CDM table of a candidate from the raw tables of a delivery in OMOP layout.

    candidate    folder with a folder for each of `candidate_tables`
    vocabulary   folder of the vocabulary that the build is made with: it names systems and domains of codes
    A table that was not delivered is written empty. Rows are sorted by person, date and id, as after dbt.
    """
    for table in cdm_tables():
        _write(con, _select(table, raw(raw_table(table.name))), candidate / table.name)
    loaded = " union all ".join(_counts(candidate))
    _write(con, f"select * from ({loaded}) where rows > 0 order by all", candidate / "routing")
    _write(con, _reconciliation(raw, candidate), candidate / "reconciliation")
    _write(con, mapping(candidate, vocabulary), candidate / "mapping")


def _counts(candidate: Path) -> Iterator[str]:
    for table in cdm_tables():
        file = _parquet(candidate / table.name / "data.parquet")
        names = f"'{table.name}' as source_table, '{table.name}' as cdm_table"
        yield f"select {names}, count(*) as rows from {file}"


def _reconciliation(raw: Raw, candidate: Path) -> str:
    """Fates of all delivered rows. Those of the vocabulary are loaded into the build's own vocabulary."""
    fates = [
        f"select source_table, null::varchar as reason, 'loaded' as fate, rows as source_rows,"
        f" rows as target_rows from {_parquet(candidate / 'routing' / 'data.parquet')}",
        "select source_table, reason, 'rejected', count(*), 0"
        f" from {read_raw(raw('rejected'))} group by source_table, reason",
    ]
    for table in vocabulary_tables():
        file = raw(raw_table(table.name))
        rows = f"select (select count(*) from {read_raw(file)}) as delivered, count(*) as kept from"
        rows = f"{rows} ({own_rows(table, file)})"
        fates += [
            f"select '{table.name}', null, 'loaded', kept, kept from ({rows})",
            f"select '{table.name}', null, 'collapsed', delivered - kept, 0 from ({rows})",
        ]
    return (
        f"select * from ({' union all '.join(fates)}) where source_rows > 0"
        " order by source_table, fate, reason"
    )


def _select(table: Table, file: Path) -> str:
    if not file.is_file():
        columns = ", ".join(f"null::{field.duckdb_type} as {_quoted(field.name)}" for field in table.fields)
        return f"select {columns} where false"
    columns = ", ".join(_quoted(name) for name in table.columns)
    return f"select {columns} from {read_raw(file)} order by {', '.join(_sort_keys(table))}"


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
