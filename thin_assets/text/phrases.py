"""Phrases of one or more words, looked up at every token of a sentence at once: a tree of words."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

_MEANING, _GAP, _NUMBER = "meaning", "gap", "number"
_LONGEST_GAP, _MOST_SKIPPED = 3, 3


@dataclass(frozen=True, slots=True)
class Found:
    """A phrase at tokens [start, end): what it covers, without words that only had to stand beside it."""

    start: int
    end: int
    meaning: Any


class Phrases:
    """A tree of phrases; every method speaks of words by number.

    glue         words that may stand between the words of a phrase, and count for nothing
    is_number    whether a token of the sentence at hand is a number
    """

    def __init__(self, glue: frozenset[int]) -> None:
        self._root: dict = {}
        self._glue = glue

    @property
    def root(self) -> dict:
        """First words of phrases: a token that is none of them needs no look."""
        return self._root

    def add(self, words: list[int | str], meaning: Any, first: int = 0, last: int | None = None) -> None:
        """Add a phrase; glue in it counts for nothing, but for the first and the last word.

        words          numbers, `*` for a gap, `#` for a number
        first, last    the words [first, last) are what it covers; the others must stand beside them
        """
        last = len(words) if last is None else last
        edges = (0, len(words) - 1)
        kept = [place for place, word in enumerate(words) if word not in self._glue or place in edges]
        node, places = self._root, [place for place in kept if words[place] != "*"]
        for place in kept:
            node = node.setdefault({"*": _GAP, "#": _NUMBER}.get(words[place], words[place]), {})
        covered = [step for step, place in enumerate(places) if first <= place < last]
        node.setdefault(_MEANING, []).append((covered[0], covered[-1], meaning))

    def at(
        self, words: list[int], start: int, end: int, is_number: Callable[[int], bool] = lambda _: False
    ) -> Iterator[Found]:
        """Phrases that begin at a token and end before another."""
        waiting = [(self._root, start, 0, ())]
        while waiting:
            node, here, skipped, path = waiting.pop()
            if _MEANING in node:
                for first, last, meaning in node[_MEANING]:
                    yield Found(path[first], path[last] + 1, meaning)
            if here >= end:
                continue
            following = node.get(words[here])
            if following is not None:
                waiting.append((following, here + 1, 0, (*path, here)))
            if _NUMBER in node and is_number(here):
                waiting.append((node[_NUMBER], here + 1, 0, (*path, here)))
            if _GAP in node:
                waiting += [
                    (node[_GAP], later, _MOST_SKIPPED, path)
                    for later in range(here, min(here + _LONGEST_GAP + 1, end))
                ]
            if path and skipped < _MOST_SKIPPED and words[here] in self._glue:
                waiting.append((node, here + 1, skipped + 1, path))


def longest(found: list[Found]) -> list[Found]:
    """Of phrases that overlap, the one that covers most, of equals the first; in order."""
    kept: list[Found] = []
    for one in sorted(found, key=lambda f: (f.start - f.end, f.start)):
        if all(one.end <= other.start or one.start >= other.end for other in kept):
            kept.append(one)
    return sorted(kept, key=lambda f: f.start)
