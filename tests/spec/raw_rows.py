"""The raw room's tables of a country, from the rows that its rules give."""

import random
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tests.spec.ascii_table import Row
from tests.spec.story import Story
from tests.spec.words import DELIVERED, key, plain, raw_name, whole_date
from thin_assets.domain import layout
from thin_assets.domain.snapshot import Snapshot
from thin_assets.raw.contract import REJECTED, arrow_schema

LISTS = {
    "product": ("system", "code"),
    "dosage": ("doscode",),
    "thesaurus": ("code_system", "code"),
    "entity": ("ahdcode",),
}
"""Look-up lists of a country, with the columns of their codes."""

_OWN_NOUN = {"therapy_key": "prescription", "consult_key": "consultation"}
"""Key columns named after the raw table that they point to."""


def write_raw(folder: Path, snapshot: Snapshot, stories: list[Story], shuffle: int | None = None) -> Path:
    """One file for each raw table; tables that no rule gives are there without rows.

    shuffle    seed that puts the rows of every table in another order
    """
    names = {raw: word for word, raw in DELIVERED.items()}
    for table in [*layout.all_tables(), REJECTED]:
        rows = raw_rows(names[table], stories) if table in names else []
        if shuffle is not None:
            random.Random(shuffle).shuffle(rows)
        path = folder / table / f"country={snapshot.country}" / f"snapshot={snapshot.month}" / "data.parquet"
        path.parent.mkdir(parents=True)
        pq.write_table(_typed(rows, arrow_schema(table)), path)
    return folder


def raw_rows(table: str, stories: list[Story]) -> list[Row]:
    """Rows of a given table of all rules; a look-up list is shared by the country, and says nothing twice."""
    rows = [row for story in stories for row in _rows_of_story(table, story)]
    if table not in LISTS:
        return rows
    distinct = {tuple(sorted(row.items(), key=str)): row for row in rows}
    listed = [tuple(row[column] for column in LISTS[table]) for row in distinct.values()]
    assert len(set(listed)) == len(listed), f"two rules give the {table} list different rows of one code"
    return list(distinct.values())


def _rows_of_story(table: str, story: Story) -> list[Row]:
    names = arrow_schema(DELIVERED[table]).names
    keyed = {name for name in names if name.endswith("_key")}
    keys = {"event": "event_key", "practice": "practice_key"}
    rows = []
    for number, cells in enumerate(story.rows(table)):
        own = {"practice": story.practice, "event": f"row {number}"}
        own = {word: value for word, value in own.items() if keys[word] in keyed}
        told = plain(table, story.country) | own | cells
        named = {raw_name(table, word): value for word, value in told.items()}
        dated = {column: whole_date(value, column) for column, value in named.items()}
        row = {column: value for column, (value, _) in dated.items()}
        row |= {name: row[f"{name.removesuffix('_pseudonym')}_key"] for name in names if "pseudonym" in name}
        for column in keyed & row.keys():
            row[column] = row[column] and str(key(story.rule, noun_of(table, column), row[column]))
        if "has_partial_date" in names:
            row["has_partial_date"] = str(any(partial for _, partial in dated.values())).lower()
        rows.append(row)
    return rows


def noun_of(table: str, column: str) -> str:
    """What the key in a column identifies: events of two tables are two things, whatever they are called."""
    return table if column == "event_key" else _OWN_NOUN.get(column, column.removesuffix("_key"))


def _typed(rows: list[Row], schema: pa.Schema) -> pa.Table:
    lineage = [
        {"source_file": "spec", "source_line": str(number)} | row for number, row in enumerate(rows, 2)
    ]
    columns = [pa.array([row.get(column.name) for row in lineage], pa.string()) for column in schema]
    return pa.table([pc.cast(c, f.type) for c, f in zip(columns, schema, strict=True)], names=schema.names)
