"""Read what was published, by name; no engine and no path to remember."""

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

from thin_assets.domain.snapshot import Snapshot, parse_month
from thin_assets.errors import NothingPublished
from thin_assets.published.zones import ZONES

if TYPE_CHECKING:
    import duckdb
    import polars as pl

HOME = Path("thin-home")
"""Where a home is looked for when none is named: below the working directory."""


def read_published(
    name: str,
    *,
    country: str | None = None,
    snapshot: str | dt.date | None = None,
    home: Path | str | None = None,
) -> "pl.DataFrame":
    """The current version of a published table, all of it or one country or one month.

    name       product, for example `lung_cancer_features`; its columns: docs/reference/products.md
    country    code such as `GB`; None: every country
    snapshot   month such as `2024-03`; None: every month
    home       folder of the platform; None: `thin-home` in the working directory
    returns    rows sorted as published; none for a partition that was published without a row
    raises     NothingPublished when there is no such product, or the partition was never published

    Without this project: `polars.read_delta(path)`, or `load_delta_extension` and `delta_scan`.
    """
    import polars as pl
    from deltalake import DeltaTable

    path = table_of(name, Path(home or HOME))
    wanted = _wanted(country, snapshot)
    table = DeltaTable(str(path))
    rows = pl.scan_delta(table)
    for column, value in wanted.items():
        rows = rows.filter(pl.col(column) == value)
    found = rows.collect()
    if found.is_empty() and not was_published(table, wanted):
        raise NothingPublished(
            f"{name} holds no such partition",
            where=" ".join(f"{column}={value}" for column, value in wanted.items()) or str(path),
            remedy="see what is there with `thin-assets status`; build it with `thin-assets run`",
        )
    return found


def table_of(name: str, home: Path) -> Path:
    """Folder of the Delta table of a product: its highest major version. Raises NothingPublished."""
    found = [path.parent for zone in ZONES for path in (home / zone / name).glob("v*/_delta_log")]
    if not found:
        raise NothingPublished(f"no published table {name!r}", where=str(home), remedy=_products(home))
    return max(found, key=lambda path: int(path.name.removeprefix("v")))


def _wanted(country: str | None, snapshot: str | dt.date | None) -> dict[str, str | dt.date]:
    wanted: dict[str, str | dt.date] = {}
    if country is not None:
        wanted["country"] = Snapshot.named(country, "2000-01").country
    if snapshot is not None:
        wanted["snapshot"] = parse_month(str(snapshot))
    return wanted


def was_published(table, wanted: dict[str, str | dt.date]) -> bool:
    """Whether a commit of a Delta table names such a partition, be it with rows or without."""
    commits = table.history()
    return any(all(commit.get(name) == str(value) for name, value in wanted.items()) for commit in commits)


def load_delta_extension(con: "duckdb.DuckDBPyConnection") -> None:
    """Let DuckDB read Delta tables, from the extension that pip installed and without any download.

    The recipe in two lines, for a connection that may load local files:
    folder = files("duckdb_extension_delta").joinpath("extensions", f"v{duckdb.__version__}")
    con.load_extension(str(folder / "delta.duckdb_extension"))
    """
    from importlib.resources import files

    import duckdb

    folder = files("duckdb_extension_delta").joinpath("extensions", f"v{duckdb.__version__}")
    con.load_extension(str(folder.joinpath("delta.duckdb_extension")))


def _products(home: Path) -> str:
    names = sorted({path.parents[1].name for zone in ZONES for path in home.glob(f"{zone}/*/v*/_delta_log")})
    if names:
        return f"published are: {', '.join(names)}"
    return "name the platform's folder with home=..., or publish with `thin-assets run`"
