"""All notes of a partition, batch by batch from raw to mentions: memory does not grow with their number."""

from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from thin_assets.resources.files import replacing
from thin_assets.resources.raw_tables import read_raw
from thin_assets.resources.warehouse import streamed
from thin_assets.text.find import finder
from thin_assets.text.lexicon import languages, lexicon_version

NOTES_AT_ONCE = 4096

SCHEMA = pa.schema(
    [
        *((name, pa.int64()) for name in ("row_position", "event_key", "starts_at", "ends_at", "concept_id")),
        ("term", pa.string()),
        *((f"is_{name}", pa.bool_()) for name in ("negated", "of_another", "hypothetical", "past")),
        ("lexicon", pa.string()),
    ]
)
"""Columns of `contract.Mention` as Arrow has them."""

_SAID = {
    "is_negated": "negation",
    "is_of_another": "other_subject",
    "is_hypothetical": "hypothetical",
    "is_past": "past",
}


def write_mentions(
    texts: Path,
    target: Path,
    con: duckdb.DuckDBPyConnection,
    progress: Callable[[int, int], None] = lambda notes, mentions: None,
) -> tuple[int, int]:
    """Find the terms of all notes and write them; returns how many notes and mentions there are.

    texts       raw/text; one that is not there has no note
    con         reads it; with the key where it is encrypted
    progress    told after each batch, in counts of all so far
    """
    notes = mentions = 0
    with replacing(target) as temporary, pq.ParquetWriter(temporary, SCHEMA, compression="zstd") as writer:
        for batch in _batches(texts, con):
            found = _found(batch)
            if found.num_rows:
                writer.write_table(found, row_group_size=found.num_rows)
            notes, mentions = notes + batch.num_rows, mentions + found.num_rows
            progress(notes, mentions)
    return notes, mentions


def _batches(texts: Path, con: duckdb.DuckDBPyConnection) -> Iterator[pa.RecordBatch]:
    if not texts.is_file():
        return
    source = read_raw(texts).removesuffix(")") + ", file_row_number = true)"
    query = f"select file_row_number, event_key, lower(trim(lang)) as lang, freetext from {source}"
    yield from streamed(con, query, NOTES_AT_ONCE)


def _found(batch: pa.RecordBatch) -> pa.Table:
    """Mentions of a batch, in the order of its notes; a language without a dictionary has none."""
    places, keys, spoken, texts = (column.to_pylist() for column in batch.columns)
    by_place = {}
    for language in sorted(set(spoken) & set(languages())):
        of_language = [row for row, said in enumerate(spoken) if said == language]
        found = finder(language).each(texts[row] for row in of_language)
        by_place |= dict(zip(of_language, found, strict=True))
    version = lexicon_version()
    rows = [
        {
            "row_position": places[row],
            "event_key": keys[row],
            **{name: getattr(one, name) for name in ("starts_at", "ends_at", "concept_id", "term")},
            **{name: kind in one.said for name, kind in _SAID.items()},
            "lexicon": version,
        }
        for row in sorted(by_place)
        for one in by_place[row]
    ]
    return pa.Table.from_pylist(rows, SCHEMA)
