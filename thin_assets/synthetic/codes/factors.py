"""Codes of wide mode: local concepts, whose ids OMOP leaves above 2,000,000,000 to whoever runs it.

Nothing can be told from the code of a factor. A vocabulary knows it only when it was given `local_concepts`.
"""

CODE_SYSTEM = "FACTOR"
VOCABULARY = "THINLIKE_FACTOR"
FIRST_CONCEPT = 2_000_000_001
"""Concept of the first factor; the others follow."""


def code(number: int) -> str:
    """Delivered code of a factor.

    >>> code(12)
    'F00012'
    """
    return f"F{number:05d}"


def targets(text: str) -> tuple[int, ...]:
    """The local concept of a code; none for what is no code of a factor.

    >>> targets("F00012"), targets("ZZ9Z9")
    ((2000000013,), ())
    """
    return (FIRST_CONCEPT + int(text[1:]),) if text[:1] == "F" and text[1:].isdigit() else ()


def local_concepts(count: int) -> list[tuple[int, str, str]]:
    """Concept id, code and name of every factor: what a vocabulary needs to know of them."""
    return [(FIRST_CONCEPT + one, code(one), f"Local factor {one}") for one in range(count)]
