"""Dictionaries say what they may: known symptoms, standard concepts, cues of known kinds, no term twice."""

import csv
import shutil
from pathlib import Path

import pytest

from thin_assets.text import lexicon
from thin_assets.text.find import Finder
from thin_assets.text.lexicon import KINDS, SIDES, USES, concepts, languages, lexicon_version, read_lexicon
from thin_assets.vocabulary import DEMO

SYMPTOMS = 89
"""As many as Shah et al. followed (PLOS ONE 2023); which ones is our own choice."""


def rows(path: Path, delimiter: str = ",") -> list[dict[str, str]]:
    quoting = csv.QUOTE_NONE if delimiter == "\t" else csv.QUOTE_MINIMAL
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter=delimiter, quoting=quoting))


@pytest.fixture(scope="module")
def listed() -> list[dict[str, str]]:
    return rows(lexicon.HERE / "symptoms.csv")


def test_there_are_89_symptoms_and_long_covid(listed: list[dict[str, str]]) -> None:
    assert sum(row["kind"] == "symptom" for row in listed) == SYMPTOMS
    assert [row["symptom"] for row in listed if row["kind"] == "label"] == ["long_covid"]
    assert len({row["concept_id"] for row in listed}) == len(listed)


def test_every_symptom_is_a_standard_concept_of_the_name_that_is_told(listed: list[dict[str, str]]) -> None:
    known = {row["concept_id"]: row for row in rows(DEMO / "CONCEPT.csv", "\t")}
    for row in listed:
        concept = known[row["concept_id"]]
        told = (concept["concept_name"], concept["standard_concept"], concept["invalid_reason"])
        assert told == (row["concept_name"], "S", ""), row["symptom"]
        assert concept["domain_id"] in ("Condition", "Observation"), row["symptom"]


@pytest.mark.parametrize("language", languages())
def test_every_language_has_words_for_every_symptom(language: str) -> None:
    assert {term.concept_id for term in read_lexicon(language).terms} == {*concepts().values(), 0}


@pytest.mark.parametrize("language", languages())
def test_every_language_has_cues_of_every_kind(language: str) -> None:
    cues = read_lexicon(language).cues
    assert {cue.kind for cue in cues} == set(KINDS)
    assert {cue.side for cue in cues} <= set(SIDES)


@pytest.mark.parametrize("language", languages())
def test_a_term_means_one_thing_in_a_language(language: str) -> None:
    terms = read_lexicon(language).terms
    assert {term.use for term in terms} <= set(USES)
    assert len({(term.text, term.use) for term in terms}) == len(terms)


@pytest.mark.parametrize("language", languages())
def test_every_term_alone_is_found_as_what_it_means(language: str) -> None:
    """But for words that need others beside them, and those within a longer expression of another meaning."""
    told = read_lexicon(language)
    plain = [t for t in told.terms if t.concept_id and not set("(*") & set(t.text)]
    mentions = Finder(told).each(term.text for term in plain)
    lost = [
        term.text
        for term, found in zip(plain, mentions, strict=True)
        if term.concept_id not in {one.concept_id for one in found}
    ]
    assert lost == []


def test_the_version_follows_every_file_that_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A term more, a rule otherwise: another version; the same files: the same."""
    copy = shutil.copytree(lexicon.HERE, tmp_path / "text")
    monkeypatch.setattr(lexicon, "HERE", copy)
    lexicon_version.cache_clear()
    before = lexicon_version()
    versions = {before}
    for name in ("fr/terms.csv", "de/cues.csv", "nl/language.yml", "scope.py", "symptoms.csv"):
        with (copy / name).open("a", encoding="utf-8") as file:
            file.write("\n")
        lexicon_version.cache_clear()
        versions.add(lexicon_version())
    lexicon_version.cache_clear()
    assert len(versions) == 6
