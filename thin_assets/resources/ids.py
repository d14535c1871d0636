"""Ids of many rows at once, in the engine; for one, `domain.identity.stable_id`."""

import duckdb
import polars as pl

from thin_assets.domain.identity import SEPARATOR


def stable_ids(kind: str, rows: pl.DataFrame) -> pl.Series:
    """The id of a kind of thing and the words of each row, as `stable_id(kind, *row)`, hashed in DuckDB.

    rows    numbers, words and days; truths are written as DuckDB does, `true` and `false`
    Raises ValueError where a word is null.
    """
    words = " || chr(?) || ".join(f'"{name}"::varchar' for name in rows.columns)
    with duckdb.connect() as con:
        con.register("rows", rows.to_arrow())
        separators = [ord(SEPARATOR)] * len(rows.columns)
        query = f"select (md5_number_upper(? || chr(?) || {words}) >> 1)::bigint as id from rows"
        ids = pl.from_arrow(con.execute(query, [kind, *separators]).to_arrow_table())["id"]
    if ids.null_count():
        raise ValueError("a stable id takes no null part")
    return ids.cast(pl.Int64)
