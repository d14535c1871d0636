"""Finding terms: offsets lead back to the note, batches do not matter, and no text breaks it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.text.generated import generated
from thin_assets.text.find import finder
from thin_assets.text.lexicon import languages, read_lexicon
from thin_assets.text.phrases import Found, Phrases, longest
from thin_assets.text.sentences import sentence_ends
from thin_assets.text.words import Speller

SCRAPS = ["cough", "no ", "Fever", "?", "  ", "\n", "d'", "Hals- und ", "’", "38.5", "\x00", "🤒", "((", "œ"]
PARTS = st.lists(st.one_of(st.sampled_from(SCRAPS), st.text(max_size=20)), max_size=12)


@pytest.mark.parametrize("language", languages())
def test_the_place_of_a_mention_is_where_its_words_stand(language: str) -> None:
    notes = generated(language, 50, seed=3)
    for (text, labels), mentions in zip(notes, finder(language).each(t for t, _ in notes), strict=True):
        for one in mentions:
            assert 0 <= one.starts_at < one.ends_at <= len(text)
            assert any(label.start < one.ends_at and one.starts_at < label.end for label in labels)
        assert [m.starts_at for m in mentions] == sorted(m.starts_at for m in mentions)


@pytest.mark.parametrize("language", languages())
def test_a_note_says_the_same_in_any_company(language: str) -> None:
    notes = [text for text, _ in generated(language, 60, seed=4)]
    together = finder(language).each(notes)
    assert together == [finder(language).each([note])[0] for note in notes]
    assert together == finder(language).each(reversed(notes))[::-1]


@given(st.sampled_from(languages()), PARTS)
def test_no_text_breaks_it(language: str, parts: list[str]) -> None:
    """Signs, scraps, numbers, no letter at all: every mention lies within the note, and is a term of ours."""
    note = "".join(parts)
    texts = (re.sub(r"\([^)]*\)", "", term.text).strip() for term in read_lexicon(language).terms)
    known = {text.replace("*", "…") for text in texts}
    (mentions,) = finder(language).each([note])
    for one in mentions:
        assert 0 <= one.starts_at < one.ends_at <= len(note)
        assert one.term in known


def test_a_null_and_an_empty_note_say_nothing() -> None:
    assert finder("en").each([None, "", "   "]) == [[], [], []]


def test_a_note_of_a_million_letters_is_read() -> None:
    """Whoever pastes a letter into a record gets it read; no length is refused."""
    note = "No fever. Cough for a week. " * 36_000
    (mentions,) = finder("en").each([note])
    assert len(note) > 1_000_000
    assert len(mentions) == 72_000


def test_a_note_without_a_sentence_is_read_in_pieces() -> None:
    """Every term looks at every cue of its sentence: a sentence that never ends would never be read."""
    (mentions,) = finder("en").each(["no fever " * 1_000])
    assert len(mentions) == 1_000
    assert all("negation" in one.said for one in mentions)


def test_words_that_only_stand_beside_a_term_are_not_covered() -> None:
    (mentions,) = finder("en").each(["lost sense of smell and taste"])
    assert [(m.starts_at, m.ends_at, m.term) for m in mentions] == [
        (0, 19, "lost sense of smell"),
        (24, 29, "taste"),
    ]


def test_a_phrase_skips_glue_and_bridges_a_gap() -> None:
    phrases = Phrases(frozenset({0}))
    phrases.add([1, 0, 2], "glued")
    phrases.add([3, "*", 4], "bridged")
    assert list(phrases.at([1, 0, 0, 2], 0, 4)) == [Found(0, 4, "glued")]
    assert list(phrases.at([3, 9, 9, 4], 0, 4)) == [Found(0, 4, "bridged")]
    assert list(phrases.at([3, 9, 9, 9, 9, 4], 0, 6)) == []
    assert list(phrases.at([1, 9, 2], 0, 3)) == []


def test_of_phrases_that_overlap_the_longest_is_meant() -> None:
    assert longest([Found(0, 1, "a"), Found(0, 3, "b"), Found(2, 4, "c")]) == [Found(0, 3, "b")]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("No fever. Cough", ["No fever.", " Cough"]),
        ("Dr. X saw her. T 38.5 today", ["Dr. X saw her.", " T 38.5 today"]),
        ("V.a. Asthma; Husten", ["V.a. Asthma;", " Husten"]),
        ("cough ? LRTI", ["cough ? LRTI"]),
        ("asthma? no", ["asthma?", " no"]),
        ("a\nb", ["a\n", "b"]),
        ("", [""]),
    ],
)
def test_sentences_end_where_a_reader_sees_it(text: str, sentences: list[str]) -> None:
    ends = sentence_ends(text, frozenset({"dr"}))
    assert [text[a:b] for a, b in zip([0, *ends], ends, strict=False)] == sentences


def test_a_word_keeps_as_many_letters_as_its_language_asks() -> None:
    speller = Speller(["es", "s"], 3, {"ue": "u"}, {"nt": "not"})
    assert [speller.of(word) for word in ("Rashes", "gas", "Übel", "uebel", "nt")] == [
        "rash",
        "gas",
        "ubel",
        "ubel",
        "not",
    ]
