"""A note as tokens: spaCy's tokeniser, its contractions, and every other sign a token of its own.

No model and no pipeline: nothing is downloaded, nothing is learnt. spaCy is imported here and nowhere else.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from thin_assets.errors import SettingsError

_SIGN = r"""[^\w\s'’]|_|(?<!\w)['’]|['’](?!\w)"""
_INSIDE = re.compile(rf"""{_SIGN}|(?<=['’])(?=\w)|(?<=\d)(?=[^\W\d]{{2}})""")
_ELISION = re.compile(r"[^\W\d]{1,6}['’](?=\w)")
_CONTRACTION = re.compile(r"[A-Za-z]+n['’]?t|cannot|[A-Za-z]+['’][a-z]{1,2}")


class Tokens:
    """The tokeniser of a language.

    compared    what a word is compared by; asked once for each word of a batch
    elides      whether a short word before an apostrophe is a word of its own: `d'essoufflement`
    """

    def __init__(self, language: str, compared: Callable[[str], str], *, elides: bool) -> None:
        _require_spacy()
        from spacy.attrs import IDX, LENGTH, NORM, ORTH
        from spacy.tokenizer import Tokenizer
        from spacy.vocab import Vocab

        self._columns = [NORM, ORTH, IDX, LENGTH]
        self._vocab = Vocab(lex_attr_getters={NORM: compared})
        prefix = re.compile(rf"(?:{_SIGN})" + (rf"|{_ELISION.pattern}" if elides else ""))
        self._tokenizer = Tokenizer(
            self._vocab,
            rules=_contractions(language),
            prefix_search=prefix.match,
            suffix_search=re.compile(rf"(?:{_SIGN})$").search,
            infix_finditer=_INSIDE.finditer,
        )

    def number(self, word: str) -> int:
        """The number that stands for a word in `of`, for good."""
        return self._vocab.strings.add(word)

    def of(self, text: str) -> list[list[int]]:
        """Of each token: number of what it is compared by, of how it is spelled, start, length."""
        return self._tokenizer(text).to_array(self._columns).tolist()

    @property
    def words_known(self) -> int:
        """How many words are kept in memory."""
        return len(self._vocab.strings)

    def spelled(self, text: str) -> list[str]:
        """The tokens as they stand."""
        return [token.text for token in self._tokenizer(text) if not token.text.isspace()]

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Words met within the block are forgotten after it: memory does not grow with the notes."""
        with self._vocab.memory_zone():
            yield


def _require_spacy() -> None:
    if find_spec("spacy") is None:
        raise SettingsError(
            "text is let in, and spaCy is not installed",
            where="THIN_TEXT_BUNDLES",
            remedy="install it: uv pip install 'thin-assets[text]'; or unset THIN_TEXT_BUNDLES",
        )


def _contractions(language: str) -> dict[str, list[dict]]:
    """spaCy's own splits of contracted words (`can't`, `doesnt`), spelled as they are."""
    from spacy.attrs import ORTH
    from spacy.util import get_lang_class

    if language != "en":
        return {}
    rules = get_lang_class(language).Defaults.tokenizer_exceptions
    return {
        word: [{ORTH: part[ORTH]} for part in parts]
        for word, parts in rules.items()
        if len(parts) > 1 and _CONTRACTION.fullmatch(word)
    }
