"""The records that features are made of, each stream in one shape.

(event_person_id, event_date, concept_id, unit_concept_id, event_value, event_id)

Concept 0 makes no covariate: it stands for many codes that nobody mapped, which have nothing in common.
Unless a stream needs them, unit, value and id are not there: a column that nobody reads is not scanned.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import ibis.expr.types as ir

NUMBER = "value_as_number"


@dataclass(frozen=True)
class Stream:
    """Where the events of a stream come from.

    date, concept    columns; the id is the first column of a table
    value            column of the value; rows without one are left out
    has_unit         values have units
    standard         column of the standard concept, by which outcomes are known, where `concept` is another
    """

    table: str
    date: str
    concept: str
    value: str | None = None
    has_unit: bool = False
    standard: str | None = None


STREAMS = {
    "condition": Stream("condition_occurrence", "condition_start_date", "condition_concept_id"),
    "condition_source": Stream(
        "condition_occurrence",
        "condition_start_date",
        "condition_source_concept_id",
        standard="condition_concept_id",
    ),
    "drug": Stream("drug_exposure", "drug_exposure_start_date", "drug_concept_id"),
    "procedure": Stream("procedure_occurrence", "procedure_date", "procedure_concept_id"),
    "measurement": Stream("measurement", "measurement_date", "measurement_concept_id"),
    "measurement_value": Stream(
        "measurement", "measurement_date", "measurement_concept_id", value=NUMBER, has_unit=True
    ),
    "observation": Stream("observation", "observation_date", "observation_concept_id"),
    "observation_value": Stream(
        "observation", "observation_date", "observation_concept_id", value=NUMBER, has_unit=True
    ),
    "observation_answer": Stream(
        "observation", "observation_date", "observation_concept_id", value="value_as_concept_id"
    ),
    "visit": Stream("visit_occurrence", "visit_start_date", "visit_concept_id"),
}
"""Every stream of dated records, by the name that the catalogue uses."""

EVENT_TABLES = tuple(sorted({stream.table for stream in STREAMS.values()}))


def events_of(
    name: str,
    cdm: Mapping[str, ir.Table],
    *,
    concepts: tuple[int, ...] = (),
    between: tuple[float, float] | None = None,
    without: ir.Table | None = None,
) -> ir.Table:
    """The events of a stream, with `known_from` where the table of the CDM has it.

    concepts    the only ones wanted; empty: all
    between     smallest and largest value that is believed
    without     (concept_id): records of these standard concepts are left out, for they tell the outcome
    """
    stream = STREAMS[name]
    rows = cdm[stream.table]
    if without is not None:
        rows = rows.anti_join(without, rows[stream.standard or stream.concept] == without.concept_id)
    rows = rows.filter(rows[stream.concept] != 0)
    if concepts:
        rows = rows.filter(rows[stream.concept].isin(concepts))
    if stream.value:
        rows = rows.filter(rows[stream.value].notnull())
    if between:
        rows = rows.filter(rows[stream.value].between(*between))
    return rows.select(
        event_person_id="person_id",
        event_date=stream.date,
        concept_id=stream.concept,
        **({"unit_concept_id": rows.unit_concept_id} if stream.has_unit else {}),
        **(_value(rows, stream) if stream.value else {}),
        **({KNOWN_FROM: rows[KNOWN_FROM]} if KNOWN_FROM in rows.columns else {}),
    )


def _value(rows: ir.Table, stream: Stream) -> dict[str, ir.Value]:
    """The value of a record, and its id, by which of several on one day the last is told."""
    return {"event_value": rows[stream.value].cast("float64"), "event_id": rows[rows.columns[0]]}


KNOWN_FROM = "known_from"
"""First day of the month whose snapshot first held the record; null: it was there from the beginning."""
