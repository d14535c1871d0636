"""A text bundle walks through the rooms: what is found in it is what was written, and no text escapes."""

import csv
import gzip
import hashlib
import json
import subprocess
from pathlib import Path

import pytest

from tests.conftest import thin_assets
from tests.journey.conftest import MONTH
from thin_assets.domain.snapshot import Snapshot
from thin_assets.resources.lake import Lake
from thin_assets.resources.warehouse import connect

pytestmark = pytest.mark.journey

PARTITION = Snapshot.named("FR", MONTH)
NAME = "Quatrebarbes"
"""Planted in every note: a patient that the provider did not take out."""

WORDS = (NAME.encode(), b"Reconsulter en cas de")
"""What only texts hold: the name, and a phrase of the generator."""

BROKEN = (
    "\\x07\\ufffd((" + NAME,
    NAME * 20_000,
    f"?;.,-- {NAME} d'' pas de",
    f"Hals- und {NAME} {chr(0x1F912)}",
)
"""Notes that a reader may stumble over, and must not quote."""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A French partition built with its text bundle up to the pages on it; and all that was said of it."""
    folder = tmp_path_factory.mktemp("texts")
    place = ("--country", "FR", "--snapshot", MONTH)
    with pytest.MonkeyPatch.context() as patch:
        thin_assets(folder, "generate", *place, "--patients", "150", "--text")
        plant(folder / "texts" / "FR" / MONTH)
        thin_assets(folder, "doctor", "--fix")
        patch.setenv("THIN_TEXT_BUNDLES", str(folder / "texts"))
        done = thin_assets(folder, "run", *place, "--until", "evidence")
        shown: list[subprocess.CompletedProcess] = [done, thin_assets(folder, "status")]
    return folder, "".join(one.stdout + one.stderr for one in shown)


@pytest.fixture(scope="module")
def home(built: tuple[Path, str]) -> Path:
    """The home of that partition."""
    return built[0]


def plant(bundle: Path) -> None:
    """A name at the end of every note; the first notes say nothing else, and are hard to read."""
    (part,) = (bundle / "text").glob("*.csv.gz")
    with gzip.open(part, "rt", encoding="utf-8", newline="") as lines:
        head, *rows = csv.reader(lines, delimiter="|")
    text, lang = head.index("freetext"), head.index("lang")
    for row in rows:
        row[text] += f" Vu avec Mme {NAME}."
    for row, broken in zip(rows, BROKEN, strict=False):
        row[text], row[lang] = broken, "fr"
    with gzip.open(part, "wt", encoding="utf-8", newline="") as lines:
        csv.writer(lines, delimiter="|", lineterminator="\n").writerows([head, *rows])
    manifest = json.loads((bundle / "manifest.json").read_text())
    manifest["files"][0]["sha256"] = hashlib.sha256(part.read_bytes()).hexdigest()
    (bundle / "manifest.json").write_text(json.dumps(manifest))


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


def test_no_text_lies_outside_raw_and_the_note_table(built: tuple[Path, str]) -> None:
    """What was said, and every file but texts, is searched for a planted name; tables by their values."""
    home, said = built
    assert not any(word.decode() in said for word in WORDS)
    allowed = [
        home / "texts",
        home / "deliveries",
        *home.glob("lake/raw/text"),
        *home.glob("lake/*/*/*/*/note"),
    ]
    searched = [
        path
        for path in sorted(home.rglob("*"))
        if path.is_file() and not any(path.is_relative_to(place) for place in allowed)
    ]
    assert {".db", ".json", ".html", ".parquet"} <= {path.suffix for path in searched}
    assert [str(path) for path in searched if any(word in path.read_bytes() for word in WORDS)] == []
    with connect() as con:
        for path in searched:
            if path.suffix == ".parquet":
                for word in WORDS:
                    rows = con.execute(
                        f"select count(*) from read_parquet('{path}') as t where t::varchar like ?",
                        [f"%{word.decode()}%"],
                    ).fetchone()
                    assert rows == (0,), path


def test_the_name_is_where_the_text_may_be(home: Path) -> None:
    """Without this the search above would find nothing because nothing was planted."""
    ((named, notes),) = counts(
        home, f"select count(*) filter (note_text like '%{NAME}%'), count(*) from note"
    )
    assert named == notes > 0


def test_each_mention_carries_the_version_that_the_build_is_named_by(home: Path) -> None:
    lake = Lake(home=str(home))
    identity = json.loads((lake.current_build(PARTITION) / "build.json").read_text())["identity"]
    version = lake.reported("text", PARTITION)["lexicon"]
    assert identity["lexicon"] == version
    assert counts(home, "select distinct nlp_system from note_nlp") == [(f"thin-rules {version}",)]
