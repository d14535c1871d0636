"""What dbt-duckdb runs when it opens an engine: the key of encrypted raw tables, from the environment.

A statement of the project would stand in dbt's artefacts and logs; what a plugin does stands nowhere.
"""

import os

import duckdb
from dbt.adapters.duckdb.plugins import BasePlugin

from thin_assets.resources.raw_tables import add_key
from thin_assets.settings import PARQUET_KEY


class Plugin(BasePlugin):
    """Named in dbt_project/profiles.yml; does nothing where no key is told."""

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Called once for each engine, before any model; its cursors share the key."""
        if text := os.environ.get(PARQUET_KEY):
            add_key(conn, bytes.fromhex(text))
