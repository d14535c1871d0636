"""How small a number may be before it could point at somebody, and what is shown instead.

A count of persons from 1 to 9 is not shown. A zero is shown only where nothing else was possible (men do
not get pregnant), for else it says that none of the persons in the cell has the disease. A rate is shown
only over numbers large enough. The limit may be raised, and lowered to 5, never further.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import TypeVar

SMALLEST_SHOWN = 10
"""Default limit: stricter than the 5 that is common, because cells meet over countries and months."""

Cell = TypeVar("Cell", bound=Hashable)
Sum = tuple[Cell, Sequence[Cell]]
"""A cell that is a total, and the cells that it is the sum of."""

LOWEST_LIMIT = 5
SMALLEST_DENOMINATOR = 30


def is_disclosive(count: int, *, limit: int = SMALLEST_SHOWN, structural_zero: bool = False) -> bool:
    """Whether a count of persons must not be shown.

    limit              smallest count that is shown, 5 or more; ValueError below
    structural_zero    True where a zero says nothing, because nothing else was possible
    >>> [is_disclosive(count) for count in (0, 1, 9, 10)], is_disclosive(0, structural_zero=True)
    ([True, True, True, False], False)
    """
    if limit < LOWEST_LIMIT:
        raise ValueError(f"a limit below {LOWEST_LIMIT} shows too little a group")
    if count == 0:
        return not structural_zero
    return count < limit


def shown(count: int, *, limit: int = SMALLEST_SHOWN, structural_zero: bool = False) -> int | None:
    """The count, or None where it must not be shown.

    >>> shown(12), shown(3)
    (12, None)
    """
    return None if is_disclosive(count, limit=limit, structural_zero=structural_zero) else count


def rate_is_shown(numerator: int, denominator: int, *, limit: int = SMALLEST_SHOWN) -> bool:
    """Whether a rate, and its interval with it, rests on numbers large enough to be shown."""
    return not is_disclosive(numerator, limit=limit) and denominator >= SMALLEST_DENOMINATOR


def complement(
    counts: Mapping[Cell, int], hidden: set[Cell], sums: Sequence[Sum], *, limit: int = SMALLEST_SHOWN
) -> set[Cell]:
    """The hidden cells, and those that must be hidden with them because sums would give them away.

    sums       each total with its parts: a total less its shown parts is what its hidden parts add up to
    returns    cells such that the hidden parts of a shown total are two or more, and `limit` or more together
    >>> sorted(complement({"all": 30, "f": 4, "m": 26}, {"f"}, [("all", ["f", "m"])]))
    ['f', 'm']
    """
    hidden = set(hidden)
    while exposed := next(_exposed(counts, hidden, sums, limit), None):
        total, parts = exposed
        still_shown = [part for part in parts if part not in hidden]
        hidden.add(min(still_shown, key=lambda part: (counts[part], str(part))) if still_shown else total)
    return hidden


def hidden_parts(counts: Mapping[Cell, int], few: set[Cell], *, limit: int = SMALLEST_SHOWN) -> set[Cell]:
    """Parts of a whole that is known: those that are few, and those that must be hidden with them.

    >>> sorted(hidden_parts({"a": 50, "b": 4, "c": 20}, {"b"}))
    ['b', 'c']
    """
    whole = object()
    cells = {**counts, whole: sum(counts.values())}
    return complement(cells, few, [(whole, list(counts))], limit=limit) - {whole}


def _exposed(counts: Mapping[Cell, int], hidden: set[Cell], sums: Sequence[Sum], limit: int) -> Iterator[Sum]:
    """Shown totals whose hidden parts can be told from what is shown."""
    for total, parts in sums:
        inside = [counts[part] for part in parts if part in hidden]
        if inside and total not in hidden and (len(inside) == 1 or sum(inside) < limit):
            yield total, parts
