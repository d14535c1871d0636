"""`python -m benchmarks.free_text --notes 20000 80000`: reading notes beside its floors, on one core.

The notes are those of the generated test set, one to five sentences, a seventh of them in each language.
Floors: `copy` reads the same Parquet and writes the bytes that were found; `tokenise` does what every reader
with spaCy must, its blank tokeniser (`spacy.blank`) over the same notes. Each is a process of its own, so
that its peak of memory is its own; libraries and dictionaries are loaded before, and cost nothing again.
"""

import argparse
import random
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from rich.console import Console
from rich.table import Table

from benchmarks.processes import Cost, cost_of
from tests.text.generated import generated
from thin_assets.resources.warehouse import connect
from thin_assets.text.find import finder
from thin_assets.text.lexicon import languages
from thin_assets.text.stream import NOTES_AT_ONCE, write_mentions

_SCHEMA = pa.schema([("event_key", pa.int64()), ("lang", pa.string()), ("freetext", pa.string())])


def make_notes(file: Path, notes: int, seed: int = 1) -> Path:
    """Notes as raw has them, no two alike but by chance: each ends in a number."""
    draw = random.Random(seed)
    drawn = {code: [text for text, _ in generated(code, 2_000, seed)] for code in languages()}
    with pq.ParquetWriter(file, _SCHEMA, compression="zstd") as writer:
        for first in range(0, notes, NOTES_AT_ONCE):
            rows = [_note(draw, drawn, key) for key in range(first, min(first + NOTES_AT_ONCE, notes))]
            writer.write_table(pa.Table.from_pylist(rows, _SCHEMA))
    return file


def _note(draw: random.Random, drawn: dict[str, list[str]], key: int) -> dict:
    language = draw.choice(sorted(drawn))
    told = " ".join(draw.choices(drawn[language], k=draw.choice((1, 1, 2))))
    sentences = told.split(". ")[:5]
    return {"event_key": key, "lang": language, "freetext": f"{'. '.join(sentences)}. Ref {key}"}


def measure(folder: Path, notes: int) -> dict[str, Cost]:
    """What each work costs, by name."""
    texts = make_notes(folder / "texts.parquet", notes)
    found, copied = folder / "found.parquet", folder / "copied.parquet"
    tokenisers = {code: _blank(code) for code in languages()}
    for code in languages():
        finder(code)
    works: dict[str, Callable[[], object]] = {
        "find": lambda: _find(texts, found),
        "copy": lambda: _copy(texts, found, copied),
        "tokenise": lambda: _tokenise(texts, tokenisers),
    }
    return {name: cost_of(work) for name, work in works.items()}


def _blank(language: str):
    import spacy

    return spacy.blank(language)


def _find(texts: Path, found: Path) -> None:
    with connect(threads=1) as con:
        write_mentions(texts, found, con)


def _copy(texts: Path, found: Path, copied: Path) -> None:
    for _ in _read(texts):
        pass
    with pq.ParquetFile(found) as source, pq.ParquetWriter(copied, source.schema_arrow) as writer:
        for batch in source.iter_batches():
            writer.write_batch(batch)


def _tokenise(texts: Path, tokenisers: dict) -> None:
    for batch in _read(texts):
        for language, text in zip(batch["lang"].to_pylist(), batch["freetext"].to_pylist(), strict=True):
            tokenisers[language].make_doc(text)


def _read(texts: Path) -> Iterator[pa.RecordBatch]:
    with pq.ParquetFile(texts) as source:
        yield from source.iter_batches(NOTES_AT_ONCE)


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--notes", type=int, nargs="+", default=[20_000, 80_000])
    table = Table(title="Free text, one core", title_justify="left")
    for name in ("notes", "work", "CPU s", "notes per CPU s", "find costs, times this", "peak MB"):
        table.add_column(name, justify="left" if name == "work" else "right")
    for notes in parser.parse_args().notes:
        with tempfile.TemporaryDirectory() as folder:
            costs = measure(Path(folder), notes)
        for name, cost in costs.items():
            ratio = "" if name == "find" else f"{costs['find'].cpu / cost.cpu:.1f}"
            rate = f"{notes / cost.cpu:,.0f}"
            table.add_row(f"{notes:,}", name, f"{cost.cpu:.2f}", rate, ratio, str(cost.peak_mb))
    Console().print(table)


if __name__ == "__main__":
    main()
