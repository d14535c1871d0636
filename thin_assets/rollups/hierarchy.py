"""What lies below what: ingredients of drugs, classes of ATC, descendants of a concept."""

from collections.abc import Iterable, Mapping

import ibis
import ibis.expr.types as ir

Cdm = Mapping[str, ir.Table]


def ingredients(cdm: Cdm) -> ir.Table:
    """Concepts that are ingredients."""
    concept = cdm["concept"]
    return concept.filter(concept.concept_class_id == "Ingredient")


def atc_classes(cdm: Cdm, levels: Iterable[str]) -> ir.Table:
    """Classes of ATC, by level as the vocabulary names it, such as `ATC 3rd`."""
    concept = cdm["concept"]
    return concept.filter((concept.vocabulary_id == "ATC") & concept.concept_class_id.isin(tuple(levels)))


def above(cdm: Cdm, wanted: ir.Table) -> ir.Table:
    """(below_id, above_id): every concept at or below one of those wanted, beside it."""
    ancestor = cdm["concept_ancestor"]
    rows = ancestor.semi_join(wanted, ancestor.ancestor_concept_id == wanted.concept_id)
    own = wanted.select(below_id="concept_id", above_id="concept_id")
    rows = rows.select(below_id="descendant_concept_id", above_id="ancestor_concept_id")
    return rows.union(own, distinct=True)


def with_descendants(cdm: Cdm, concepts: tuple[int, ...]) -> ir.Table:
    """(concept_id): these concepts and all below them."""
    ancestor = cdm["concept_ancestor"]
    below = ancestor.filter(ancestor.ancestor_concept_id.isin(concepts))
    own = ibis.array(list(concepts)).unnest().cast("int32").name("concept_id").as_table()
    return below.select(concept_id="descendant_concept_id").union(own, distinct=True)
