"""How the codes of a build were mapped: shares by domain and level, most frequent codes, what they became.

Everything is counted from the account `mapping` that travels with a build (one row per source table, kind,
delivered code and concept) and from the build's concept columns, in the engine.
A record is a row of the CDM: a code that stands for two concepts has a record for each.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from thin_assets.evidence.contract import (
    MappingClasses,
    MappingCodes,
    MappingColumns,
    MappingCoverage,
)
from thin_assets.promises import OUR_FAULT, require
from thin_assets.resources.raw_tables import read_raw

MOST_FREQUENT = 25
"""Mapped and unmapped codes of each kind and domain that are listed."""

LABELS = {
    "lookup_diag_ref": "code_system, code, description",
    "lookup_drug_ref": "system, code, concat_ws(' ', generic, form)",
    "lookup_ahd_ref": "'THINLIKE_AHD', ahdcode, description",
    "lookup_unit_ref": "'THINLIKE_UNIT', unit, description",
    "lookup_constype_ref": "'THINLIKE_CONSTYPE', constype, description",
    "lookup_specialty_ref": "'THINLIKE_SPECIALTY', specialty, description",
    "lookup_role_ref": "'THINLIKE_ROLE', roleid, description",
}
"""Code system, code and words of every list of a delivery that describes codes."""

CONCEPT_COLUMNS = {
    "person": ("gender_concept_id",),
    "visit_occurrence": ("visit_concept_id",),
    "visit_detail": ("visit_detail_concept_id",),
    "condition_occurrence": ("condition_concept_id",),
    "drug_exposure": ("drug_concept_id", "route_concept_id"),
    "procedure_occurrence": ("procedure_concept_id",),
    "device_exposure": ("device_concept_id",),
    "measurement": ("measurement_concept_id", "unit_concept_id"),
    "observation": ("observation_concept_id", "unit_concept_id"),
    "death": ("cause_concept_id",),
    "provider": ("specialty_concept_id",),
}
"""Columns in which 0 means that something was said and is not mapped; null: nothing was said."""


@dataclass(frozen=True)
class MappingReport:
    """The tables of a report, as `contract.py` describes them."""

    coverage: pl.DataFrame
    codes: pl.DataFrame
    classes: pl.DataFrame
    columns: pl.DataFrame

    def items(self) -> Iterator[tuple[str, pl.DataFrame]]:
        """Asset name and rows of every table."""
        yield "mapping_coverage", self.coverage
        yield "mapping_codes", self.codes
        yield "mapping_classes", self.classes
        yield "mapping_columns", self.columns


def build_mapping_report(
    con: duckdb.DuckDBPyConnection, labels: Mapping[str, Path], *, where: str
) -> MappingReport:
    """Count everything; the build, its accounts and its vocabulary are in schema `cdm`.

    con       knows the key of raw where those lists are encrypted
    labels    Parquet files of the delivery's own lists, by raw table; a code without label has none
    where     partition, for the error of a broken contract
    """
    _stage_labels(con, labels)
    con.execute(_ACCOUNT)
    found = MappingReport(
        coverage=con.execute(_COVERAGE).pl(),
        codes=most_frequent(con, top=MOST_FREQUENT),
        classes=con.execute(_CLASSES).pl(),
        columns=_columns(con),
    )
    contracts = (MappingCoverage, MappingCodes, MappingClasses, MappingColumns)
    for (name, rows), contract in zip(found.items(), contracts, strict=True):
        require(contract, rows, name=name, where=where, remedy=OUR_FAULT)
    return found


def unmapped_codes(con: duckdb.DuckDBPyConnection, labels: Mapping[str, Path], *, top: int) -> pl.DataFrame:
    """The most frequent unmapped codes of each kind and domain, most records first, as `MappingCodes`."""
    _stage_labels(con, labels)
    con.execute(_ACCOUNT)
    return most_frequent(con, top=top).filter(~pl.col("is_mapped"))


def most_frequent(con: duckdb.DuckDBPyConnection, *, top: int) -> pl.DataFrame:
    """The most frequent mapped and unmapped codes of each kind and domain, one row per concept of a code."""
    return con.execute(_CODES, [top]).pl()


def _stage_labels(con: duckdb.DuckDBPyConnection, labels: Mapping[str, Path]) -> None:
    """One label per code: the shortest in order of letters, so that a list told twice makes no second row."""
    con.execute(
        "create or replace temp table told (code_system varchar, source_code varchar, description varchar)"
    )
    for table, columns in LABELS.items():
        if path := labels.get(table):
            con.execute(f"insert into told select {columns} from {read_raw(path)}")
    con.execute(
        """
        create or replace temp table label as
        select code_system, source_code, min(description) as description
        from told
        where description <> ''
        group by all
        """
    )


_ACCOUNT = """
    create or replace temp view account as
    select
        * replace (coalesce(code_system, '') as code_system, coalesce(source_code, '') as source_code),
        target_concept_id <> 0 as is_mapped
    from cdm.mapping
"""

_COVERAGE = """
    with levels as (
        select
            kind,
            if(grouping(domain) = 1, 'all', domain) as domain,
            case
                when grouping(is_mapped) = 1 then 'all'
                when grouping(level) = 1 and is_mapped then 'mapped'
                when grouping(level) = 1 then 'unmapped'
                else level
            end as level,
            grouping(level) = 0 and level = 'unmapped' as is_repeat,
            count(distinct (code_system, source_code)) as codes,
            sum(records)::bigint as records
        from account
        group by
            grouping sets (
                (kind), (kind, domain),
                (kind, is_mapped), (kind, domain, is_mapped),
                (kind, is_mapped, level), (kind, domain, is_mapped, level)
            )
    )
    select
        kind,
        domain,
        level,
        codes,
        records,
        round(100 * codes / max(codes) filter (level = 'all') over whole, 3) as code_percent,
        round(100 * records / max(records) filter (level = 'all') over whole, 3) as record_percent
    from levels
    where not is_repeat
    window whole as (partition by kind, domain)
    order by kind, domain, level
"""

_CODES = """
    with codes as (
        select
            kind, domain, source_table, code_system, source_code, is_mapped,
            sum(records)::bigint as code_records
        from account
        group by all
    ),

    listed as (
        select
            *,
            row_number() over (
                partition by kind, domain, is_mapped
                order by code_records desc, source_table, code_system, source_code
            )::integer as rank
        from codes
        qualify rank <= ?
    )

    select
        listed.kind,
        listed.domain,
        listed.is_mapped,
        listed.rank,
        listed.source_table,
        listed.code_system,
        listed.source_code,
        coalesce(label.description, source.concept_name) as source_description,
        account.target_concept_id,
        target.concept_name as target_concept_name,
        account.level,
        sum(account.records)::bigint as records,
        max(account.persons)::bigint as persons
    from listed
    inner join account using (kind, domain, is_mapped, source_table, code_system, source_code)
    left join label using (code_system, source_code)
    left join cdm.concept as source
        on account.source_concept_id = source.concept_id and account.source_concept_id <> 0
    left join cdm.concept as target
        on account.target_concept_id = target.concept_id and account.target_concept_id <> 0
    group by all
    order by kind, domain, is_mapped, rank, target_concept_id, level
"""

_CLASSES = """
    select
        account.domain,
        target.vocabulary_id,
        target.concept_class_id,
        count(distinct (account.code_system, account.source_code)) as codes,
        count(distinct account.target_concept_id) as concepts,
        sum(account.records)::bigint as records
    from account
    inner join cdm.concept as target on account.target_concept_id = target.concept_id
    where account.kind = 'event' and account.is_mapped
    group by all
    order by all
"""


def _columns(con: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Records and distinct persons of every concept column of the build, mapped and not."""
    parts = [_count(table, column) for table, names in CONCEPT_COLUMNS.items() for column in names]
    return con.execute(" union all ".join(parts)).pl()


def _count(table: str, column: str) -> str:
    """Members of staff are no patients: nobody is counted of them."""
    person = "null::bigint" if table == "provider" else "person_id"
    return f"""
        select
            '{table}' as cdm_table,
            '{column}' as cdm_field,
            count({column}) as records,
            count(*) filter ({column} <> 0) as mapped_records,
            count(distinct {person}) filter ({column} is not null) as persons,
            count(distinct {person}) filter ({column} = 0) as persons_with_unmapped
        from cdm.{table}
    """
