"""Where sentences end: at a sign, a line, a semicolon; not at the point of an abbreviation or a number."""

import re

_END = re.compile(r"[.!?]+(?=\s|$)|(?<=[^\W\d]{3})\.(?=[^\W\d])|[;\n\r]+")
_LAST_WORD = re.compile(r"[^\W\d_]+(?:\.[^\W\d_]+)*$")


def sentence_ends(text: str, abbreviations: frozenset[str]) -> list[int]:
    """Characters up to the end of each sentence, the sign that ends it included; the last is the text's end.

    abbreviations    in lower case, without the last point: `dr`, `z.n`
    >>> sentence_ends("Dr. X: tired. No fever", frozenset({"dr"}))
    [13, 22]
    """
    ends = []
    for found in _END.finditer(text):
        start = found.start()
        sign = found.group()
        if sign == "." and _is_abbreviation(text, start, abbreviations):
            continue
        if sign == "?" and start and text[start - 1].isspace() and found.end() < len(text):
            continue  # `cough ? LRTI`: it asks about what follows
        ends.append(found.end())
    if not ends or ends[-1] < len(text):
        ends.append(len(text))
    return ends


def _is_abbreviation(text: str, point: int, abbreviations: frozenset[str]) -> bool:
    word = _LAST_WORD.search(text, max(0, point - 12), point)
    if word is None:
        return False
    last = word.group().lower()
    return last in abbreviations or len(last.rpartition(".")[2]) == 1
