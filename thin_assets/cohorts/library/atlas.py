"""Words of an ATLAS expression: criteria, windows and rules as the JSON that ATLAS exports."""

from collections.abc import Sequence
from typing import Any

Json = dict[str, Any]

AT_LEAST, AT_MOST = 2, 1
EXACTLY = 0
"""How ATLAS counts occurrences."""

MALE, FEMALE = 8507, 8532
_GENDER = {MALE: "MALE", FEMALE: "FEMALE"}


def condition(concept_set: str, *, first: bool = False) -> Json:
    """A diagnosis of a concept set; first: only the earliest of the whole record."""
    return _criterion("ConditionOccurrence", concept_set, first)


def observation(concept_set: str, *, first: bool = False) -> Json:
    """A record of a concept set in the table of observations."""
    return _criterion("Observation", concept_set, first)


def drug(concept_set: str, *, first: bool = False) -> Json:
    """A prescription or dispensing of a concept set."""
    return _criterion("DrugExposure", concept_set, first)


def measured(concept_set: str, at_least: float, unit: Json) -> Json:
    """A value of a concept set of so much and more, in one unit."""
    attributes = {"ValueAsNumber": {"Value": at_least, "Op": "gte"}, "Unit": [unit]}
    return {"Measurement": {"CodesetId": concept_set} | attributes}


def unit(concept_id: int, name: str, code: str) -> Json:
    """A unit of UCUM."""
    return {
        "CONCEPT_ID": concept_id,
        "CONCEPT_NAME": name,
        "CONCEPT_CODE": code,
        "DOMAIN_ID": "Unit",
        "VOCABULARY_ID": "UCUM",
    }


def before(criterion: Json, *, until: int = -1) -> Json:
    """Never recorded from the beginning of the record until so many days from the index."""
    found = _counted(criterion, _window(None, until), EXACTLY, 0)
    return found | {"IgnoreObservationPeriod": True}


def none_within(criterion: Json, start: int, end: int) -> Json:
    """Not recorded between two days, told from the index, both included."""
    return _counted(criterion, _window(start, end), EXACTLY, 0)


def within(criterion: Json, start: int, end: int, *, times: int = 1) -> Json:
    """Recorded at least so often between two days, told from the index, both included."""
    return _counted(criterion, _window(start, end), AT_LEAST, times)


def ever_before(criterion: Json, *, until: int = 0) -> Json:
    """Recorded at some time of the whole record until so many days from the index."""
    found = _counted(criterion, _window(None, until), AT_LEAST, 1)
    return found | {"IgnoreObservationPeriod": True}


def all_of(*criteria: Json) -> Json:
    """A group of which everything must hold."""
    return _group("ALL", criteria)


def any_of(*criteria: Json) -> Json:
    """A group of which something must hold."""
    return _group("ANY", criteria)


def aged(years: int) -> Json:
    """A group of those of that age and more, in the year of the index."""
    return _group("ALL", (), [{"Age": {"Value": years, "Op": "gte"}}])


def sex(gender_concept_id: int) -> Json:
    """A group of one sex."""
    gender = {"CONCEPT_ID": gender_concept_id, "CONCEPT_NAME": _GENDER[gender_concept_id]}
    code = {"CONCEPT_CODE": gender["CONCEPT_NAME"][0], "DOMAIN_ID": "Gender", "VOCABULARY_ID": "Gender"}
    return _group("ALL", (), [{"Gender": [gender | code]}])


def rule(name: str, description: str, group: Json) -> Json:
    """An inclusion rule: a group with a name, and why it is asked for."""
    return {"name": name, "description": description, "expression": group}


def expression(title: str, enter: Sequence[Json], prior_days: int, rules: Sequence[Json], limit: str) -> Json:
    """A whole expression; concept sets are still called by name.

    enter         what lets a person in; the earliest counts
    prior_days    observation asked for before the index
    limit         `First`: the earliest entry event is the index, or nobody enters. `All`: the earliest entry
                  event that fulfils the rules is
    """
    return {
        "Title": title,
        "ConceptSets": [],
        "PrimaryCriteria": {
            "CriteriaList": list(enter),
            "ObservationWindow": {"PriorDays": prior_days, "PostDays": 0},
            "PrimaryCriteriaLimit": {"Type": limit},
        },
        "QualifiedLimit": {"Type": "First"},
        "ExpressionLimit": {"Type": "First"},
        "InclusionRules": list(rules),
        "CensoringCriteria": [],
        "CollapseSettings": {"CollapseType": "ERA", "EraPad": 0},
        "CensorWindow": {},
        "cdmVersionRange": ">=5.0.0",
    }


def _criterion(kind: str, concept_set: str, first: bool) -> Json:
    return {kind: {"CodesetId": concept_set} | ({"First": True} if first else {})}


def _counted(criterion: Json, window: Json, how: int, times: int) -> Json:
    occurrence = {"Type": how, "Count": times, "IsDistinct": False}
    return {"Criteria": criterion, "StartWindow": window, "Occurrence": occurrence}


def _window(start: int | None, end: int) -> Json:
    return {"Start": _day(start), "End": _day(end), "UseEventEnd": False}


def _day(day: int | None) -> Json:
    """A day told from the index; ATLAS keeps its size and its direction, and no size for any time before."""
    if day is None:
        return {"Coeff": -1}
    return {"Days": abs(day), "Coeff": 1 if day > 0 else -1}


def _group(kind: str, criteria: Sequence[Json], demographic: Sequence[Json] = ()) -> Json:
    return {
        "Type": kind,
        "CriteriaList": list(criteria),
        "DemographicCriteriaList": list(demographic),
        "Groups": [],
    }
