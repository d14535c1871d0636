"""The dictionaries and rules of a language, read from the files beside this one.

`symptoms.csv`          symptom, concept_id, concept_name, kind: what may be found; the same in every language
`<lang>/terms.csv`      symptom, term, use: how it is written. Without a symptom the term means something
                        else, and what it covers is not found. In a term `*` stands for up to three words, and
                        words in parentheses must stand there and are no part of it. `use`: `exact`, in
                        these very letters; `denied`, the word itself denies the symptom (`afebrile`)
`<lang>/cues.csv`       cue, kind, side: what a sentence says of its terms; see `scope.py`. `#` is a number
`<lang>/language.yml`   how words are compared
    endings, shortest, respelled, same   see `words.Speller`
    glue                                 words that a term may skip, and that say nothing of their own
    abbreviations                        after which a point ends no sentence
    numbers                              words that are numbers
    elides                               whether a short word before an apostrophe is a word of its own
    compounds, tails                     whether words are joined in one, and what may end such a word
    shared, conjunctions                 second halves that two words may share: `Hals- und Kopfschmerzen`
"""

import csv
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import yaml

HERE = Path(__file__).parent
KINDS = ("negation", "hypothetical", "other_subject", "past", "none", "stop", "since", "subject", "or")
SIDES = ("before", "after", "any", "end")
USES = ("", "exact", "denied")


@dataclass(frozen=True)
class Term:
    """A line of a dictionary; concept_id 0 where it means something else."""

    concept_id: int
    text: str
    use: str


@dataclass(frozen=True)
class Cue:
    """A line of the cues: `kind` is one of KINDS, `side` one of SIDES."""

    text: str
    kind: str
    side: str


@dataclass(frozen=True)
class Lexicon:
    """All that is known of a language; `settings` as `language.yml` has them."""

    language: str
    terms: tuple[Term, ...]
    cues: tuple[Cue, ...]
    settings: dict


def languages() -> list[str]:
    """Codes of the languages that have a dictionary."""
    return sorted(path.parent.name for path in HERE.glob("*/language.yml"))


@cache
def concepts() -> dict[str, int]:
    """Standard concept of each symptom, by the name that dictionaries use."""
    return {row["symptom"]: int(row["concept_id"]) for row in _rows(HERE / "symptoms.csv")}


def read_lexicon(language: str) -> Lexicon:
    """The dictionary, cues and settings of a language."""
    folder, known = HERE / language, concepts() | {"": 0}
    return Lexicon(
        language,
        tuple(Term(known[r["symptom"]], r["term"], r["use"]) for r in _rows(folder / "terms.csv")),
        tuple(Cue(r["cue"], r["kind"], r["side"]) for r in _rows(folder / "cues.csv")),
        yaml.safe_load((folder / "language.yml").read_text(encoding="utf-8")),
    )


@cache
def lexicon_version() -> str:
    """What decides what is found, in twelve letters: dictionaries, rules, release of the tokeniser."""
    digest = hashlib.sha256(_tokeniser().encode())
    deciding = [path for suffix in ("csv", "yml", "py") for path in HERE.rglob(f"*.{suffix}")]
    for path in sorted(deciding):
        digest.update(path.relative_to(HERE).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _tokeniser() -> str:
    try:
        return version("spacy")
    except PackageNotFoundError:
        return "none"  # nothing is found without it: where no text is let in, it need not be there


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))
