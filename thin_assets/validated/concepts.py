"""Which concepts a build uses, how often, and whether they are what their column asks for.

Used concepts are few where rows are many: they are counted once per table and looked up once per build.
"""

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from thin_assets.cdm.spec import TABLES, Field, Table

MAPPED = {
    "condition_occurrence": "condition_concept_id",
    "drug_exposure": "drug_concept_id",
    "procedure_occurrence": "procedure_concept_id",
    "measurement": "measurement_concept_id",
    "observation": "observation_concept_id",
    "device_exposure": "device_concept_id",
}
"""The column of each event table in which 0 means that no standard concept was found."""

KNOWN, DOMAIN, STANDARD = "is_a_known_concept", "is_a_concept_of_its_domain", "is_a_standard_concept"


def concept_usage(spec: Table, rows: ir.Table) -> ir.Table | None:
    """(table, column, concept_id, rows) of one table; None when it has no concept column."""
    counts = [
        rows.filter(rows[field.name].notnull())
        .group_by(concept_id=rows[field.name].cast("int64"))
        .aggregate(rows=ibis._.count())
        .select(
            table=ibis.literal(spec.name),
            column=ibis.literal(field.name),
            concept_id="concept_id",
            rows="rows",
        )
        for field in spec.fields
        if field.fk_table == "concept"
    ]
    return ibis.union(*counts) if counts else None


def judge_concepts(
    usage: list[dict], concepts: Mapping[int, tuple[str, str | None]]
) -> dict[tuple[str, str, str], int]:
    """Rows that break a rule about concepts, by table, column and rule; concept 0 is always allowed.

    usage       rows of `concept_usage`
    concepts    domain and standard flag of each used concept that the vocabulary knows
    """
    broken: dict[tuple[str, str, str], int] = {}
    for use in usage:
        field = TABLES[use["table"]].field(use["column"])
        for rule in rules_of(field):
            fails = use["concept_id"] != 0 and _fails(rule, field, concepts.get(use["concept_id"]))
            key = (use["table"], use["column"], rule)
            broken[key] = broken.get(key, 0) + (use["rows"] if fails else 0)
    return broken


def rules_of(field: Field) -> list[str]:
    """The rules that a concept column answers to."""
    rules = [KNOWN] + ([DOMAIN] if field.fk_domain else [])
    return rules if "source" in field.name else [*rules, STANDARD]


def mapped_percent(usage: list[dict]) -> float | None:
    """Share of event records with a standard concept, in percent; None when there is no event."""
    events = [use for use in usage if MAPPED.get(use["table"]) == use["column"]]
    total = sum(use["rows"] for use in events)
    mapped = sum(use["rows"] for use in events if use["concept_id"] != 0)
    return round(100 * mapped / total, 2) if total else None


def _fails(rule: str, field: Field, concept: tuple[str, str | None] | None) -> bool:
    """An unknown concept breaks the first rule only, so that one fault is counted once."""
    if concept is None:
        return rule == KNOWN
    domain, standard = concept
    if rule == DOMAIN:
        return domain not in field.fk_domain
    return rule == STANDARD and standard != "S"
