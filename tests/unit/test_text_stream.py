"""Notes stream from raw to mentions: plain or encrypted, any number, nothing but dictionary terms written."""

from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.text.generated import generated
from thin_assets.raw.pending import PendingTables
from thin_assets.resources.raw_tables import add_key
from thin_assets.resources.warehouse import connect
from thin_assets.text import stream
from thin_assets.text.contract import Mention
from thin_assets.text.find import finder
from thin_assets.text.lexicon import languages, lexicon_version, read_lexicon
from thin_assets.text.stream import SCHEMA, write_mentions

KEY = bytes(range(32))
RAW = pa.schema([("event_key", pa.int64()), ("lang", pa.string()), ("freetext", pa.string())])
NAME = "Featherstonehaugh"


def raw_texts(file: Path, notes: list[tuple[str | None, str | None]], key: bytes | None = None) -> Path:
    """raw/text with as much as the room reads of it: language and text of each note, keys from 100."""
    rows = [
        {"event_key": 100 + number, "lang": lang, "freetext": text}
        for number, (lang, text) in enumerate(notes)
    ]
    with PendingTables(key) as pending:
        pending.open(file, RAW)
        pending.add(file, pa.Table.from_pylist(rows, RAW))
        pending.show()
    return file


def found(texts: Path, target: Path, key: bytes | None = None) -> pl.DataFrame:
    with connect() as con:
        if key:
            add_key(con, key)
        write_mentions(texts, target, con)
    return Mention.validate(pl.read_parquet(target))


@pytest.fixture
def notes() -> list[tuple[str | None, str | None]]:
    """Notes of every language with a planted name, one of an unknown language, and one without text."""
    drawn = [
        (code, f"{text} {NAME} {text}") for code in languages() for text, _ in generated(code, 20, seed=9)
    ]
    return [*drawn, ("tlh", "cough"), ("EN ", "Cough"), (None, "cough"), ("en", None)]


def test_a_mention_says_where_what_and_by_which_rules(tmp_path: Path) -> None:
    texts = raw_texts(tmp_path / "t.parquet", [("en", "Nothing"), ("en", "No fever. Mum has asthma")])
    assert found(texts, tmp_path / "m.parquet").rows() == [
        (1, 101, 3, 8, 437663, "fever", True, False, False, False, lexicon_version()),
        (1, 101, 18, 24, 317009, "asthma", False, True, False, False, lexicon_version()),
    ]


def test_case_of_the_language_does_not_matter_and_an_unknown_one_is_not_read(
    tmp_path: Path, notes: list[tuple[str | None, str | None]]
) -> None:
    mentions = found(raw_texts(tmp_path / "t.parquet", notes), tmp_path / "m.parquet")
    assert set(mentions["row_position"]) & set(range(len(notes) - 4, len(notes))) == {len(notes) - 3}


def test_no_word_of_a_note_is_written_but_a_dictionary_term(
    tmp_path: Path, notes: list[tuple[str | None, str | None]]
) -> None:
    texts = raw_texts(tmp_path / "t.parquet", notes)
    mentions = found(texts, tmp_path / "m.parquet")
    assert NAME.encode() not in (tmp_path / "m.parquet").read_bytes()
    strings = {name for name, kind in mentions.schema.items() if kind == pl.String}
    assert strings == {"term", "lexicon"}
    known = {term.text for code in languages() for term in read_lexicon(code).terms}
    assert set(mentions["term"]) <= known


def test_encrypted_texts_are_read_with_the_key_and_give_the_same_bytes(
    tmp_path: Path, notes: list[tuple[str | None, str | None]]
) -> None:
    found(raw_texts(tmp_path / "plain.parquet", notes), tmp_path / "a.parquet")
    found(raw_texts(tmp_path / "closed.parquet", notes, KEY), tmp_path / "b.parquet", KEY)
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


@pytest.mark.parametrize("at_once", [7, 64])
def test_the_size_of_a_batch_changes_no_row(
    tmp_path: Path, notes: list, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = raw_texts(tmp_path / "t.parquet", notes)
    whole = found(texts, tmp_path / "a.parquet")
    monkeypatch.setattr(stream, "NOTES_AT_ONCE", at_once)
    assert found(texts, tmp_path / "b.parquet").equals(whole)


def test_words_of_notes_are_forgotten_after_their_batch() -> None:
    """Memory does not grow with the notes: each of these has words that no other has."""
    reader = finder("en")
    reader.each(["cough"])
    before = reader.words_known
    for batch in range(5):
        reader.each(f"xq{batch}w{number}k cough zz{number}{batch}" for number in range(500))
    assert reader.words_known == before


@pytest.mark.parametrize("there", [True, False])
def test_without_texts_the_table_is_empty_and_no_dictionary_is_read(
    tmp_path: Path, there: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A month without a bundle has a file without rows; an OMOP delivery has no file at all."""
    monkeypatch.setattr(stream, "finder", None)
    texts = tmp_path / "t.parquet"
    if there:
        raw_texts(texts, [])
    assert found(texts, tmp_path / "m.parquet").height == 0
    assert pq.read_schema(tmp_path / "m.parquet") == SCHEMA


def test_progress_is_told_in_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "NOTES_AT_ONCE", 2)
    texts = raw_texts(tmp_path / "t.parquet", [("en", "cough")] * 5)
    told: list[tuple[int, int]] = []
    with connect() as con:
        counts = write_mentions(texts, tmp_path / "m.parquet", con, lambda *both: told.append(both))
    assert counts == told[-1] == (5, 5)
    assert len(told) > 1


def test_what_fails_quotes_no_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of the reader keeps its traceback; the note is in no part of it, and no table is left."""
    texts = raw_texts(tmp_path / "t.parquet", [("en", f"{NAME} has a cough")])
    monkeypatch.setattr("thin_assets.text.find.said_of", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError) as failed:
        found(texts, tmp_path / "m.parquet")
    assert NAME not in str(failed.getrepr(style="native"))
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".parquet"] == ["t.parquet"]
