"""Ids of an OMOP delivery become ids of ours: keyed numbers, so that none of the provider's leaves raw.

A record's id is the number (`domain.identity.key_of`) of the pseudonym of its kind, country and delivered id.
The kind is the primary key that a column speaks of, so a foreign key meets its primary key in every table and
in every month. Null stays null.
"""

from collections import Counter
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from thin_assets.cdm import spec
from thin_assets.cdm.records import TOLD, Told, is_record_id, key_of, keys_by
from thin_assets.cdm.versions import ID_ADDED, changes
from thin_assets.raw.contract import Key
from thin_assets.raw.pseudonymise import Pseudonymiser

UNKNOWN = "kind not known"
"""Note on an id whose kind is told by no concept we know: it becomes a number, but meets no primary key."""


def rekeyed(
    table: str, version: str, delivered: pa.Table, typed: pa.Table, pseudonyms: Pseudonymiser
) -> dict[str, pa.Array]:
    """The id columns of a table as numbers of ours, by name.

    version     of the CDM in which the delivery came: an id that it lacks is made of the whole row
    delivered   rows as text, by today's column names
    typed       the same rows typed, with the provider's ids
    """
    columns = {
        name: _keys(pseudonyms, noun, typed[name])
        for name, noun in _fixed(table)
        if name in typed.column_names
    }
    for told in TOLD.get(table, ()):
        columns[told.column] = _told_keys(pseudonyms, told, typed)
    for change in changes(version, table):
        if change.change == ID_ADDED:
            parts = tuple(name for name in spec.table(table).columns if name != change.after)
            whole_row = Key(change.after, change.after, parts)
            columns[change.after] = pseudonyms.keys(whole_row, delivered, whole_row=True)
    return columns


def unknown_kinds(table: str, typed: pa.Table) -> Counter:
    """How many ids of a table have a kind that nobody knows, by column."""
    found = {
        f"{UNKNOWN}: {told.column}": pc.sum(
            pc.and_(pc.is_valid(typed[told.column]), pc.is_null(_nouns(told, typed)))
        ).as_py()
        for told in TOLD.get(table, ())
    }
    return Counter({note: count for note, count in found.items() if count})


def _fixed(table: str) -> Iterator[tuple[str, str]]:
    """Columns that always speak of the same primary key, and that key."""
    for field in spec.table(table).fields:
        if is_record_id(field) and (key := key_of(field)):
            yield field.name, key


def _told_keys(pseudonyms: Pseudonymiser, told: Told, typed: pa.Table) -> pa.Array:
    """Numbers of a column whose kind stands beside it, kind by kind; an unknown kind is one of its own."""
    ids, beside = typed[told.column].combine_chunks(), _beside(told, typed)
    nouns = pc.coalesce(
        _nouns(told, typed), pc.binary_join_element_wise(told.beside, beside, " "), told.column
    )
    numbers = pa.nulls(len(ids), pa.int64())
    for noun in pc.unique(nouns).to_pylist():
        of_kind = pc.if_else(pc.equal(nouns, noun), ids, None)
        numbers = pc.coalesce(numbers, _keys(pseudonyms, noun, of_kind))
    return numbers


def _nouns(told: Told, typed: pa.Table) -> pa.Array:
    """The primary key that each row speaks of; null where it is not known."""
    known = keys_by(told.by)
    position = pc.index_in(_beside(told, typed), pa.array(list(known), pa.string()))
    return pa.array(list(known.values()), pa.string()).take(position)


def _beside(told: Told, typed: pa.Table) -> pa.Array:
    return pc.utf8_lower(typed[told.beside].combine_chunks().cast(pa.string()))


def _keys(pseudonyms: Pseudonymiser, noun: str, ids: pa.Array | pa.ChunkedArray) -> pa.Array:
    texts = pa.table({noun: ids.cast(pa.string())})
    return pseudonyms.keys(Key(noun, noun, (noun,), False), texts)
