"""What the seeds name exists: concepts in the demo vocabulary, sites without a gap between them."""

import csv
from pathlib import Path

import pytest

from thin_assets.text.lexicon import languages

ROOT = Path(__file__).parents[2]
SEEDS = ROOT / "dbt_project" / "seeds"
VOCABULARY = ROOT / "thin_assets" / "vocabulary" / "demo" / "CONCEPT.csv"


def seed(name: str) -> list[dict[str, str]]:
    with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.fixture(scope="module")
def concepts() -> dict[int, dict[str, str]]:
    with VOCABULARY.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        return {int(row["concept_id"]): row for row in rows}


def test_every_language_that_is_read_has_a_concept() -> None:
    assert {row["language"] for row in seed("languages")} == set(languages())


def test_sites_of_cancer_are_conditions_and_do_not_overlap(concepts: dict[int, dict[str, str]]) -> None:
    """A code is of one site; C76 and C80, cancers of no stated site, are of none."""
    rows = seed("cancer_sites")
    codes = [
        f"C{number:02}"
        for row in rows
        for number in range(int(row["icd10_from"][1:]), int(row["icd10_to"][1:]) + 1)
    ]
    assert len(set(codes)) == len(codes)
    assert {"C76", "C80"}.isdisjoint(codes)
    ancestors = {int(row["ancestor_concept_id"]) for row in rows if row["ancestor_concept_id"]}
    assert {concepts[key]["domain_id"] for key in ancestors} == {"Condition"}


def test_doses_are_counted_in_known_units(concepts: dict[int, dict[str, str]]) -> None:
    named = {int(row["unit_concept_id"]) for row in seed("dose_units")}
    assert {concepts[key]["domain_id"] for key in named} == {"Unit"}
