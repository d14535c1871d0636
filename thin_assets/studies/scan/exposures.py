"""The records that are exposures, each kind in one shape: (event_person_id, event_date, exposure_id).

    condition          standard concept of a diagnosis that is no symptom
    local_condition    the same of a local concept, which nobody but its owner knows
    condition_icd10    ICD-10 category of the code as recorded; where a country codes otherwise, categories of
                       the codes that stand for the standard concept
    symptom            standard concept of a diagnosis or observation, to which codes of ICD-10 chapter R map
    drug, drug_atc     ingredients of a drug, and the classes of ATC that it belongs to
    measurement_high   a value above the range that was recorded with it; `measurement_low`: below it
    answer             the answer to one of the questions

The id of an exposure is its concept x 1000 + the id of its kind, as FeatureExtraction makes ids.
Concept 0 is no exposure: it stands for many codes that have nothing in common.
"""

from collections.abc import Iterator, Mapping

import ibis
import ibis.expr.types as ir

from thin_assets.rollups.hierarchy import above, atc_classes, ingredients
from thin_assets.rollups.icd10 import categories_of_codes, categories_of_concepts, symptoms
from thin_assets.studies.scan.declared import Kind, Scans

Cdm = Mapping[str, ir.Table]

EVENT_TABLES = ("condition_occurrence", "drug_exposure", "measurement", "observation")
WORDS = ("concept", "concept_ancestor", "concept_relationship")

FIRST_LOCAL = 2_000_000_001
"""Ids of concepts from here on are local: OMOP leaves them to whoever runs it."""

EQUAL, LESS, MORE, NOT_MORE, NOT_LESS = 4172703, 4171756, 4172704, 4171754, 4171755
"""Operators of a measurement; null says equal."""


def exposures(told: Scans, cdm: Cdm, without: ir.Table) -> ir.Table:
    """The events of every kind that is declared.

    without    (concept_id): records of these standard concepts are left out
    """
    makers = {
        "condition": _conditions,
        "local_condition": _local_conditions,
        "condition_icd10": _categories,
        "symptom": _symptoms,
        "drug": _ingredients,
        "drug_atc": _classes,
        "measurement_high": _high,
        "measurement_low": _low,
        "answer": _answers,
    }
    parts = [part for kind in told.kinds for part in makers[kind.name](kind, cdm, without)]
    return ibis.union(*parts) if parts[1:] else parts[0]


def _conditions(kind: Kind, cdm: Cdm, without: ir.Table) -> Iterator[ir.Table]:
    rows = _diagnoses(cdm, without)
    rows, found = rows.filter(rows.concept_id < FIRST_LOCAL), symptoms(cdm)
    yield _of_kind(kind, rows.anti_join(found, rows.concept_id == found.symptom_concept_id))


def _local_conditions(kind: Kind, cdm: Cdm, without: ir.Table) -> Iterator[ir.Table]:
    rows = _diagnoses(cdm, without)
    yield _of_kind(kind, rows.filter(rows.concept_id >= FIRST_LOCAL))


def _symptoms(kind: Kind, cdm: Cdm, without: ir.Table) -> Iterator[ir.Table]:
    found = symptoms(cdm)
    for rows in (_diagnoses(cdm, without), _observations(cdm, without)):
        yield _of_kind(kind, rows.semi_join(found, rows.concept_id == found.symptom_concept_id))


def _categories(kind: Kind, cdm: Cdm, without: ir.Table) -> Iterator[ir.Table]:
    rows = _diagnoses(cdm, without)
    by_code, by_concept = categories_of_codes(cdm), categories_of_concepts(cdm)
    recorded = rows.join(by_code, rows.source_concept_id == by_code.code_concept_id)
    yield _of_kind(kind, recorded, "category_concept_id")
    others = rows.anti_join(by_code, rows.source_concept_id == by_code.code_concept_id)
    mapped = others.join(by_concept, others.concept_id == by_concept.standard_concept_id)
    yield _of_kind(kind, mapped, "category_concept_id")


def _ingredients(kind: Kind, cdm: Cdm, without: ir.Table) -> Iterator[ir.Table]:
    yield _of_drugs(kind, cdm, without, ingredients(cdm))


def _classes(kind: Kind, cdm: Cdm, without: ir.Table) -> Iterator[ir.Table]:
    yield _of_drugs(kind, cdm, without, atc_classes(cdm, kind.levels))


def _of_drugs(kind: Kind, cdm: Cdm, without: ir.Table, wanted: ir.Table) -> ir.Table:
    rows = cdm["drug_exposure"].select(
        event_person_id="person_id", event_date="drug_exposure_start_date", concept_id="drug_concept_id"
    )
    belongs = above(cdm, wanted)
    rows = _left(rows, without)
    return _of_kind(kind, rows.join(belongs, rows.concept_id == belongs.below_id), "above_id")


def _high(kind: Kind, cdm: Cdm, without: ir.Table) -> Iterator[ir.Table]:
    rows = cdm["measurement"]
    told = ibis.coalesce(rows.operator_concept_id, EQUAL)
    value, end = rows.value_as_number, rows.range_high
    beyond = (told.isin((EQUAL, NOT_LESS)) & (value > end)) | ((told == MORE) & (value >= end))
    yield _of_kind(kind, _measured(rows.filter(beyond), without))


def _low(kind: Kind, cdm: Cdm, without: ir.Table) -> Iterator[ir.Table]:
    rows = cdm["measurement"]
    told = ibis.coalesce(rows.operator_concept_id, EQUAL)
    value, end = rows.value_as_number, rows.range_low
    beyond = (told.isin((EQUAL, NOT_MORE)) & (value < end)) | ((told == LESS) & (value <= end))
    yield _of_kind(kind, _measured(rows.filter(beyond), without))


def _measured(rows: ir.Table, without: ir.Table) -> ir.Table:
    return _left(
        rows.select(
            event_person_id="person_id", event_date="measurement_date", concept_id="measurement_concept_id"
        ),
        without,
    )


def _answers(kind: Kind, cdm: Cdm, without: ir.Table) -> Iterator[ir.Table]:
    rows = cdm["observation"]
    rows = rows.filter(rows.observation_concept_id.isin(kind.questions) & rows.value_as_concept_id.notnull())
    yield _of_kind(
        kind,
        rows.select(
            event_person_id="person_id", event_date="observation_date", concept_id="value_as_concept_id"
        ),
    )


def _diagnoses(cdm: Cdm, without: ir.Table) -> ir.Table:
    return _left(
        cdm["condition_occurrence"].select(
            event_person_id="person_id",
            event_date="condition_start_date",
            concept_id="condition_concept_id",
            source_concept_id="condition_source_concept_id",
        ),
        without,
    )


def _observations(cdm: Cdm, without: ir.Table) -> ir.Table:
    return _left(
        cdm["observation"].select(
            event_person_id="person_id", event_date="observation_date", concept_id="observation_concept_id"
        ),
        without,
    )


def _left(rows: ir.Table, without: ir.Table) -> ir.Table:
    return rows.anti_join(without, rows.concept_id == without.concept_id)


def _of_kind(kind: Kind, rows: ir.Table, concept: str = "concept_id") -> ir.Table:
    rows = rows.filter(rows[concept] != 0)
    return rows.select(
        "event_person_id", "event_date", exposure_id=rows[concept].cast("int64") * 1000 + kind.id
    )
