"""Read what was published, by name; no engine and no path to remember."""

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from thin_assets.errors import SettingsError
from thin_assets.published.reading.find import Found, asked_for, find
from thin_assets.published.reading.place import place_of
from thin_assets.resources.extensions import let_read
from thin_assets.resources.store import shared_store
from thin_assets.resources.tables import address_of

if TYPE_CHECKING:
    import duckdb
    import polars as pl
    from scipy.sparse import csr_matrix

HOME = Path("thin-home")
"""Where a home is looked for when none is named: below the working directory."""

Form = Literal["polars", "pandas", "duckdb", "csr", "summarised_result"]


class Sparse(NamedTuple):
    """A long feature table as a matrix: what is absent is 0 in it.

    matrix           scipy CSR, one row per entry and one column per covariate, both in order of their ids
    row_ids          `row_id` of each row
    covariate_ids    `covariate_id` of each column
    """

    matrix: "csr_matrix"
    row_ids: list[int]
    covariate_ids: list[int]


def read_published(
    name: str,
    *,
    country: str | None = None,
    snapshot: str | dt.date | None = None,
    version: int | str | None = None,
    release: str | None = None,
    as_: Form = "polars",
    home: Path | str | None = None,
) -> Any:
    """A published table, all of it or one country or one month, now or as it was.

    name        product, for example `lung_cancer_features`; its columns: docs/reference/products.md
    country     code such as `GB`; None: every country
    snapshot    month such as `2024-03`; None: every month
    version     of the table, as `12`; `"v1"` or `"v1@12"` for that of an earlier major version
    release     name such as `2024Q1`, in place of a version
    as_         polars or pandas frame, DuckDB relation, `Sparse` for a long feature table of one snapshot, or
                an aggregate as a polars frame in the form of DARWIN EU's results
    home        folder of the platform, or `s3://bucket/prefix` where it shares a store; None: `thin-home` in
                the working directory
    returns     rows sorted as published; none for a partition that was published without a row
    raises      NothingPublished when there is no such product, version or partition; ReleaseRefused when
                there is no such release; Recalled, with the reason, when what is asked for was taken back

    Without this project: docs/how-to/read-a-published-table.md
    """
    wanted = asked_for(country, snapshot)
    with place_of(name, home or HOME) as place:
        found = find(name, place, wanted, version=version, release=release)
        return _FORMS[as_](found)


def _polars(found: Found) -> "pl.DataFrame":
    import polars as pl

    rows = pl.scan_delta(found.table)
    for column, value in found.wanted.items():
        rows = rows.filter(pl.col(column) == value)
    return rows.collect()


def _duckdb(found: Found) -> "duckdb.DuckDBPyRelation":
    """Nothing is read before it is asked; the relation keeps its connection open."""
    import duckdb

    con = duckdb.connect(config={"autoinstall_known_extensions": False})
    load_delta_extension(con)
    if (store := shared_store()) is not None:
        let_read(con, store)
    address = address_of(found.path)[0].replace("'", "''")
    rows = con.sql(f"from delta_scan('{address}', version := {found.table.version()})")
    for column, value in found.wanted.items():
        rows = rows.filter(f"{column} = '{value}'")
    return rows


def _csr(found: Found) -> Sparse:
    import numpy as np
    from scipy.sparse import csr_matrix

    rows = _long(found)
    ids = [rows.get_column(name).unique().sort() for name in ("row_id", "covariate_id")]
    places = [np.searchsorted(one.to_numpy(), rows.get_column(one.name).to_numpy()) for one in ids]
    shape = (len(ids[0]), len(ids[1]))
    matrix = csr_matrix((rows.get_column("value").to_numpy(), places), shape=shape)
    return Sparse(matrix, *(one.to_list() for one in ids))


def _long(found: Found) -> "pl.DataFrame":
    """Rows of a long table. Raises SettingsError when an entry has a covariate twice, as in two months."""
    rows, key = _polars(found), ["row_id", "covariate_id"]
    if not {*key, "value"} <= set(rows.columns) or rows.select(key).is_duplicated().any():
        raise SettingsError(
            "only a long feature table of one snapshot can become a matrix",
            where=str(found.path),
            remedy="name a month with snapshot=..., or read another form",
        )
    return rows


def _summarised_result(found: Found) -> "pl.DataFrame":
    from thin_assets.published.declared.product import products
    from thin_assets.published.reading.summarised import summarised_result

    name, home = found.path.parent.name, found.path.parents[2]
    return summarised_result(_polars(found), products(home / "studies")[name])


_FORMS = {
    "polars": _polars,
    "pandas": lambda found: _polars(found).to_pandas(),
    "duckdb": _duckdb,
    "csr": _csr,
    "summarised_result": _summarised_result,
}


def load_delta_extension(con: "duckdb.DuckDBPyConnection") -> None:
    """Let DuckDB read Delta tables, from the extension that pip installed and without any download.

    The recipe in two lines, for a connection that may load local files:
    folder = files("duckdb_extension_delta").joinpath("extensions", f"v{duckdb.__version__}")
    con.load_extension(str(folder / "delta.duckdb_extension"))
    """
    from thin_assets.resources.extensions import load_extension

    load_extension(con, "delta")
