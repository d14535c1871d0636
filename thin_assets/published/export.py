"""A sealed build as one DuckDB file: what OHDSI's tools expect of a database, to be carried anywhere."""

from collections.abc import Mapping
from pathlib import Path

import duckdb

from thin_assets.cdm.spec import Table, clinical_tables, results_tables, vocabulary_tables
from thin_assets.resources.files import replacing

SCHEMA = "cdm"


def export_duckdb(build: Path, vocabulary: Path, cohorts: Mapping[str, Path], out: Path) -> None:
    """Write every table of CDM v5.4 to one DuckDB file, in schema `cdm`; it appears whole or not at all.

    build         a sealed build: `<table>/data.parquet`
    vocabulary    `<table>.parquet`
    cohorts       Parquet file of each results table that was built, by name
    out           replaced when it exists; a table whose file is absent is there, typed and empty
    DuckDB names a database after its file: see `schema_in`.
    """
    files = {table: build / table.name / "data.parquet" for table in clinical_tables()}
    files |= {table: vocabulary / f"{table.name}.parquet" for table in vocabulary_tables()}
    files |= {table: cohorts.get(table.name) for table in results_tables()}
    with replacing(out) as temporary, duckdb.connect(config={"autoinstall_known_extensions": False}) as con:
        con.execute(
            f"attach '{temporary}' as exported; create schema exported.{SCHEMA}; use exported.{SCHEMA}"
        )
        for table, file in files.items():
            _create(con, table, file)
        con.execute("use memory; detach exported")


def schema_in(out: Path) -> str:
    """How queries on an exported file must name its schema.

    A database called like its schema makes `cdm.person` ambiguous, so there the catalogue is named too.
    >>> schema_in(Path("omop.duckdb")), schema_in(Path("cdm.duckdb"))
    ('cdm', 'cdm.cdm')
    """
    return f"{SCHEMA}.{SCHEMA}" if out.stem == SCHEMA else SCHEMA


def _create(con: duckdb.DuckDBPyConnection, table: Table, file: Path | None) -> None:
    columns = ", ".join(f'"{name}" {kind}' for name, kind in table.duckdb_columns().items())
    con.execute(f'create table "{table.name}" ({columns})')
    if file is not None and file.is_file():
        con.execute(
            f'insert into "{table.name}" by name select * from read_parquet(?, hive_partitioning = false)',
            [str(file)],
        )
