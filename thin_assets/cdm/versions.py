"""Earlier versions of the standard, told as what changed since: `changes_since_5_3.csv` beside this file.

Source: "Changes by table, from CDM v5.3 to CDM v5.4" and the field lists of both, OHDSI CommonDataModel.
Lengths of text changed too (`unique_device_id`); they are not enforced here, and not told.

change      renamed: `before` is `after` now. added: `after` is new. now required: it may be empty before.
            id added: a new primary key. restated: it says of which version the table is.
otherwise   what stands in the new column where nothing was delivered: SQL over the delivered text columns,
            `{cutoff}` being the last day of the snapshot
"""

import csv
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

from thin_assets.cdm.spec import TABLES, Field, Table

V5_3, V5_4 = "5.3", "5.4"

RENAMED, ADDED, ID_ADDED, RESTATED = "renamed", "added", "id added", "restated"
_NEW_COLUMNS = (ADDED, ID_ADDED)


@dataclass(frozen=True)
class Change:
    """One line of what changed: a column, or a whole table where both names are empty."""

    table: str
    change: str
    before: str
    after: str
    otherwise: str


@cache
def changes(version: str, table: str) -> tuple[Change, ...]:
    """What changed in a table since that version; nothing since the current one."""
    if version == V5_4:
        return ()
    text = files("thin_assets.cdm").joinpath("changes_since_5_3.csv").read_text(encoding="utf-8")
    rows = (Change(**row) for row in csv.DictReader(text.splitlines()))
    return tuple(change for change in rows if change.table == table)


@cache
def tables_of(version: str) -> dict[str, Table]:
    """The tables of a version that are still tables today, with that version's columns.

    >>> tables_of("5.3")["visit_detail"].field("visit_detail_parent_id").duckdb_type
    'BIGINT'
    """
    found = {name: _as_of(version, table) for name, table in TABLES.items()}
    return {name: table for name, table in found.items() if table is not None}


def _as_of(version: str, table: Table) -> Table | None:
    known = changes(version, table.name)
    if any(change.change == "table added" for change in known):
        return None
    by_name = {change.after: change for change in known}
    fields = []
    for field in table.fields:
        change = by_name.get(field.name)
        if change is None or change.change not in _NEW_COLUMNS:
            fields.append(field if change is None else _field_as_of(change, field))
    return replace(table, fields=tuple(fields))


def _field_as_of(change: Change, field: Field) -> Field:
    required = {"now required": False, "no longer required": True}.get(change.change, field.required)
    return replace(field, name=change.before, required=required)


def current_names(version: str, table: str) -> dict[str, str]:
    """Today's name of every column of a table that was renamed since that version."""
    return {change.before: change.after for change in changes(version, table) if change.change == RENAMED}


def removed_tables(version: str) -> set[str]:
    """Tables of a version that are none today."""
    text = files("thin_assets.cdm").joinpath("changes_since_5_3.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return {row["table"] for row in rows if row["change"] == "table removed"} if version != V5_4 else set()
