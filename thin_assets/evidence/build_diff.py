"""What a build holds otherwise than the one before it of the same country and month, in counts of rows.

Ids are the same in every build that a record is in, so that builds are compared row by row: a row is only in
the old build, only in the new one, or in both, with the same content or with another. Tables without a key
are compared by content alone. Computed in the engine; of wide tables a hash of each row is compared, and the
columns that changed are counted among the rows that did.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import duckdb
import pandera.polars as pa
import polars as pl

from thin_assets.cdm.spec import Table, clinical_tables
from thin_assets.promises import columns_of

MADE_FROM = {
    "delivery": "delivery",
    "vocabulary": "vocabulary",
    "code": "code of the transformation",
    "layout": "layout",
    "text": "text bundle",
    "lexicon": "lexicon",
    "key": "pseudonym key",
}
"""Parts of a build's identity, in words; with another key no id is the same."""


Row = tuple[str, int, int, int, int, int | None, str]


class BuildDiff(pa.DataFrameModel):
    """Grain: one row per table of the CDM that either build has rows of."""

    cdm_table: str = pa.Field(unique=True, description="table of the CDM")
    rows_before: int = pa.Field(ge=0, description="rows of the old build")
    rows_now: int = pa.Field(ge=0, description="rows of the new build")
    only_before: int = pa.Field(ge=0, description="rows whose id only the old build has")
    only_now: int = pa.Field(ge=0, description="rows whose id only the new build has")
    changed: int = pa.Field(
        ge=0, nullable=True, description="rows of both with other content; null: the table has no key"
    )
    changed_columns: str = pa.Field(
        description="columns that differ and in how many rows, most often first; empty: none"
    )

    class Config:
        strict = True


def compare_builds(before: Path, now: Path, con: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Every table of two sealed builds held against each other, as `BuildDiff`.

    before, now    folders of sealed builds of one partition
    con            any connection; it computes, and keeps nothing
    """
    rows = [row for table in clinical_tables() if (row := _compare(table, before, now, con)) is not None]
    return pl.DataFrame(rows, schema=columns_of(BuildDiff), orient="row")


def nothing_compared() -> pl.DataFrame:
    """The table of a build that has none before it."""
    return pl.DataFrame(schema=columns_of(BuildDiff))


def what_differs(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Which parts of the identities of two builds differ, in words.

    >>> what_differs({"delivery": "a", "code": "1"}, {"delivery": "b", "code": "1"})
    ['delivery']
    """
    return [word for part, word in MADE_FROM.items() if before.get(part) != now.get(part)]


def _compare(table: Table, before: Path, now: Path, con: duckdb.DuckDBPyConnection) -> Row | None:
    """The row of a table; None where neither build has a row of it."""
    files = [build / table.name / "data.parquet" for build in (before, now)]
    if not all(file.is_file() for file in files):
        return None
    old, new = (f"read_parquet('{file}', hive_partitioning = false)" for file in files)
    rows_before, rows_now = (con.sql(f"select count(*) from {one}").fetchone()[0] for one in (old, new))
    if not rows_before + rows_now:
        return None
    key = table.primary_key or "row_hash"
    hashed = _with_hash(table)
    only_before, only_now, changed = con.sql(f"""
        select count(*) filter (new.row_hash is null),
               count(*) filter (old.row_hash is null),
               count(*) filter (old.row_hash <> new.row_hash)
        from ({hashed.format(rows=old)}) old full join ({hashed.format(rows=new)}) new using ({key}, copy)
    """).fetchone()
    if table.primary_key is None:
        return table.name, rows_before, rows_now, only_before, only_now, None, ""
    columns = ", ".join(_changed_columns(table, old, new, con)) if changed else ""
    return table.name, rows_before, rows_now, only_before, only_now, changed, columns


def _with_hash(table: Table) -> str:
    """Key and hash of every row; of a table without a key, equal rows are numbered one by one."""
    content = ", ".join(f'"{name}"' for name in table.columns)
    if table.primary_key:
        return f"select {table.primary_key}, 0 as copy, hash({content}) as row_hash from {{rows}}"
    number = "row_number() over (partition by row_hash)"
    return f"select row_hash, {number} as copy from (select hash({content}) as row_hash from {{rows}})"


def _changed_columns(table: Table, old: str, new: str, con: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Columns that differ between rows of the same id, with the number of such rows, most often first."""
    columns = [name for name in table.columns if name != table.primary_key]
    counted = ", ".join(f'count(*) filter (old."{name}" is distinct from new."{name}")' for name in columns)
    counts = con.sql(f"select {counted} from {old} old join {new} new using ({table.primary_key})").fetchone()
    found = sorted(zip(columns, counts, strict=True), key=lambda item: (-item[1], item[0]))
    return (f"{name} {count}" for name, count in found if count)
