"""The events that covariates are made of, each family in one shape.

(event_person_id, event_date, event_id, concept_id, unit_concept_id, event_value)

Concept 0 makes no covariate: it stands for many codes that nobody mapped, which have nothing in common.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

INGREDIENT = "Ingredient"


@dataclass(frozen=True)
class Family:
    """Events of one kind, and whether values of different units are different covariates."""

    name: str
    events: ir.Table
    by_unit: bool = False

    def covariate_id(self, rows: ir.Table, analysis_id: int) -> ir.IntegerValue:
        """Id as FeatureExtraction makes it, in 64 bits; the unit's last three digits stand in the middle."""
        concept = rows.concept_id.cast("int64")
        if not self.by_unit:
            return concept * 1000 + analysis_id
        unit = rows.unit_concept_id.fill_null(0).cast("int64") % 1000
        return concept * 1_000_000 + unit * 1000 + analysis_id


def families(cdm: Mapping[str, ir.Table]) -> Iterator[Family]:
    """Conditions, drugs by ingredient, measurements, and values of measurements by unit."""
    conditions, measurements = cdm["condition_occurrence"], cdm["measurement"]
    yield Family("condition", _events(conditions, "condition", date="condition_start_date"))
    yield Family(
        "drug", _by_ingredient(_events(cdm["drug_exposure"], "drug", date="drug_exposure_start_date"), cdm)
    )
    yield Family("measurement", _events(measurements, "measurement"))
    valued = measurements.filter(measurements.value_as_number.notnull())
    yield Family("measurement_value", _events(valued, "measurement", value="value_as_number"), by_unit=True)


def _events(rows: ir.Table, noun: str, *, date: str | None = None, value: str | None = None) -> ir.Table:
    concept = rows[f"{noun}_concept_id"]
    return rows.filter(concept != 0).select(
        event_person_id=rows.person_id,
        event_date=rows[date or f"{noun}_date"],
        event_id=rows[rows.columns[0]],
        concept_id=concept,
        unit_concept_id=rows.unit_concept_id if value else ibis.literal(None, "int32"),
        event_value=rows[value].cast("float64") if value else ibis.literal(1.0),
    )


def _by_ingredient(events: ir.Table, cdm: Mapping[str, ir.Table]) -> ir.Table:
    """Exposures under their drug's ingredients, or under the drug where the vocabulary knows none."""
    concept, ancestor = cdm["concept"], cdm["concept_ancestor"]
    ingredients = (
        ancestor.join(concept, ancestor.ancestor_concept_id == concept.concept_id)
        .filter(concept.concept_class_id == INGREDIENT)
        .select(
            drug_concept_id=ancestor.descendant_concept_id, ingredient_concept_id=ancestor.ancestor_concept_id
        )
        .distinct()
    )
    rows = events.left_join(ingredients, events.concept_id == ingredients.drug_concept_id)
    return rows.select(
        "event_person_id",
        "event_date",
        "event_id",
        concept_id=rows.ingredient_concept_id.cast("int32").fill_null(rows.concept_id),
        unit_concept_id="unit_concept_id",
        event_value="event_value",
    )
