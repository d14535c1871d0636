"""DuckDB's extensions as pip installed them: nothing is downloaded."""

import os
from importlib.resources import files
from urllib.parse import urlsplit

import duckdb

from thin_assets.errors import SettingsError
from thin_assets.resources.store import Store


def load_extension(con: duckdb.DuckDBPyConnection, name: str) -> None:
    """Load an extension from the package `duckdb-extension-<name>` of the engine's own version."""
    folder = files(f"duckdb_extension_{name}").joinpath("extensions", f"v{duckdb.__version__}")
    con.load_extension(str(folder.joinpath(f"{name}.duckdb_extension")))


def let_read(con: duckdb.DuckDBPyConnection, store: Store) -> None:
    """Let a connection read objects of a store, `s3://...`, with the keys of the store's other clients.

    The keys are kept in the connection's memory, and nowhere else. Raises SettingsError where there are none:
    DuckDB does not find by itself what the machine it runs on may do.
    """
    told = {name: value for name, value in os.environ.items() if name.startswith("AWS_")} | store.options
    if not {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"} <= set(told):
        raise SettingsError(
            "DuckDB reads a store with keys only",
            where=store.address,
            remedy="set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a file of them (THIN_STORE_OPTIONS)",
        )
    load_extension(con, "httpfs")
    quoted = {name: value.replace("'", "''") for name, value in _secret(told).items()}
    words = ", ".join(f"{name} '{value}'" for name, value in quoted.items())
    con.execute(f"create or replace secret store (type s3, scope '{store.address}', {words})")


def _secret(told: dict[str, str]) -> dict[str, str]:
    """What DuckDB calls what others call `AWS_...`."""
    region = told.get("AWS_REGION") or told.get("AWS_DEFAULT_REGION") or "us-east-1"
    keys = {"key_id": told["AWS_ACCESS_KEY_ID"], "secret": told["AWS_SECRET_ACCESS_KEY"], "region": region}
    if token := told.get("AWS_SESSION_TOKEN"):
        keys["session_token"] = token
    if endpoint := told.get("AWS_ENDPOINT_URL") or told.get("AWS_ENDPOINT"):
        at = urlsplit(endpoint)
        keys |= {"endpoint": at.netloc, "use_ssl": str(at.scheme == "https").lower(), "url_style": "path"}
    return keys
