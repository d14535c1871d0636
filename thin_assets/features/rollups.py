"""From the concept that was recorded to what a covariate stands for: (recorded_concept_id, concept_id).

A concept may belong to several, and then counts for each. What a rollup does not know makes no covariate,
except that a drug without an ingredient stands for itself.
"""

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from thin_assets.features.catalogue import Family
from thin_assets.rollups.hierarchy import above, atc_classes, ingredients
from thin_assets.rollups.icd10 import categories_of_codes

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
    concept = cdm["concept"]
    if family.rollup == "ingredient":
        return _above(cdm, ingredients(cdm))
    if family.rollup == "atc":
        return _above(cdm, atc_classes(cdm, family.levels))
    if family.rollup == "ancestor":
        return _above(cdm, concept.filter(concept.concept_id.isin(family.ancestors)))
    if family.rollup == "icd10_3":
        rows = categories_of_codes(cdm)
        return rows.select(recorded_concept_id="code_concept_id", concept_id="category_concept_id")
    return None


def _above(cdm: Mapping[str, ir.Table], wanted: ir.Table) -> ir.Table:
    rows = above(cdm, wanted)
    return rows.select(recorded_concept_id="below_id", concept_id="above_id")


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
