"""A table as everybody knows it: cells, and which of them add up to which."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from thin_assets.domain.disclosure import SMALLEST_SHOWN, Sum

Cell = Hashable
Range = tuple[float, float]
"""Smallest and largest value that a cell may have, both included."""


@dataclass(frozen=True)
class Table:
    """Exact values of cells, with what ties them; nobody outside sees it.

    values    by cell; none is negative
    sums      a total is exactly the sum of its parts: each person is in one of them
    unions    a total is what its parts cover: a person may be in several of them, and is in one at least
    within    (part, whole): everybody in the part is in the whole
    """

    values: Mapping[Cell, float]
    sums: Sequence[Sum] = ()
    unions: Sequence[Sum] = ()
    within: Sequence[tuple[Cell, Cell]] = ()

    @cached_property
    def summed_with(self) -> dict[Cell, set[Cell]]:
        """Cells that share a sum or a union with each cell."""
        return self._ties({total, *parts} for total, parts in (*self.sums, *self.unions))

    @cached_property
    def tied_to(self) -> dict[Cell, set[Cell]]:
        """Cells that share anything with each cell."""
        nested = self._ties(set(pair) for pair in self.within)
        return {cell: summed | nested[cell] for cell, summed in self.summed_with.items()}

    def _ties(self, groups: Iterable[set[Cell]]) -> dict[Cell, set[Cell]]:
        ties: dict[Cell, set[Cell]] = {cell: set() for cell in self.values}
        for group in groups:
            for cell in group:
                ties[cell] |= group - {cell}
        return ties

    def pieces(self) -> list[list[Cell]]:
        """Cells that hang together, each piece in the table's order: no piece tells of another."""
        seen: set[Cell] = set()
        found = []
        for cell in self.values:
            if cell not in seen:
                piece = self._around(cell)
                seen |= piece
                found.append([one for one in self.values if one in piece] if len(piece) > 1 else [cell])
        return found

    def _around(self, cell: Cell) -> set[Cell]:
        piece, edge = {cell}, [cell]
        while edge:
            edge = [other for one in edge for other in self.tied_to[one] if other not in piece]
            piece.update(edge)
        return piece


def rounded(value: float, base: int) -> int:
    """The nearest multiple of a base; halfway, the upper one.

    >>> [rounded(value, 5) for value in (10, 12, 13, 2.5)]
    [10, 10, 15, 5]
    """
    return int((value + base / 2) // base) * base


def could_be(shown: float, base: int, *, whole: bool, least: int = SMALLEST_SHOWN) -> Range:
    """What a shown number may have been before it was rounded.

    whole    True for persons; time and other amounts come in fractions
    least    smallest number that is shown; a zero that is shown is one
    >>> could_be(10, 5, whole=True), could_be(45, 5, whole=True), could_be(0, 5, whole=True)
    ((10, 12), (43, 47), (0, 0))
    """
    if shown == 0 and whole:
        return 0, 0
    if not whole:
        return max(shown - base / 2, 0.0), shown + base / 2
    return max(shown - base // 2, least), shown + (base - 1) // 2
