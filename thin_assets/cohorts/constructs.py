"""What an expression asks for that circepy would pass over in silence.

Unknown criteria, attributes and concept sets: circepy reads an unknown criterion as one without conditions,
and a missing concept set as an empty one; both would give a cohort, and not the one that was meant.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

_CODESETS = ("CodesetId", "ConditionSourceConcept", "DrugSourceConcept", "MeasurementSourceConcept")


def passed_over(expression: dict[str, Any]) -> list[str]:
    """Names of the constructs that nothing would execute, in order of appearance."""
    sets = {one.get("id") for one in expression.get("ConceptSets") or []}
    return [name for criterion in _criteria(expression) for name in _unknown(criterion, sets)]


def _criteria(node: Any) -> Iterator[dict[str, Any]]:
    """Every criterion of an expression, wherever it is nested: `{"ConditionOccurrence": {...}}`."""
    if isinstance(node, list):
        for part in node:
            yield from _criteria(part)
    elif isinstance(node, dict):
        listed = [*(node.get("CriteriaList") or []), *(node.get("CensoringCriteria") or [])]
        yield from (one.get("Criteria", one) for one in listed)
        for part in node.values():
            yield from _criteria(part)


def _unknown(criterion: dict[str, Any], sets: set[int]) -> Iterator[str]:
    for name, attributes in criterion.items():
        if name not in _attributes():
            yield name
            continue
        yield from (f"{name}.{one}" for one in attributes if one not in _attributes()[name])
        asked = (attributes.get(attribute) for attribute in _CODESETS)
        yield from (f"{name}, concept set {one}" for one in asked if one is not None and one not in sets)


@cache
def _attributes() -> dict[str, set[str]]:
    """Attributes that circepy knows of each criterion, in every spelling."""
    from circe.cohortdefinition.criteria import NAMES_TO_CLASSES

    return {name: set(_spellings(criterion)) for name, criterion in NAMES_TO_CLASSES.items()}


def _spellings(criterion: Any) -> Iterator[str]:
    for name, field in criterion.model_fields.items():
        yield name
        for alias in (field.alias, field.validation_alias, field.serialization_alias):
            yield from getattr(alias, "choices", [alias] if isinstance(alias, str) else [])
