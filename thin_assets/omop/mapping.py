"""Which delivered codes became which concepts, for a delivery that was mapped before it came."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

MAPPED, UNMAPPED = "as delivered", "unmapped"


@dataclass(frozen=True)
class Code:
    """Where a table holds a kind of code.

    concept      column of the standard concept
    value        column of the code as the source wrote it
    source       column of the code's own concept, where there is one
    domain       under which a code without a concept is counted
    is_always    True: a row without any code is an unmapped record; False: it has no such code
    """

    table: str
    kind: str
    concept: str
    value: str
    source: str | None
    domain: str
    is_always: bool = False


def _event(table: str, stem: str, domain: str) -> Code:
    columns = (f"{stem}_concept_id", f"{stem}_source_value", f"{stem}_source_concept_id")
    return Code(table, "event", *columns, domain, is_always=True)


def _unit(table: str, source: str | None) -> Code:
    return Code(table, "unit", "unit_concept_id", "unit_source_value", source, "Unit")


CODES = (
    _event("condition_occurrence", "condition", "Condition"),
    _event("drug_exposure", "drug", "Drug"),
    _event("procedure_occurrence", "procedure", "Procedure"),
    _event("device_exposure", "device", "Device"),
    _event("measurement", "measurement", "Measurement"),
    _event("observation", "observation", "Observation"),
    Code("death", "event", "cause_concept_id", "cause_source_value", "cause_source_concept_id", "Condition"),
    _unit("measurement", "unit_source_concept_id"),
    _unit("observation", None),
    _unit("device_exposure", "unit_source_concept_id"),
    Code("drug_exposure", "route", "route_concept_id", "route_source_value", None, "Route"),
    Code(
        "visit_occurrence",
        "visit",
        "visit_concept_id",
        "visit_source_value",
        "visit_source_concept_id",
        "Visit",
    ),
    Code(
        *("provider", "specialty", "specialty_concept_id", "specialty_source_value"),
        *("specialty_source_concept_id", "Provider"),
    ),
)
"""Every kind of code that is counted."""


def mapping(candidate: Path, vocabulary: Path) -> str:
    """SQL of the account `mapping`: records and persons by source table, kind, code and concept.

    The code system is the vocabulary of the code's own concept, null where none was delivered; the code is
    as the source wrote it, and null where only concepts were delivered.
    """
    concept = f"read_parquet('{vocabulary / 'concept.parquet'}')"
    return f"""
        select
            counted.source_table, counted.kind, source.vocabulary_id as code_system, counted.source_code,
            counted.source_concept_id, coalesce(target.domain_id, counted.domain) as domain,
            counted.target_concept_id,
            if(counted.target_concept_id = 0, '{UNMAPPED}', '{MAPPED}') as level,
            counted.records, counted.persons
        from ({" union all ".join(_counted(candidate))}) as counted
        left join {concept} as source
            on counted.source_concept_id = source.concept_id and source.concept_id <> 0
        left join {concept} as target
            on counted.target_concept_id = target.concept_id and target.concept_id <> 0
        order by all
    """


def _counted(candidate: Path) -> Iterator[str]:
    for code in CODES:
        source = f"coalesce({code.source}, 0)" if code.source else "0"
        persons = "0::bigint" if code.table == "provider" else "count(distinct person_id)"
        target = f"coalesce({code.concept}, 0)"
        has_code = f"{code.value} is not null or {source} <> 0 or {target} <> 0"
        yield f"""
            select
                '{code.table}' as source_table, '{code.kind}' as kind, '{code.domain}' as domain,
                {code.value} as source_code, {source}::integer as source_concept_id,
                {target}::integer as target_concept_id,
                count(*) as records, {persons} as persons
            from read_parquet('{candidate / code.table / "data.parquet"}', hive_partitioning = false)
            where {"true" if code.is_always else has_code}
            group by all
        """
