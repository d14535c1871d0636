"""How two spellings of a word are known to be one: case, accents, endings and, where a language has them, compounds."""

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

_APART = str.maketrans({"ß": "ss", "œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "’": "'", "´": "'"})
_SHORTEST_END, _SHORTEST_START = 5, 4
"""Letters of a term from which on it may be the end, or the beginning, of a longer word."""


class Speller:
    """Turns a word into what it is compared by.

    endings      taken off once, the longest that leaves `shortest` letters
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
        for ending in self._endings:
            if plain.endswith(ending) and len(plain) - len(ending) >= self._shortest:
                return plain[: -len(ending)]
        return plain


def splitting_compounds(
    speller: Speller, known: Iterable[str], parts: Iterable[str], tails: Iterable[str]
) -> Callable[[str], str]:
    """A speller for languages that write compounds in one word: `Reizhusten` is compared as `Husten`.

    known    words that stand for themselves, compared forms; `Keuchhusten` is one, and no cough
    parts    single words of the dictionary, compared forms: what a longer word may end with
    tails    what may follow such a word within a longer one: `Hustenattacke`
    """
    whole = frozenset(known)
    starts = sorted((part for part in parts if len(part) >= _SHORTEST_START), key=lambda p: (-len(p), p))
    ends = [part for part in starts if len(part) >= _SHORTEST_END]
    after = tuple(tails)

    def compared(word: str) -> str:
        spelled = speller.of(word)
        if spelled in whole or len(spelled) <= _SHORTEST_END:
            return spelled
        for part in ends:
            if spelled.endswith(part):
                return part
        if spelled.endswith(after):
            for part in starts:
                if spelled.startswith(part):
                    return part
        return spelled

    return compared
