"""From a note to the terms in it and what is said of them, for one language."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from thin_assets.text.compounds import SharedHalves, compared_by
from thin_assets.text.lexicon import Cue, Lexicon, Term, read_lexicon
from thin_assets.text.phrases import Found, Phrases, longest
from thin_assets.text.scope import Sentence, said_of
from thin_assets.text.sentences import sentence_ends
from thin_assets.text.tokens import Tokens
from thin_assets.text.words import Speller

_LONGEST_SENTENCE = 120
"""Tokens. Every term looks at every cue of its sentence: a report without a point is read in pieces."""

_CONTEXT = re.compile(r"\([^)]*\)")


@dataclass(frozen=True, slots=True)
class Mention:
    """A dictionary term in a note: characters [starts_at, ends_at), and what is said of it."""

    starts_at: int
    ends_at: int
    concept_id: int
    term: str
    said: frozenset[str]


class Finder:
    """Finds the terms of a lexicon; the same note gives the same mentions, whatever came before it."""

    def __init__(self, lexicon: Lexicon) -> None:
        settings = lexicon.settings
        speller = Speller(
            settings["endings"],
            settings["shortest"],
            settings.get("respelled", {}),
            settings.get("same", {}),
        )
        compared = compared_by(lexicon, speller)
        self._tokens = Tokens(lexicon.language, compared, elides=settings.get("elides", False))
        self._spelled, self._number = compared, self._tokens.number
        self._signs = (self._number(","), self._number(":"))
        self._glue = frozenset(self._number(compared(word)) for word in settings["glue"])
        self._numbers = frozenset(settings["numbers"])
        self._abbreviations = frozenset(settings["abbreviations"])
        self._phrases, self._exact = Phrases(self._glue), Phrases(frozenset())
        self._cues = Phrases(frozenset())
        for term in lexicon.terms:
            self._add(term)
        self._add_cues(lexicon.cues)
        self._shared = SharedHalves(lexicon, speller) if "shared" in settings else None

    def each(self, notes: Iterable[str | None]) -> list[list[Mention]]:
        """The mentions of each note of a batch, in the order of the note; none of one that is null."""
        with self._tokens.batch():
            return [self._mentions(note) if note else [] for note in notes]

    @property
    def words_known(self) -> int:
        """How many words are kept in memory between batches: those of the dictionaries."""
        return self._tokens.words_known

    def _word(self, word: str) -> int:
        return self._number(self._spelled(word))

    def _add(self, term: Term) -> None:
        bare = _CONTEXT.sub("", term.text)
        words = self._tokens.spelled(term.text.replace("(", " ").replace(")", " "))
        covered = len(self._tokens.spelled(bare))
        first = len(words) - covered if term.text.startswith("(") else 0
        exact = term.use == "exact"
        tree = self._exact if exact else self._phrases
        known = [w if w in "*#" else self._number(w) if exact else self._word(w) for w in words]
        meaning = (term.concept_id, bare.replace("*", "…").strip(), term.use == "denied")
        tree.add(known, meaning, first, first + covered)

    def _add_cues(self, cues: Iterable[Cue]) -> None:
        """Words that are several cues at once are one phrase with several meanings."""
        together: dict[tuple, list[Cue]] = {}
        for cue in cues:
            words = (part if part == "#" else self._word(part) for part in self._tokens.spelled(cue.text))
            together.setdefault(tuple(words), []).append(cue)
        for words, meant in together.items():
            self._cues.add(list(words), tuple(meant))

    def _mentions(self, note: str) -> list[Mention]:
        tokens = self._tokens.of(note)
        words = [token[0] for token in tokens]
        letters = [token[1] for token in tokens]
        starts = [token[2] for token in tokens]
        shared = self._shared.of(note) if self._shared else []
        mentions: list[Mention] = []
        for left, right in self._sentences(note, starts):
            found = self._terms(words, letters, left, right)
            found += [
                Found(place, place + 1, meaning)
                for at, meaning in shared
                if left <= (place := bisect_right(starts, at) - 1) < right
            ]
            if found:
                mentions += self._judged(note, tokens, words, longest(found), left, right)
        return mentions

    def _sentences(self, note: str, starts: list[int]) -> Iterator[tuple[int, int]]:
        """Tokens [left, right) of each sentence; what goes on for too long is cut."""
        left = 0
        for end in sentence_ends(note, self._abbreviations):
            last = bisect_left(starts, end, left)
            for first in range(left, last, _LONGEST_SENTENCE):
                yield first, min(first + _LONGEST_SENTENCE, last)
            left = last

    def _terms(self, words: list[int], letters: list[int], left: int, right: int) -> list[Found]:
        found: list[Found] = []
        first, first_exact = self._phrases.root, self._exact.root
        for place in range(left, right):
            if words[place] in first:
                found += self._phrases.at(words, place, right)
            if letters[place] in first_exact:
                found += self._exact.at(letters, place, right)
        return found

    def _judged(
        self, note: str, tokens: list, words: list[int], terms: list[Found], left: int, right: int
    ) -> list[Mention]:
        def is_number(place: int) -> bool:
            _, _, start, length = tokens[place]
            word = note[start : start + length].lower()
            return word.isdigit() or word in self._numbers

        covered = {place for term in terms if term.meaning[0] for place in range(term.start, term.end)}
        cues: list[Found] = []
        for place in range(left, right):
            if words[place] in self._cues.root or "number" in self._cues.root and is_number(place):
                cues += self._cues.at(words, place, right, is_number)
        cues = [c for c in longest(cues) if c.start not in covered or c.end - 1 not in covered]
        ors = {place for at in cues for place in range(at.start, at.end) if at.meaning[0].kind == "or"}
        light = [
            p in covered or p in ors or words[p] in self._glue or not note[tokens[p][2]].isalnum()
            for p in range(left, right)
        ]
        commas, colons = (
            [place for place in range(left, right) if words[place] == sign] for sign in self._signs
        )
        sentence = Sentence(
            left, right, light, [p in covered for p in range(left, right)], commas, colons, cues
        )
        return [self._mention(tokens, term, said_of(term, sentence)) for term in terms if term.meaning[0]]

    def _mention(self, tokens: list, term: Found, said: set[str]) -> Mention:
        concept_id, text, denied = term.meaning
        last = tokens[term.end - 1]
        return Mention(
            tokens[term.start][2],
            last[2] + last[3],
            concept_id,
            text,
            frozenset(said | {"negation"} if denied else said),
        )


@cache
def finder(language: str) -> Finder:
    """The finder of a language, made once in a process."""
    return Finder(read_lexicon(language))
