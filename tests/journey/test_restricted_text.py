"""A text bundle walks through the rooms: what is found in it is what was written, and no text escapes."""

import json
from pathlib import Path

import pytest

from tests.conftest import thin_assets
from tests.journey.conftest import MONTH
from thin_assets.domain.snapshot import Snapshot
from thin_assets.resources.lake import Lake
from thin_assets.resources.warehouse import connect

pytestmark = pytest.mark.journey

PARTITION = Snapshot.named("FR", MONTH)
PHRASE = b"Reconsulter en cas de"
"""Words that only texts hold."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A French partition built with its text bundle."""
    folder = tmp_path_factory.mktemp("texts")
    place = ("--country", "FR", "--snapshot", MONTH)
    with pytest.MonkeyPatch.context() as patch:
        thin_assets(folder, "generate", *place, "--patients", "150", "--text")
        thin_assets(folder, "doctor", "--fix")
        patch.setenv("THIN_TEXT_BUNDLES", str(folder / "texts"))
        thin_assets(folder, "run", *place, "--until", "validated")
    return folder


def counts(home: Path, query: str) -> list[tuple]:
    build = Lake(home=str(home)).current_build(PARTITION)
    with connect() as con:
        for table in ("note", "note_nlp", "condition_occurrence", "observation"):
            con.execute(f"create view {table} as from read_parquet('{build / table / 'data.parquet'}')")
        return con.execute(query).fetchall()


def test_every_term_is_found_with_what_its_sentence_says(home: Path) -> None:
    """Per loaded note the matcher finds what the generator wrote: same share of terms that exist."""
    truth = json.loads((home / "truth" / "FR" / f"{MONTH}-text.json").read_text())
    ((notes, mentions, stated),) = counts(
        home,
        "select (select count(*) from note), count(*), count(*) filter (term_exists = 'Y') from note_nlp",
    )
    lake = Lake(home=str(home))
    fates = {row["source_table"]: row for row in lake.reported("validated", PARTITION)["equations"]}["text"]
    assert fates["delivered"] == truth["texts"]
    assert notes == truth["texts"] - sum(fates["rejected"].values()) - fates["collapsed"]
    assert abs(mentions / notes - truth["mentions"] / truth["texts"]) < 0.03
    assert abs(stated / mentions - truth["term_exists"] / truth["mentions"]) < 0.03


def test_what_is_found_in_text_is_marked_as_such(home: Path) -> None:
    """Only stated terms become events, of type NLP."""
    assert counts(
        home, "select count(*) > 0 from condition_occurrence where condition_type_concept_id = 32858"
    ) == [(True,)]
    kinds = counts(home, "select distinct term_exists, term_modifiers is null from note_nlp order by all")
    assert kinds == [("N", False), ("Y", True)]


def test_no_text_lies_outside_raw_and_the_note_table(home: Path) -> None:
    """Reports, event log and every other table are searched for words that only texts hold."""
    allowed = {"note", "text"}
    holding = [
        path
        for path in home.rglob("*")
        if path.is_file()
        and path.suffix in {".json", ".db", ".log", ".err", ".out", ".txt"}
        and PHRASE in path.read_bytes()
    ]
    assert holding == []
    build = Lake(home=str(home)).current_build(PARTITION)
    with connect() as con:
        for path in sorted(build.glob("*/data.parquet")):
            if path.parent.name not in allowed:
                rows = con.execute(
                    f"select count(*) from read_parquet('{path}') as t where t::varchar like ?",
                    [f"%{PHRASE.decode()}%"],
                ).fetchone()
                assert rows == (0,), path.parent.name
