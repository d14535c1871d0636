"""What a column that holds an id speaks of: the primary key it refers to, fixed or told row by row.

`record_kinds.csv` beside this file lists the primary keys that a row may speak of by a concept of its field
(vocabulary CDM, class Field) or of its domain (vocabulary Domain).
"""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from thin_assets.cdm.spec import Field

_PARENTS = {"episode_parent_id": "episode_id"}
"""Keys of another name that the standard does not declare as such."""


@dataclass(frozen=True)
class Told:
    """An id whose kind stands beside it.

    column   the id
    beside   the column that tells its kind
    by       how: field_concept_id, domain_concept_id or domain_id of `record_kinds.csv`
    """

    column: str
    beside: str
    by: str


TOLD = {
    "measurement": (Told("measurement_event_id", "meas_event_field_concept_id", "field_concept_id"),),
    "observation": (Told("observation_event_id", "obs_event_field_concept_id", "field_concept_id"),),
    "note": (Told("note_event_id", "note_event_field_concept_id", "field_concept_id"),),
    "episode_event": (Told("event_id", "episode_event_field_concept_id", "field_concept_id"),),
    "fact_relationship": (
        Told("fact_id_1", "domain_concept_id_1", "domain_concept_id"),
        Told("fact_id_2", "domain_concept_id_2", "domain_concept_id"),
    ),
    "cost": (Told("cost_event_id", "cost_domain_id", "domain_id"),),
}
"""Ids by table whose kind is told row by row."""


def is_record_id(field: Field) -> bool:
    """Whether a column holds the id of a record: not of a concept, and no number."""
    return field.duckdb_type == "BIGINT"


def key_of(field: Field) -> str | None:
    """The primary key that a column of ids speaks of; None where a column beside it tells.

    >>> from thin_assets.cdm.spec import table
    >>> key_of(table("visit_occurrence").field("preceding_visit_occurrence_id"))
    'visit_occurrence_id'
    """
    if field.name in {told.column for told in TOLD.get(field.table, ())}:
        return None
    return field.fk_field or _PARENTS.get(field.name, field.name)


def record_keys() -> list[str]:
    """Primary keys that a row may speak of by a concept, in the order of the standard."""
    return [row["key"] for row in _rows()]


@cache
def keys_by(by: str) -> dict[str, str]:
    """Primary key by what names it: a concept id as text, or the name of a domain in small letters."""
    return {row[by].lower(): row["key"] for row in _rows() if row[by]}


def _rows() -> list[dict[str, str]]:
    text = files("thin_assets.cdm").joinpath("record_kinds.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
