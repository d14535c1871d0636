"""Names that a file of a study declares more than once."""

from collections.abc import Iterable


def repeated(names: Iterable) -> list:
    """Those that occur more than once, sorted.

    >>> repeated(["lung", "breast", "lung"])
    ['lung']
    """
    names = list(names)
    return sorted({name for name in names if names.count(name) > 1})
