"""DuckDB's extensions as pip installed them: nothing is downloaded."""

from importlib.resources import files

import duckdb


def load_extension(con: duckdb.DuckDBPyConnection, name: str) -> None:
    """Load an extension from the package `duckdb-extension-<name>` of the engine's own version."""
    folder = files(f"duckdb_extension_{name}").joinpath("extensions", f"v{duckdb.__version__}")
    con.load_extension(str(folder.joinpath(f"{name}.duckdb_extension")))
