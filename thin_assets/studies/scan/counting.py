"""How often a set has which pattern: of so many members so many exposed, the case among them or not.

In a set of n members with k exposed, only n, k and whether the case is among them enter the conditional
likelihood: sets are counted by pattern, and no set is needed thereafter. Sets without an exposed member say
nothing, and have no row.

Two steps, so that memory does not grow with the population. Person range by person range, records become one
row per entry and exposure, with a bit for each window. Window by window, these become patterns.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import duckdb
import ibis
import ibis.expr.types as ir
import polars as pl

from thin_assets.resources.backends import Connection
from thin_assets.resources.unbound import standard_tables, text_of
from thin_assets.rollups.hierarchy import with_descendants
from thin_assets.studies.scan.declared import Scans, Window
from thin_assets.studies.scan.exposures import EVENT_TABLES, WORDS, exposures
from thin_assets.studies.scan.look_back import FAR, SIZE, entries_of, totals_of

AT_ONCE = 20_000
"""Entries of one range, on one machine; a cluster takes all at once."""

ALL, ENTRIES, EXPOSED, WITHOUT = "scan_all_entries", "scan_entries", "scan_exposed", "scan_without"

_ENTRY = {
    "place": "int32",
    "set_no": "int32",
    "person_id": "int64",
    "index_date": "date",
    "is_case": "boolean",
    "observed_days": "int32",
}

PATTERN = {
    "exposure_id": pl.Int64,
    "window": pl.String,
    "set_size": pl.Int32,
    "exposed": pl.Int32,
    "case_exposed": pl.Boolean,
    "sets": pl.Int64,
}
"""One row per exposure, window and pattern.

set_size        members of a set, the case among them
exposed         members with the exposure, one or more
case_exposed    whether the case is one of them
sets            sets of this pattern
"""


@dataclass(frozen=True)
class Patterns:
    """What a scan needs to know of its sets.

    rows      in the columns of `PATTERN`, sorted by them
    totals    (window, sets, cases, controls, left_out) of each window
    """

    rows: pl.DataFrame
    totals: pl.DataFrame


def count_patterns(
    members: pl.DataFrame,
    con: Connection,
    told: Scans,
    left_out: tuple[int, ...],
    *,
    cdm_schema: str = "cdm",
    at_once: int = AT_ONCE,
) -> Patterns:
    """Every exposure in every window.

    members     matched sets as they leave the cohorts room
    con         holds CDM and vocabulary in one schema
    left_out    records of these concepts, or below them, make no exposure
    """
    cdm = standard_tables((*EVENT_TABLES, *WORDS), cdm_schema)
    entries = entries_of(members, _periods(con, cdm_schema), told.windows)
    _keep(con, ALL, "select * from given_entries", given_entries=entries)
    _keep(con, WITHOUT, text_of(with_descendants(cdm, left_out)))
    events = exposures(told, cdm, left_out_concepts())
    query = text_of(_marked(entries_table(told.windows), events, told.windows))
    con.execute(f"create or replace temp table {EXPOSED} (place integer, exposure_id bigint, bits integer)")
    fill(con, EXPOSED, query, entries=entries.height, at_once=at_once)
    parts = [con.execute(_patterns_sql(bit, window)).pl() for bit, window in enumerate(told.windows)]
    rows = pl.concat(parts).cast(PATTERN).sort(list(PATTERN)[:5])
    return Patterns(rows, totals_of(entries, told.windows))


def entries_table(windows: tuple[Window, ...]) -> ir.Table:
    """`ENTRIES` in Ibis."""
    of_windows = {pattern.format(one.name): "int32" for one in windows for pattern in (FAR, SIZE)}
    return ibis.table(_ENTRY | of_windows, name=ENTRIES)


def left_out_concepts() -> ir.Table:
    """`WITHOUT` in Ibis."""
    return ibis.table({"concept_id": "int32"}, name=WITHOUT)


def fill(con: Connection, table: str, query: str, *, entries: int, at_once: int) -> None:
    """Rows of a query that reads `ENTRIES`, range by range of all entries."""
    if not isinstance(con, duckdb.DuckDBPyConnection):
        at_once = max(entries, 1)
    for start in range(0, entries, at_once):
        _keep(con, ENTRIES, f"select * from {ALL} where place >= {start} and place < {start + at_once}")
        con.execute(f"insert into {table} {query}")


def count_persons(con: Connection, told: Scans, *, cdm_schema: str = "cdm") -> pl.DataFrame:
    """Persons with each exposure in windows that are published, after `count_patterns` on this connection.

    returns    (window, exposure_id, is_case, persons, practices, of_largest): a control of two sets is one
               person; persons of no practice are of one of their own
    """
    _, windows = told.published()
    bits = {bit: one.name for bit, one in enumerate(told.windows) if one.name in windows}
    parts = [con.execute(_persons_sql(bit, name, cdm_schema)).pl() for bit, name in bits.items()]
    return pl.concat(parts).sort("window", "exposure_id", "is_case")


def _persons_sql(bit: int, window: str, schema: str) -> str:
    return f"""
        with found as (
            select exposure_id, is_case, coalesce(care_site_id, -1) as practice,
                count(distinct person_id) as persons
            from {EXPOSED} join {ALL} using (place) join {schema}.person using (person_id)
            where bits & {1 << bit} <> 0
            group by all
        )
        select '{window}' as "window", exposure_id, is_case, sum(persons)::bigint as persons,
            count(*) as practices, max(persons) as of_largest
        from found group by exposure_id, is_case
    """


def _periods(con: Connection, schema: str) -> pl.DataFrame:
    names = ("person_id", "observation_period_start_date", "observation_period_end_date")
    return con.execute(f"select {', '.join(names)} from {schema}.observation_period").pl()


def _marked(entries: ir.Table, events: ir.Table, windows: tuple[Window, ...]) -> ir.Table:
    """One row per entry and exposure that lies in a window, with the bits of its windows."""
    before = (entries.person_id == events.event_person_id) & (events.event_date < entries.index_date)
    past = entries.join(events, before)
    days = past.index_date.delta(past.event_date, unit="day")
    marks = _bits(past, days, windows)
    rows = past.select("place", "exposure_id", bits=marks.cast("int32"))
    rows = rows.filter(rows.bits != 0)
    return rows.group_by("place", "exposure_id").aggregate(bits=rows.bits.bit_or())


def _bits(past: ir.Table, days: ir.IntegerValue, windows: tuple[Window, ...]) -> ir.IntegerValue:
    """A window in which an entry is left out has no farthest day, and no bit."""
    found: Iterator[ir.IntegerValue] = (
        ibis.ifelse((days >= one.from_days) & (days <= past[FAR.format(one.name)]), 1 << bit, 0)
        for bit, one in enumerate(windows)
    )
    return sum(found, start=ibis.literal(0))


def _patterns_sql(bit: int, window: Window) -> str:
    size = f'"{SIZE.format(window.name)}"'
    return f"""
        with marked as (
            select exposure_id, set_no, any_value({size}) as set_size, count(*) as exposed,
                bool_or(is_case) as case_exposed
            from {EXPOSED} join {ALL} using (place)
            where bits & {1 << bit} <> 0
            group by exposure_id, set_no
        )
        select exposure_id, '{window.name}' as "window", set_size, exposed, case_exposed, count(*) as sets
        from marked group by exposure_id, set_size, exposed, case_exposed
    """


def _keep(con: Connection, name: str, query: str, **given: pl.DataFrame) -> None:
    for view, frame in given.items():
        con.register(view, frame.to_arrow())
    con.execute(f"create or replace temp table {name} as {query}")
    for view in given:
        con.unregister(view)
