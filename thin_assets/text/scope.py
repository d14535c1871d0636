"""What a sentence says of a term in it: the reach of cues, after ConText (Harkema, J Biomed Inform 2009).

A cue reaches from where it stands to the end of its sentence (`before`), back to its beginning (`after`), or
both (`any`); `end` is a cue that closes its part of the sentence (`fever: no`). Commas separate the parts.
- `stop` (but, now) ends the reach of a denial, a fear or a past, and so does `since`; `subject` (the patient)
  that of somebody else.
- A denial, a fear or a past reaches beyond a comma only along a list: parts that hold a term and next to
  nothing besides (`no fever, cough or wheeze`, not `no fever, productive cough since May`). A fear needs the
  `or`, or a colon after its cue, for what is told beside a fear is often true.
- Somebody else (`father`) is spoken of until the sentence turns to the patient; beyond a comma only where his
  part begins with him (`father asthma, COPD`, not `low since death of father, cough`).
- `none` is no cue, and hides the shorter cues in it (`no change in`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from thin_assets.text.lexicon import Cue
from thin_assets.text.phrases import Found

_FAR, _NEAR = 6, 4
"""Words that say something else, over which a cue may reach forward and back."""

_BESIDE, _BESIDE_IN_A_LIST = 1, 2
"""Such words beside the term of a list, where no `or` tells that it is one, and where one does."""

SAID = ("negation", "other_subject", "hypothetical", "past")


@dataclass(frozen=True, slots=True)
class Sentence:
    """Tokens [start, end) of a note, as scope sees them.

    light     of each token: whether it counts for nothing between a cue and a term (glue, or part of a term)
    terms     of each token: whether it is part of a term
    commas    where the commas are
    colons    where the colons are
    cues      each with what its words may be: one word may deny what follows it, or what came before
    """

    start: int
    end: int
    light: Sequence[bool]
    terms: Sequence[bool]
    commas: Sequence[int]
    colons: Sequence[int]
    cues: Sequence[Found]

    def heavy(self, start: int, end: int) -> int:
        """How many tokens say something else."""
        return sum(not self.light[place - self.start] for place in range(start, end))

    def commas_in(self, start: int, end: int) -> list[int]:
        """The commas among some tokens."""
        return [comma for comma in self.commas if start <= comma < end]

    def has(self, kind: str, start: int, end: int) -> bool:
        """Whether a cue of a kind begins among some tokens."""
        return any(start <= at.start < end and _is(at, kind) for at in self.cues)

    def opens_part(self, at: Found) -> bool:
        """Whether a cue begins its part, but for a word or so that says little, and no term."""
        start = max((comma + 1 for comma in self.commas if comma < at.start), default=self.start)
        words = range(start, at.start)
        cues = {place for cue in self.cues for place in range(cue.start, cue.end)}
        told = any(self.terms[place - self.start] for place in words)
        return not told and sum(p not in cues and not self.light[p - self.start] for p in words) <= 1

    def part_end(self, place: int) -> int:
        """Where the part that a token stands in ends: a comma, a stop, or the end of the sentence."""
        ends = [comma for comma in self.commas if comma >= place]
        ends += [
            at.start for at in self.cues if at.start >= place and (_is(at, "stop") or _is(at, "subject"))
        ]
        return min(ends, default=self.end)


def said_of(term: Found, sentence: Sentence) -> set[str]:
    """Which of SAID the sentence says of a term."""
    return {
        cue.kind
        for at in sentence.cues
        for cue in at.meaning
        if cue.kind in SAID and _reaches(at, cue, term, sentence)
    }


def _is(at: Found, kind: str) -> bool:
    return any(cue.kind == kind for cue in at.meaning)


def _reaches(at: Found, cue: Cue, term: Found, sentence: Sentence) -> bool:
    if at.end <= term.start:
        return cue.side in ("before", "any") and _forward(at, cue, term, sentence)
    if cue.side == "before" or at.start < term.end or (cue.side == "end" and not _closes(at, sentence)):
        return False
    return _back(at, cue, term, sentence)


def _closes(at: Found, sentence: Sentence) -> bool:
    return at.end in sentence.commas or sentence.heavy(at.end, sentence.end) == 0


def _forward(at: Found, cue: Cue, term: Found, sentence: Sentence) -> bool:
    if cue.kind == "other_subject":
        # `father reports`: a verb next to him is his, and one further on the patient's
        turned = sentence.has("subject", at.end + 1, term.start)
        crosses = bool(sentence.commas_in(at.end, term.start))
        return not turned and (not crosses or sentence.opens_part(at))
    if any(sentence.has(kind, at.end, term.start) for kind in ("stop", "since")):
        return False
    commas = sentence.commas_in(at.end, term.start)
    if not commas:
        return sentence.heavy(at.end, term.start) <= _FAR
    return _is_list(at, cue, commas, term, sentence)


def _is_list(at: Found, cue: Cue, commas: list[int], term: Found, sentence: Sentence) -> bool:
    """Whether parts from a cue to a term are one list; the last part is held to less than those between."""
    edges = [at.end, *(comma + 1 for comma in commas)]
    has_or = sentence.has("or", edges[-1], sentence.end)
    if cue.kind == "hypothetical" and not has_or and at.end not in sentence.colons:
        return False
    beside = _BESIDE_IN_A_LIST if has_or else _BESIDE
    if any(sentence.heavy(left, comma) > beside for left, comma in zip(edges, commas, strict=False)):
        return False
    end = max(sentence.part_end(term.end), term.end)
    return sentence.heavy(edges[-1], end) <= (_BESIDE_IN_A_LIST if has_or else 0)


def _back(at: Found, cue: Cue, term: Found, sentence: Sentence) -> bool:
    stopped = any(sentence.has(kind, term.end, at.start) for kind in ("stop", "since", "subject"))
    if stopped or sentence.commas_in(at.start - 1, at.start):
        return False
    between = sentence.heavy(term.end, at.start)
    if not sentence.commas_in(term.end, at.start):
        return between <= _NEAR
    return cue.kind != "other_subject" and between == 0
