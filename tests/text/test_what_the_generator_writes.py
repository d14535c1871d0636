"""Texts of a synthetic delivery are read as they were planted: each term, and what is said of it."""

import polars as pl
import pytest

from thin_assets.studies.long_covid.declared import declared
from thin_assets.synthetic.codes import read
from thin_assets.synthetic.texts import DENIED, LANGUAGES, text_frame, told_texts
from thin_assets.text.find import Finder, finder

DENIES = {"negation", "other_subject", "hypothetical"}
KEYS = {"pracid": "a0001", "patid": "P001", "consultid": None, "eventdate": "20230405"}
TEXTS = 400


def differently_read(texts: pl.DataFrame, found: Finder) -> list[tuple]:
    """Texts in which other terms were found than planted, or another thing was said of one."""
    wrong = []
    for text, concepts, kinds in texts.select("freetext", "concepts", "kinds").iter_rows():
        planted = sorted((concept, kind in DENIED) for concept, kind in zip(concepts, kinds, strict=True))
        (mentions,) = found.each([text])
        told = sorted((one.concept_id, bool(one.said & DENIES)) for one in mentions)
        if told != planted:
            wrong.append((text, planted, told))
    return wrong


@pytest.mark.parametrize("language", sorted(set(LANGUAGES.values())))
def test_sentences_of_the_ordinary_bundle(language: str) -> None:
    visits = pl.DataFrame([KEYS | {"consultid": f"{number:05}"} for number in range(5 * TEXTS)])
    texts = text_frame(visits, language, 3)
    assert texts.height > TEXTS / 2
    assert differently_read(texts, finder(language)) == []


@pytest.mark.parametrize("language", sorted(set(LANGUAGES.values())))
def test_symptoms_that_are_in_text_alone(language: str) -> None:
    notions = [row["notion"] for row in read("symptom_terms") if row["language"] == language]
    rows = [
        KEYS | {"recordid": f"{number:04}", "notion": notions[number % len(notions)]}
        for number in range(TEXTS)
    ]
    assert differently_read(told_texts(pl.DataFrame(rows), language, 5), finder(language)) == []


@pytest.mark.parametrize("language", sorted(set(LANGUAGES.values())))
def test_every_symptom_of_the_long_covid_study_can_be_told_in_text(language: str) -> None:
    told = {int(row["concept_id"]) for row in read("symptom_terms") if row["language"] == language}
    symptoms = declared("symptoms").group_by("symptom").agg("concept_id")
    assert {name for name, concepts in symptoms.iter_rows() if not told & set(concepts)} <= {
        "anxiety",
        "low_mood",
    }
