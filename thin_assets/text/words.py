"""How two spellings of a word are known to be one: case, accents, endings, compounds in some languages."""

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

_APART = str.maketrans({"ß": "ss", "œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "’": "'", "´": "'"})


class Speller:
    """Turns a word into what it is compared by.

    endings      taken off, the longest first, as long as `shortest` letters are left
    respelled    letters that stand for another spelling, such as `ue` for ü
    same         whole words that are compared as another, such as `n't` as `not`
    """

    def __init__(
        self,
        endings: Iterable[str],
        shortest: int,
        respelled: Mapping[str, str],
        same: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._endings = sorted(endings, key=len, reverse=True)
        self._shortest, self._respelled, self._same = shortest, respelled, same

    def plain(self, word: str) -> str:
        """The word in lower case, without accents.

        >>> Speller([], 3, {}).plain("Fièvre")
        'fievre'
        """
        letters = unicodedata.normalize("NFKD", word.lower().translate(_APART).rstrip("'"))
        plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
        for spelled, meant in self._respelled.items():
            plain = plain.replace(spelled, meant)
        return plain

    def of(self, word: str) -> str:
        """What the word is compared by.

        >>> Speller(["s", "es"], 3, {}).of("Rashes")
        'rash'
        """
        plain = self.plain(word)
        plain = self._same.get(plain, plain)
        while (shorter := self._without_ending(plain)) != plain:
            plain = shorter
        return plain

    def _without_ending(self, word: str) -> str:
        for ending in self._endings:
            if word.endswith(ending) and len(word) - len(ending) >= self._shortest:
                return word[: -len(ending)]
        return word


def splitting_compounds(
    speller: Speller, known: Iterable[str], ends: Iterable[str], tails: Iterable[str]
) -> Callable[[str], str]:
    """A speller for languages that write compounds in one word: `Reizhusten` is compared as `Husten`.

    known    words that stand for themselves, compared forms; `Keuchhusten` is one, and no cough
    ends     compared forms that a longer word may end with, or begin with where one of the tails ends it
    tails    what may follow such a word within a longer one: `Hustenattacke`
    """
    whole = frozenset(known)
    parts = sorted(ends, key=lambda part: (-len(part), part))
    after = tuple(speller.of(tail) for tail in tails)

    def compared(word: str) -> str:
        spelled = speller.of(word)
        if spelled in whole:
            return spelled
        for part in parts:
            if spelled.endswith(part):
                return part
        if spelled.endswith(after):
            for part in parts:
                if spelled.startswith(part):
                    return part
        return spelled

    return compared
