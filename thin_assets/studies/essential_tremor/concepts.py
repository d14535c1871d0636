"""The conditions and drugs that the study looks at: concepts with all below them, in this package's CSV
files."""

from functools import cache
from importlib.resources import files

import duckdb
import polars as pl


@cache
def listed(name: str) -> pl.DataFrame:
    """Rows of a file of the package: key, title, concept_ids (integers)."""
    rows = pl.read_csv(files(__package__).joinpath(f"{name}.csv").read_bytes())
    ids = pl.col("concept_ids").cast(pl.String).str.split(" ").cast(pl.List(pl.Int64))
    return rows.rename({rows.columns[0]: "key"}).with_columns(ids)


def write_concepts(con: duckdb.DuckDBPyConnection, name: str) -> None:
    """Temporary table of that name: key, concept_id; the concepts of the file and all below them."""
    con.register("rows_of_python", listed(name).explode("concept_ids").to_arrow())
    con.execute(f"""
        create or replace temp table {name} as
        select distinct listed.key, coalesce(below.descendant_concept_id, listed.concept_ids) as concept_id
        from rows_of_python as listed
        left join cdm.concept_ancestor as below on below.ancestor_concept_id = listed.concept_ids
        union
        select key, concept_ids from rows_of_python
    """)
    con.unregister("rows_of_python")
