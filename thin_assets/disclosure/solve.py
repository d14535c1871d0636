"""Whether a hidden number follows from what is shown: the sums that everybody knows are equations."""

from collections.abc import Callable, Sequence

import numpy as np

from thin_assets.domain.disclosure import Cell, Sum

_ZERO = 1e-9


def solvable(hidden: set[Cell], sums: Sequence[Sum]) -> set[Cell]:
    """Hidden cells that have one solution only.

    >>> solvable({"a", "b"}, [("all", ["a", "b", "c"])]), solvable({"a"}, [("all", ["a", "b", "c"])])
    (set(), {'a'})
    """
    place = {cell: number for number, cell in enumerate(sorted(hidden, key=str))}
    matrix = np.zeros((len(sums) + 1, len(place)))
    for row, (total, parts) in enumerate(sums):
        for cell, sign in ((total, -1.0), *((part, 1.0) for part in parts)):
            if cell in place:
                matrix[row, place[cell]] += sign
    _, sizes, directions = np.linalg.svd(matrix)
    free = directions[int((sizes > _ZERO).sum()) :]
    moves = np.abs(free).max(axis=0, initial=0.0)
    return {cell for cell, number in place.items() if moves[number] < _ZERO}


def hide_until_unsolvable(
    secrets: set[Cell],
    hidden: set[Cell],
    sums: Sequence[Sum],
    *,
    cost: Callable[[Cell], tuple],
    public: set[Cell],
) -> set[Cell]:
    """The hidden cells, and as many others as it takes until no secret has one solution only.

    secrets    among the hidden ones
    cost       the cheapest cell is hidden first, of those after which fewest secrets can be solved for
    public     cells that are told elsewhere: hidden only where nothing else is left
    """
    hidden = set(hidden)
    while secrets & solvable(hidden, sums):
        beside = _beside(hidden, sums)
        candidates = (beside - public) or beside
        if not candidates:
            break
        left = {cell: len(secrets & solvable(hidden | {cell}, sums)) for cell in candidates}
        hidden.add(min(candidates, key=lambda cell: (left[cell], cost(cell))))
    return hidden


def _beside(hidden: set[Cell], sums: Sequence[Sum]) -> set[Cell]:
    """Shown cells that share a sum with a hidden one."""
    cells = ({total, *parts} for total, parts in sums)
    return {cell for known in cells if known & hidden for cell in known - hidden}
