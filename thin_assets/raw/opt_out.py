"""Persons who opted out: their rows are left out of raw, and so of what is built from it; all are counted.

A list names persons as their provider does; the register (`resources.register`) holds the numbers that these
keys become under the pseudonym key, and rows are matched after keys have become numbers.
"""

import csv
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from thin_assets.cdm import spec
from thin_assets.cdm.records import is_record_id
from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import SettingsError
from thin_assets.raw.contract import OPTED_OUT, REJECTED, Key, arrow_schema
from thin_assets.raw.plan import Batch
from thin_assets.raw.pseudonymise import Pseudonymiser

FORMS = {
    ("pracid", "patid"): Key("patient_key", "patient", ("pracid", "patid")),
    ("person_id",): Key("person_id", "person_id", ("person_id",)),
}
"""Columns of a list of persons: those of the THIN layouts, and of OMOP; and the key that they are."""

LONGEST = 64


@dataclass(frozen=True)
class Asked:
    """A list of persons, as numbers of ours.

    numbers    distinct and sorted
    refused    lines that are no id, by reason
    """

    numbers: tuple[int, ...]
    refused: Counter


def read_asked(lines: Iterable[str], pseudonyms: Pseudonymiser) -> Asked:
    """Persons from CSV with a heading: `pracid,patid` as a practice names them, or `person_id` of OMOP.

    Raises SettingsError when the heading is another; it never repeats what was read.
    """
    rows = csv.reader(lines)
    heading = tuple(name.strip().lower() for name in next(rows, []))
    if heading not in FORMS:
        raise SettingsError(
            "the list of persons has another heading",
            where="--file",
            remedy="the first line is `pracid,patid`, or `person_id` for deliveries in OMOP layout",
        )
    key, ids, refused = FORMS[heading], [], Counter()
    for row in rows:
        values = tuple(value.strip() for value in row)
        reason = _refused(values, key)
        if reason:
            refused[reason] += 1
        else:
            ids.append(values if len(values) > 1 else (str(int(values[0])),))
    columns = zip(*sorted(set(ids)), strict=True) if ids else ([] for _ in key.parts)
    delivered = pa.table(
        {name: pa.array(values, pa.string()) for name, values in zip(key.parts, columns, strict=True)}
    )
    refused["given twice"] += len(ids) - len(set(ids))
    return Asked(tuple(sorted(set(pseudonyms.keys(key, delivered).to_pylist()))), +refused)


def _refused(values: tuple[str, ...], key: Key) -> str | None:
    if len(values) != len(key.parts):
        return "wrong number of columns"
    if not all(values):
        return "empty"
    if any(len(value) > LONGEST or not value.isprintable() for value in values):
        return "no id"
    return None if len(key.parts) > 1 or values[0].isdecimal() else "no id"


class LeftOut:
    """Takes the rows of persons who opted out from batches, and counts them as rejected.

    numbers    of the register
    Of an OMOP delivery, rows that speak of a record of theirs go too: a word of a note, a cost, a relation.
    Tables of persons' records must come before those that only refer to them.
    """

    def __init__(self, numbers: pa.Array) -> None:
        self._numbers, self._records = numbers, numbers

    def of(self, batch: Batch, table: str, snapshot: Snapshot) -> Batch:
        """The batch without their rows, which stand among the rejected by file and line.

        table    its name in raw
        """
        rows = batch.accepted
        if not len(self._numbers) or not len(rows):
            return batch
        column, is_theirs = self._judge(rows, table)
        if not pc.any(is_theirs).as_py():
            return batch
        theirs = rows.filter(is_theirs)
        self._remember(theirs, table)
        rejected = pa.table(
            {
                "country": [snapshot.country] * len(theirs),
                "snapshot": pa.array([snapshot.month] * len(theirs), pa.date32()),
                "source_table": [table.removeprefix("omop_")] * len(theirs),
                "source_file": theirs["source_file"],
                "source_line": theirs["source_line"],
                "column_name": [column] * len(theirs),
                "reason": [OPTED_OUT] * len(theirs),
            },
            schema=arrow_schema(REJECTED),
        )
        both = pa.concat_tables([batch.rejected, rejected]).sort_by("source_line")
        return Batch(rows.filter(pc.invert(is_theirs)), both, batch.notes)

    def _judge(self, rows: pa.Table, table: str) -> tuple[str | None, pa.Array | pa.ChunkedArray]:
        for column in ("patient_key", "person_id"):
            if column in rows.column_names:
                return column, pc.is_in(rows[column], self._numbers)
        found = pa.array([False] * len(rows), pa.bool_())
        for column in _references(table):
            found = pc.or_(found, pc.is_in(rows[column], self._records))
        return None, found

    def _remember(self, theirs: pa.Table, table: str) -> None:
        """Keep the ids of their records: keyed numbers, so that no two kinds share one."""
        key = spec.table(table.removeprefix("omop_")).primary_key if table.startswith("omop_") else None
        if key and key in theirs.column_names:
            ids = theirs[key].combine_chunks().drop_null()
            self._records = pa.concat_arrays([self._records, ids])


def _references(table: str) -> list[str]:
    """Columns by which a row without a person speaks of records."""
    if not table.startswith("omop_"):
        return []
    fields = spec.table(table.removeprefix("omop_")).fields
    return [field.name for field in fields if is_record_id(field)]
