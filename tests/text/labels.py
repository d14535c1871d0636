"""Notes labelled by hand, and how what is found is held against the labels.

A note is a line; a label stands in it as `[symptom: words]` or `[symptom/n: words]`, with the letters of what
its sentence says: n denied, h feared or made a condition, o of somebody else, p once. A mention is right if
it has the concept of a label, overlaps its words, and says the same.
"""

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from thin_assets.text.find import Mention, finder
from thin_assets.text.lexicon import concepts

HERE = Path(__file__).parent
_LABEL = re.compile(r"\[([a-z0-9_]+)(?:/([nhop]+))?: ([^\]]+)\]")
_SAID = {"n": "negation", "h": "hypothetical", "o": "other_subject", "p": "past"}


@dataclass(frozen=True)
class Label:
    """What stands in a note, at characters [start, end)."""

    start: int
    end: int
    concept_id: int
    said: frozenset[str]


@dataclass(frozen=True)
class Score:
    """Counts of labels met, mentions that meet none, and labels that nothing meets."""

    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float:
        """Share of what was found that is right."""
        return self.right / max(self.right + self.wrong, 1)

    @property
    def recall(self) -> float:
        """Share of what stands there that was found."""
        return self.right / max(self.right + self.missed, 1)

    @property
    def f1(self) -> float:
        """Harmonic mean of both."""
        return 2 * self.right / max(2 * self.right + self.wrong + self.missed, 1)


def labelled(path: Path) -> list[tuple[str, list[Label]]]:
    """Notes of a file, without their labels, and the labels."""
    return [read_labels(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def read_labels(line: str) -> tuple[str, list[Label]]:
    """One note and its labels.

    >>> read_labels("no [fever/n: fever]")[0]
    'no fever'
    """
    labels, text, before = [], "", 0
    for found in _LABEL.finditer(line):
        symptom, said, words = found.groups()
        text += line[before : found.start()]
        marks = frozenset(_SAID[letter] for letter in said or "")
        labels.append(Label(len(text), len(text) + len(words), concepts()[symptom], marks))
        text += words
        before = found.end()
    return text + line[before:], labels


def score(language: str, notes: list[tuple[str, list[Label]]], *, said: bool = True) -> Score:
    """How the finder of a language does on labelled notes.

    said    whether a mention must also say what the label says
    """
    counts: Counter = Counter()
    found_in = finder(language).each(text for text, _ in notes)
    for (_, labels), mentions in zip(notes, found_in, strict=True):
        met = sum(any(_meets(m, label, said) for m in mentions) for label in labels)
        right = sum(any(_meets(m, label, said) for label in labels) for m in mentions)
        counts.update(right=met, wrong=len(mentions) - right, missed=len(labels) - met)
    return Score(counts["right"], counts["wrong"], counts["missed"])


def _meets(mention: Mention, label: Label, said: bool) -> bool:
    return (
        mention.concept_id == label.concept_id
        and mention.starts_at < label.end
        and label.start < mention.ends_at
        and (not said or mention.said == label.said)
    )
