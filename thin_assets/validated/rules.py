"""The promises between tables: who refers to whom, what comes before what, which concept belongs where.

Each is a pandera check on one column; `judge.py` puts those of a table into one query. Sources: the CDM
v5.4 field table (keys and domains) and the OHDSI data-quality dashboard (names of the ideas).
"""

import datetime as dt
from collections.abc import Iterator, Mapping

import ibis.expr.types as ir
import pandera.ibis as pandera
from pandera.api.ibis.types import IbisData

from thin_assets.cdm.spec import Table

PERSON_KNOWN, BIRTH_YEAR = "__person_known", "__birth_year"
"""Columns that `with_person` adds, so that one join serves every rule about the person."""

_REFERENCES = ("visit_occurrence", "visit_detail", "provider", "care_site", "location")
_NOT_EVENTS = ("_end_date", "verbatim_end_date", "_release_date")


def with_person(rows: ir.Table, person: ir.Table) -> ir.Table:
    """The rows of a table beside what is known of their person; each row stays one row."""
    if "person_id" not in rows.columns:
        return rows
    known = person.group_by("person_id").aggregate(**{BIRTH_YEAR: person.year_of_birth.min()})
    known = known.mutate(**{PERSON_KNOWN: True}).rename(__person_id="person_id")
    return rows.left_join(known, rows.person_id == known.__person_id).drop("__person_id")


def rules(
    spec: Table, tables: Mapping[str, ir.Table], cutoff: dt.date | None
) -> Iterator[tuple[str, pandera.Check]]:
    """Column and check of every promise of a table that another table or the calendar decides.

    tables    the build's tables by name
    cutoff    last day of the snapshot; None: the calendar is not judged
    """
    for field in spec.fields:
        if field.fk_table == "person" and spec.name != "person":
            yield field.name, pandera.Check(_is_of_a_known_person, name="refers_to_a_person", ignore_na=False)
        elif field.fk_table in _REFERENCES and field.fk_table in tables:
            ids = tables[field.fk_table][field.fk_field]
            yield field.name, pandera.Check(_is_in, name=f"refers_to_a_{field.fk_table}", ids=ids)
    for name in event_dates(spec):
        yield name, pandera.Check(_is_not_before_birth, name="is_not_before_birth")
        if cutoff:
            yield name, pandera.Check(_is_not_after, name="is_not_after_the_cutoff", day=cutoff)


def event_dates(spec: Table) -> list[str]:
    """Columns that say when something happened to a person: not when it ended, nor when a file was made."""
    if "person_id" not in spec.columns or spec.name == "person":
        return []
    return [
        field.name
        for field in spec.fields
        if field.datatype == "date" and not field.name.endswith(_NOT_EVENTS)
    ]


def _is_of_a_known_person(data: IbisData) -> ir.BooleanValue:
    return data.table[data.key].isnull() | data.table[PERSON_KNOWN].fill_null(False)


def _is_in(data: IbisData, ids: ir.Column) -> ir.BooleanValue:
    return data.table[data.key].isin(ids)


def _is_not_before_birth(data: IbisData) -> ir.BooleanValue:
    return data.table[data.key].year() >= data.table[BIRTH_YEAR]


def _is_not_after(data: IbisData, day: dt.date) -> ir.BooleanValue:
    return data.table[data.key] <= day
