"""Words that German and Dutch write in one, and words that share their second half."""

import re
from collections.abc import Callable

from thin_assets.text.lexicon import Lexicon
from thin_assets.text.words import Speller, splitting_compounds

_SHORTEST_PART = 5
"""Letters of a term from which on it may end or begin a longer word; fewer for one of `shared`."""


def compared_by(lexicon: Lexicon, speller: Speller) -> Callable[[str], str]:
    """What words of a language are compared by."""
    if not lexicon.settings.get("compounds"):
        return speller.of
    cues = {speller.of(cue.text) for cue in lexicon.cues}
    lines = [*(cue.text for cue in lexicon.cues), *(term.text for term in lexicon.terms)]
    single = [term.text for term in lexicon.terms if term.text.isalpha() and not term.use and term.concept_id]
    heads = frozenset(lexicon.settings["shared"])
    ends = {
        speller.of(word) for word in single if len(word) >= _SHORTEST_PART or word.lower() in heads
    } - cues
    known = {speller.of(word) for line in lines for word in line.split()}
    return splitting_compounds(speller, known, ends, lexicon.settings["tails"])


class SharedHalves:
    """First halves of two compounds that share their second: `Hals- und Kopfschmerzen`."""

    def __init__(self, lexicon: Lexicon, speller: Speller) -> None:
        joined = "|".join(map(re.escape, lexicon.settings["conjunctions"]))
        self._pair = re.compile(rf"(\w+)-\s+(?:{joined})\s+(\w+)", re.IGNORECASE)
        self._halves = tuple(speller.plain(half) for half in lexicon.settings["shared"])
        self._speller = speller
        self._whole = {
            speller.of(term.text): (term.concept_id, term.text, False)
            for term in lexicon.terms
            if term.text.isalpha() and not term.use and term.concept_id
        }

    def of(self, note: str) -> list[tuple[int, tuple]]:
        """Where such a half starts, and what the word that it stands for means."""
        found = []
        for pair in self._pair.finditer(note) if "- " in note else ():
            second = self._speller.plain(pair[2])
            for half in self._halves:
                meaning = half in second and self._whole.get(self._speller.of(pair[1] + half))
                if meaning:
                    found.append((pair.start(), meaning))
                    break
        return found
