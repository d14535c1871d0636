"""What changed in the mapping since last month: codes new, vanished, mapped otherwise; shares risen, fallen.

A change is no fault: new codes come with every release. What passes a limit is flagged, for somebody to see.
"""

from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from thin_assets.evidence.contract import MappingChanges, MappingDrift
from thin_assets.evidence.mapping import MOST_FREQUENT
from thin_assets.promises import OUR_FAULT, require

MOST_POINTS = 1.0
"""Percentage points by which the share of mapped records may move, up or down."""

MOST_TURNOVER = 0.10
"""Share of last month's codes that may be new or gone."""

FEWEST_CODES = 10
"""Turnover is looked at from this many codes on: of three codes, one new is no sign."""


@dataclass(frozen=True)
class Drift:
    """Both tables of a comparison; without rows where there is no month before."""

    by_domain: pl.DataFrame
    changes: pl.DataFrame


def compare(
    con: duckdb.DuckDBPyConnection, before: Path | None, *, same_vocabulary: bool, where: str
) -> Drift:
    """Compare the account of a build, in schema `cdm`, with that of the month before.

    before            Parquet file of that account; None: nothing to compare with
    same_vocabulary   both were made with one version: then no code should have got another concept
    where             partition, for the error of a broken contract
    """
    earlier = f"read_parquet('{before}', hive_partitioning = false)" if before else "cdm.mapping where false"
    con.execute(_CODES_OF.format(name="code_now", account="cdm.mapping"))
    con.execute(_CODES_OF.format(name="code_before", account=earlier))
    con.execute(_PAIRS)
    has_before = before is not None
    limits = [MOST_POINTS, FEWEST_CODES, MOST_TURNOVER, same_vocabulary, has_before]
    drift = Drift(con.execute(_DRIFT, limits).pl(), con.execute(_CHANGES, [MOST_FREQUENT, has_before]).pl())
    contracts = {"mapping_drift": (MappingDrift, drift.by_domain)}
    contracts["mapping_changes"] = (MappingChanges, drift.changes)
    for name, (contract, rows) in contracts.items():
        require(contract, rows, name=name, where=where, remedy=OUR_FAULT)
    return drift


_CODES_OF = """
    create or replace temp table {name} as
    select
        kind,
        min(domain) as domain,
        coalesce(code_system, '') as code_system,
        coalesce(source_code, '') as source_code,
        array_to_string(list_sort(list_distinct(list(target_concept_id))), ', ') as targets,
        sum(records)::bigint as records,
        (coalesce(sum(records) filter (target_concept_id <> 0), 0))::bigint as mapped_records,
        max(persons)::bigint as persons
    from {account}
    group by kind, coalesce(code_system, ''), coalesce(source_code, '')
"""

_PAIRS = """
    create or replace temp table code_pair as
    select
        kind,
        code_system,
        source_code,
        coalesce(now.domain, earlier.domain) as domain,
        case
            when earlier.targets is null then 'new'
            when now.targets is null then 'vanished'
            when now.targets <> earlier.targets then 'retargeted'
        end as change,
        earlier.targets as targets_before,
        now.targets as targets,
        now.records,
        earlier.records as records_before,
        now.mapped_records,
        earlier.mapped_records as mapped_records_before,
        coalesce(now.records, earlier.records) as shown_records,
        coalesce(now.persons, earlier.persons, 0) as persons
    from code_now as now
    full join code_before as earlier using (kind, code_system, source_code)
"""

_DRIFT = """
    with counted as (
        select
            kind,
            domain,
            count(targets) as codes,
            count(targets_before) as codes_before,
            count(*) filter (change = 'new') as new_codes,
            count(*) filter (change = 'vanished') as vanished_codes,
            count(*) filter (change = 'retargeted') as retargeted_codes,
            coalesce(sum(records), 0)::bigint as records,
            coalesce(sum(mapped_records), 0)::bigint as mapped_records,
            coalesce(sum(records_before), 0)::bigint as records_before,
            coalesce(sum(mapped_records_before), 0)::bigint as mapped_records_before
        from code_pair
        group by kind, domain
    )
    select
        *,
        coalesce(
            round(abs(100 * mapped_records / records - 100 * mapped_records_before / records_before), 6) > $1,
            false
        )
        or (codes_before >= $2 and new_codes + vanished_codes > $3 * codes_before)
        or ($4 and retargeted_codes > 0) as is_flagged
    from counted
    where $5
    order by kind, domain
"""

_CHANGES = """
    select
        kind,
        domain,
        change,
        row_number() over (
            partition by kind, domain, change order by shown_records desc, code_system, source_code
        )::integer as rank,
        code_system,
        source_code,
        targets_before,
        targets,
        shown_records as records,
        persons
    from code_pair
    where change is not null and $2
    qualify rank <= $1
    order by kind, domain, change, rank
"""
