"""Labelled notes drawn by chance from templates and terms that are none of the dictionaries' own files."""

import csv
import random
from pathlib import Path

from tests.text.labels import Label, read_labels

HERE = Path(__file__).parent
_SAID = {"s": "", "n": "/n", "h": "/h", "o": "/o", "p": "/p"}
MOST_SENTENCES = 3


def generated(language: str, notes: int, seed: int) -> list[tuple[str, list[Label]]]:
    """Notes of one to three sentences with their labels; the same seed draws the same.

    A template says of its first term what the first letter of `said` tells, and of its second what the last
    tells: `ns` denies one and states the other.
    """
    draw = random.Random(f"{language} {seed}")
    templates, terms = _rows("templates", language), _rows("terms", language)
    return [read_labels(_note(draw, templates, terms)) for _ in range(notes)]


def _note(draw: random.Random, templates: list[dict], terms: list[dict]) -> str:
    count = draw.randint(1, MOST_SENTENCES)
    chosen = iter(draw.sample(terms, 2 * count))
    told = []
    for template in draw.choices(templates, k=count):
        said = template["said"]
        words = [_label(next(chosen), mark) for mark in (said[0], said[-1])]
        told.append(template["sentence"].format(*words))
    return " ".join(told)


def _label(term: dict, mark: str) -> str:
    return f"[{term['symptom']}{_SAID[mark]}: {term['words']}]"


def _rows(name: str, language: str) -> list[dict]:
    with (HERE / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return [row for row in csv.DictReader(lines) if row["language"] == language]
