"""Categories and chapters of ICD-10, of its codes and of what these map to.

Codes and concepts may belong to several categories, and then count for each.
"""

from collections.abc import Mapping

import ibis.expr.types as ir

ICD10 = ("ICD10", "ICD10CM", "ICD10GM", "CIM10")
"""Vocabularies whose first three characters are a category of ICD-10."""

SYMPTOMS = "R"
"""Chapter of symptoms, signs and abnormal findings, by the letter of its codes."""

Cdm = Mapping[str, ir.Table]


def categories_of_codes(cdm: Cdm) -> ir.Table:
    """(code_concept_id, category_concept_id): codes of ICD-10 and editions, with the category in ICD-10."""
    concept = cdm["concept"]
    codes = concept.filter(concept.vocabulary_id.isin(ICD10)).select(
        code_concept_id="concept_id", code_category=concept.concept_code.left(3)
    )
    whole = whole_categories(cdm)
    rows = codes.join(whole, codes.code_category == whole.category)
    return rows.select("code_concept_id", "category_concept_id").distinct()


def whole_categories(cdm: Cdm) -> ir.Table:
    """(category_concept_id, category): the categories of ICD-10 itself."""
    concept = cdm["concept"]
    rows = concept.filter((concept.vocabulary_id == "ICD10") & (concept.concept_code.length() == 3))
    return rows.select(category_concept_id="concept_id", category="concept_code")


def categories_of_concepts(cdm: Cdm) -> ir.Table:
    """(standard_concept_id, category_concept_id): what codes of a category map to."""
    codes, maps = categories_of_codes(cdm), _maps(cdm)
    rows = maps.join(codes, maps.from_id == codes.code_concept_id)
    return rows.select(standard_concept_id="to_id", category_concept_id="category_concept_id").distinct()


def symptoms(cdm: Cdm) -> ir.Table:
    """(symptom_concept_id): standard concepts that codes of chapter R map to, and none of another chapter."""
    concept, maps = cdm["concept"], _maps(cdm)
    codes = concept.filter(concept.vocabulary_id.isin(ICD10))
    codes = codes.select(code_id="concept_id", chapter=codes.concept_code.left(1))
    rows = maps.join(codes, maps.from_id == codes.code_id).group_by("to_id")
    rows = rows.aggregate(low=lambda table: table.chapter.min(), high=lambda table: table.chapter.max())
    return rows.filter((rows.low == SYMPTOMS) & (rows.high == SYMPTOMS)).select(symptom_concept_id="to_id")


def _maps(cdm: Cdm) -> ir.Table:
    rows = cdm["concept_relationship"]
    rows = rows.filter((rows.relationship_id == "Maps to") & (rows.concept_id_1 != rows.concept_id_2))
    return rows.select(from_id="concept_id_1", to_id="concept_id_2")
