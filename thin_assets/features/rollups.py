"""From the concept that was recorded to what a covariate stands for: (recorded_concept_id, concept_id).

A concept may belong to several, and then counts for each. What a rollup does not know makes no covariate,
except that a drug without an ingredient stands for itself.
"""

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from thin_assets.features.catalogue import Family

INGREDIENT = "Ingredient"
ICD10 = ("ICD10", "ICD10CM", "ICD10GM", "CIM10")
"""Vocabularies whose first three characters are a category of ICD-10."""


Key = tuple
"""What tells one rollup from another: `rollup_key`."""


def rollup_key(family: Family) -> Key:
    """Families of which this is the same share a rollup."""
    return family.rollup, family.ancestors, family.levels, family.score


def rollup_of(family: Family, cdm: Mapping[str, ir.Table]) -> ir.Table | None:
    """What the concepts of a family's events stand for; None: for themselves, or for nothing.

    Of a score: (recorded_concept_id, score_group, weight).
    """
    if family.rollup == "score":
        return _score_groups(family, cdm)
    concept, ancestor = cdm["concept"], cdm["concept_ancestor"]
    if family.rollup == "ingredient":
        return _above(ancestor, concept.filter(concept.concept_class_id == INGREDIENT))
    if family.rollup == "atc":
        classes = concept.filter(
            (concept.vocabulary_id == "ATC") & concept.concept_class_id.isin(family.levels)
        )
        return _above(ancestor, classes)
    if family.rollup == "ancestor":
        return _above(ancestor, concept.filter(concept.concept_id.isin(family.ancestors)))
    return _icd10_categories(concept) if family.rollup == "icd10_3" else None


def _above(ancestor: ir.Table, wanted: ir.Table) -> ir.Table:
    """Every concept at or below one of those wanted, beside it."""
    rows = ancestor.semi_join(wanted, ancestor.ancestor_concept_id == wanted.concept_id)
    return rows.select(
        recorded_concept_id="descendant_concept_id", concept_id="ancestor_concept_id"
    ).distinct()


def _icd10_categories(concept: ir.Table) -> ir.Table:
    """Codes of ICD-10 and its national editions, beside the category of ICD-10 itself."""
    codes = concept.filter(concept.vocabulary_id.isin(ICD10)).select(
        recorded_concept_id="concept_id", category=concept.concept_code.left(3)
    )
    categories = concept.filter(
        (concept.vocabulary_id == "ICD10") & (concept.concept_code.length() == 3)
    ).select(category_concept_id="concept_id", category_code="concept_code")
    rows = codes.join(categories, codes.category == categories.category_code)
    return rows.select(recorded_concept_id="recorded_concept_id", concept_id="category_concept_id").distinct()


def _score_groups(family: Family, cdm: Mapping[str, ir.Table]) -> ir.Table:
    """(recorded_concept_id, score_group, weight): the groups of a score that a concept falls into."""
    ancestor = cdm["concept_ancestor"]
    groups = {number: (weight, ids) for number, (weight, *ids) in enumerate(family.score)}

    def told(values: Mapping[int, int]) -> ir.Value:
        return ibis.cases(
            *(
                (ancestor.ancestor_concept_id.isin(groups[number][1]), value)
                for number, value in values.items()
            )
        ).cast("int32")

    rows = ancestor.select(
        recorded_concept_id="descendant_concept_id",
        score_group=told({number: number for number in groups}),
        weight=told({number: weight for number, (weight, _) in groups.items()}),
    )
    return rows.filter(rows.score_group.notnull()).distinct()
