"""Judge the concepts that a build uses: are they known, standard, of their domain, plausible?

Concept 0 means that no concept was found; only the checks of completeness count it. A concept that the
vocabulary does not know breaks isForeignKey and nothing else, so that one fault is counted once.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from thin_assets.resources.backends import Connection
from thin_assets.validated.catalogue import Check
from thin_assets.validated.concept_use import Usage
from thin_assets.validated.count_fields import read
from thin_assets.validated.outcome import Counted

MAPPED = {
    "condition_occurrence": "condition_concept_id",
    "drug_exposure": "drug_concept_id",
    "procedure_occurrence": "procedure_concept_id",
    "measurement": "measurement_concept_id",
    "observation": "observation_concept_id",
    "device_exposure": "device_concept_id",
}
"""The column of each event table in which 0 means that no standard concept was found."""

SEX_CONCEPTS = {"Male": 8507, "Female": 8532}


@dataclass(frozen=True)
class Concept:
    """What the vocabulary says of a concept; is_valid: standard and not withdrawn."""

    domain: str
    concept_class: str
    is_valid: bool


@dataclass(frozen=True)
class Known:
    """What the vocabulary knows of the concepts that a build uses, and of those that checks name.

    below    descendants, of those in use, by ancestor; a concept lies below itself
    """

    concepts: Mapping[int, Concept]
    below: Mapping[int, frozenset[int]]


def look_up(usages: Iterable[Usage], ancestors: Iterable[int], vocabulary: Path, con: Connection) -> Known:
    """Ask the vocabulary once for every concept in use, and once for what lies below the ancestors."""
    used = {concept for usage in usages for uses in usage.concepts.values() for concept in uses}
    for name, ids in {"judged_concepts": used, "judged_ancestors": ancestors}.items():
        con.register(name, pl.DataFrame({"concept_id": sorted(ids)}, schema={"concept_id": pl.Int32}))
    concepts = con.execute(
        "select concept_id, domain_id, concept_class_id,"
        " standard_concept is not distinct from 'S' and invalid_reason is null"
        f" from {read(vocabulary / 'concept.parquet')} semi join judged_concepts using (concept_id)"
    ).fetchall()
    pairs = con.execute(
        "select ancestor_concept_id, descendant_concept_id"
        f" from {read(vocabulary / 'concept_ancestor.parquet')}"
        " semi join judged_concepts on descendant_concept_id = concept_id"
        " where ancestor_concept_id in (select concept_id from judged_ancestors)"
    ).fetchall()
    below: dict[int, set[int]] = {ancestor: {ancestor} for ancestor in ancestors}
    for ancestor, descendant in pairs:
        below[ancestor].add(descendant)
    return Known(
        {concept: Concept(*rest) for concept, *rest in concepts},
        {ancestor: frozenset(descendants) for ancestor, descendants in below.items()},
    )


def judge_concepts(check: Check, usage: Usage, known: Known) -> Counted:
    """The outcome of a check on concepts."""
    return _JUDGES[check.name](check, usage, known)


def mapped_percent(usages: Mapping[str, Usage]) -> float | None:
    """Share of event records with a standard concept, in percent; None when there is no event."""
    events = [usages[table].concepts.get(column, {}) for table, column in MAPPED.items() if table in usages]
    total = sum(sum(uses.values()) for uses in events)
    mapped = total - sum(uses.get(0, 0) for uses in events)
    return round(100 * mapped / total, 2) if total else None


def _unknown(check: Check, usage: Usage, known: Known) -> Counted:
    uses = usage.concepts[check.field]
    return Counted(sum(n for concept, n in uses.items() if concept not in known.concepts), usage.rows)


def _of_another_domain(check: Check, usage: Usage, known: Known) -> Counted:
    allowed = set(check.against.split(","))
    return Counted(_rows_of(check, usage, known, lambda concept: concept.domain not in allowed), usage.rows)


def _of_another_class(check: Check, usage: Usage, known: Known) -> Counted:
    def is_other(concept: Concept) -> bool:
        return concept.concept_class != check.against

    return Counted(_rows_of(check, usage, known, is_other), usage.rows)


def _not_valid(check: Check, usage: Usage, known: Known) -> Counted:
    violated = _rows_of(check, usage, known, lambda concept: not concept.is_valid)
    return Counted(violated, sum(usage.concepts[check.field].values()))


def _rows_of(check: Check, usage: Usage, known: Known, fails: Callable[[Concept], bool]) -> int:
    """Rows of a column whose concept is known, is not 0, and fails."""
    return sum(
        n
        for concept, n in usage.concepts[check.field].items()
        if concept and (found := known.concepts.get(concept)) and fails(found)
    )


def _of_another_sex(check: Check, usage: Usage, known: Known) -> Counted:
    """A person of unknown sex counts too: the record does not go with what is known of the person."""
    concepts = {check.concept_id}
    if check.name == "plausibleGenderUseDescendants":
        concepts |= known.below[check.concept_id]
    right = SEX_CONCEPTS[check.against]
    records = {key: n for key, n in usage.by_sex.items() if key[0] in concepts}
    return Counted(
        sum(n for (_, sex), n in records.items() if sex is not None and sex != right), sum(records.values())
    )


def _in_another_unit(check: Check, usage: Usage, known: Known) -> Counted:
    """No unit at all is no other unit; unit 0 is what completeness counts."""
    allowed = {int(unit) for unit in check.against.split(",") if unit}
    records = {
        unit: n for (concept, unit), n in usage.by_unit.items() if concept == check.concept_id and unit != 0
    }
    return Counted(
        sum(n for unit, n in records.items() if unit is not None and unit not in allowed),
        sum(records.values()),
    )


def _too_low(check: Check, usage: Usage, known: Known) -> Counted:
    values, low, _ = usage.by_value.get((check.concept_id, check.unit_concept_id), (0, 0, 0))
    return Counted(low, values)


def _too_high(check: Check, usage: Usage, known: Known) -> Counted:
    values, _, high = usage.by_value.get((check.concept_id, check.unit_concept_id), (0, 0, 0))
    return Counted(high, values)


_JUDGES: dict[str, Callable[[Check, Usage, Known], Counted]] = {
    "isForeignKey": _unknown,
    "fkDomain": _of_another_domain,
    "fkClass": _of_another_class,
    "isStandardValidConcept": _not_valid,
    "plausibleGender": _of_another_sex,
    "plausibleGenderUseDescendants": _of_another_sex,
    "plausibleUnitConceptIds": _in_another_unit,
    "plausibleValueLow": _too_low,
    "plausibleValueHigh": _too_high,
}
