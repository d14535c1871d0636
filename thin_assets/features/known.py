"""What was known when: the month whose snapshot first held a record, and what a later month added.

A delivery is a full extract, so a snapshot tells which of its records are late: those that the sealed build
before did not hold in the same words, of persons that it held already. What is never listed was there from
the beginning: from the first snapshot that held the person.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from itertools import pairwise

import duckdb
import ibis.expr.types as ir
import polars as pl

from thin_assets.cdm.spec import TABLES
from thin_assets.domain.identity import DAY_BITS
from thin_assets.features.events import EVENT_TABLES, KNOWN_FROM

WORDS = {
    "condition_occurrence": ("condition_start_date", "condition_source_value", "condition_concept_id"),
    "drug_exposure": ("drug_exposure_start_date", "drug_source_value", "drug_concept_id"),
    "procedure_occurrence": ("procedure_date", "procedure_source_value", "procedure_concept_id"),
    "measurement": ("measurement_date", "measurement_source_value", "measurement_concept_id"),
    "observation": ("observation_date", "observation_source_value", "observation_concept_id"),
    "visit_occurrence": ("visit_start_date", "visit_source_value", "visit_concept_id"),
}
"""Date and code of a record as delivered; the concept stands in where a delivery has no codes."""

# A record's id is its delivered key with the concept laid over it (`domain/identity.py`). Without the concept
# it is the same whatever the record is mapped to, and one key stands for all concepts of a record.
LATE = {"cdm_table": pl.String, "record_key": pl.Int64, KNOWN_FROM: pl.Date}


def known_tables(cdm: Mapping[str, ir.Table], late: ir.Table, tables: Iterable[str]) -> dict[str, ir.Table]:
    """These tables of events, with `known_from`: null where the record is not late.

    late    in the columns of `LATE`, one row per record
    """
    found = {}
    for name in tables:
        mine = late.filter(late.cdm_table == name).select("record_key", KNOWN_FROM)
        rows = cdm[name]
        key = rows[rows.columns[0]] ^ (rows[WORDS[name][2]].cast("int64") << DAY_BITS)
        joined = rows.left_join(mine, key == mine.record_key)
        found[name] = joined.drop("record_key")
    return found


def late_tables(late: pl.DataFrame) -> tuple[str, ...]:
    """Tables of events with late records; the others stay as they are: nothing is joined, nothing is paid."""
    return tuple(sorted(set(late.get_column("cdm_table").unique()) & set(EVENT_TABLES)))


ANSWERS = {
    "measurement": ("value_source_value", "unit_source_value"),
    "observation": ("value_source_value", "unit_source_value", "value_as_string"),
}
"""What else was said, as delivered: neither a new mapping nor a new vocabulary makes a record late."""

ROWS_AT_ONCE = 4_000_000
"""Rows of a table that are compared at once, by ranges of persons: memory does not grow with the country."""


def find_late(con: duckdb.DuckDBPyConnection, *, now: str = "cdm", before: str = "before") -> pl.DataFrame:
    """Records of a build that the build before did not hold in the same words, of persons that it held.

    now, before    schemas of the two builds
    returns        (cdm_table, record_key), sorted
    """
    found = [
        con.execute(_late_query(table, now, before, low, high)).pl()
        for table in EVENT_TABLES
        for low, high in _ranges(con, f"{now}.{table}")
    ]
    return pl.concat([pl.DataFrame(schema=dict(list(LATE.items())[:2])), *found]).sort(
        "cdm_table", "record_key"
    )


def _ranges(con: duckdb.DuckDBPyConnection, table: str) -> list[tuple[int, int]]:
    """First and last person of parts of a table of about equal length."""
    rows = con.execute(f"select count(*) from {table}").fetchone()[0]
    parts = max(1, -(-rows // ROWS_AT_ONCE))
    shares = [part / parts for part in range(1, parts)] or [0.5]
    cuts = con.execute(f"select quantile_disc(person_id, {shares}) from {table}").fetchone()[0] or []
    edges = [-1, *sorted(set(cuts)), 2**63 - 1]
    return [(low + 1, high) for low, high in pairwise(edges)]


def _late_query(table: str, now: str, before: str, low: int, high: int) -> str:
    date, code, concept = WORDS[table]
    words = [date, f"coalesce({code}, {concept}::varchar)", *ANSWERS.get(table, ())]
    names = [f"word_{place}" for place in range(len(words))]
    told = ", ".join(f"{word} as {name}" for word, name in zip(words, names, strict=True))
    mine = f"person_id between {low} and {high}"
    same = " and ".join(f"theirs.{name} is not distinct from ours.{name}" for name in names)
    return f"""
        with ours as (
            select
                xor({TABLES[table].fields[0].name}, {concept}::bigint << {DAY_BITS}) as record_key,
                person_id,
                {told}
            from {now}.{table}
            where {mine} and person_id in (select person_id from {before}.person where {mine})
        ),
        theirs as (select person_id, {told} from {before}.{table} where {mine})
        select distinct '{table}' as cdm_table, record_key
        from ours
        anti join theirs on theirs.person_id = ours.person_id and {same}
    """


def late_records(months: Mapping[dt.date, pl.DataFrame]) -> pl.DataFrame:
    """Records that were not there from the beginning, in the columns of `LATE`.

    months    what `find_late` found in every snapshot of the country but the first, by month
    A record that two months call late was gone between them: the first of them counts.
    """
    parts = [rows.with_columns(pl.lit(month).alias(KNOWN_FROM)) for month, rows in months.items()]
    keys = ["cdm_table", "record_key"]
    whole = pl.concat([pl.DataFrame(schema=LATE), *(part.select(list(LATE)) for part in parts)])
    return whole.group_by(keys).agg(pl.col(KNOWN_FROM).min()).sort(keys)
