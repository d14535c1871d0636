"""A sealed build as one DuckDB file: what OHDSI's tools expect of a database, to be carried anywhere."""

from pathlib import Path

import duckdb

from thin_assets.cdm.spec import Table, clinical_tables, results_tables, vocabulary_tables
from thin_assets.resources.files import replacing

SCHEMA = "cdm"


def export_duckdb(build: Path, vocabulary: Path, out: Path) -> None:
    """Write every table of CDM v5.4 to one DuckDB file, in schema `cdm`; the file appears whole or not at all.

    build         a sealed build: `<table>/data.parquet`
    vocabulary    `<table>.parquet`
    out           replaced when it exists; a table that neither folder holds is there, typed and empty
    """
    files = {table: build / table.name / "data.parquet" for table in (*clinical_tables(), *results_tables())}
    files |= {table: vocabulary / f"{table.name}.parquet" for table in vocabulary_tables()}
    with replacing(out) as temporary:
        with duckdb.connect(str(temporary), config={"autoinstall_known_extensions": False}) as con:
            con.execute(f"create schema {SCHEMA}")
            for table, file in files.items():
                _create(con, table, file)


def _create(con: duckdb.DuckDBPyConnection, table: Table, file: Path) -> None:
    columns = ", ".join(f'"{name}" {kind}' for name, kind in table.duckdb_columns().items())
    con.execute(f'create table {SCHEMA}."{table.name}" ({columns})')
    if file.is_file():
        con.execute(
            f'insert into {SCHEMA}."{table.name}" by name select * from read_parquet(?, hive_partitioning = false)', [str(file)]
        )
