"""The attacker: what the smallest and the largest value of each hidden cell can be, given all that is shown.

Sums, unions and the ranges of shown cells are linear, so that a linear program answers exactly. What is found
for one cell is a whole table that fits, and tells of the other cells too: few programs are solved.
"""

from collections.abc import Iterable, Mapping
from functools import cached_property

import numpy as np

from thin_assets.disclosure.table import Cell, Range, Table

FAR = 1000.0
"""How far above its value a hidden cell is followed; any width that is asked for is far below."""

_CLOSE = 1e-6


class Attacker:
    """An attacker on one piece of a table; what was found stays found as more cells are hidden."""

    def __init__(self, table: Table, piece: list[Cell]) -> None:
        self.cells = piece
        self.place = {cell: number for number, cell in enumerate(piece)}
        self.table = table
        self.truth = np.array([table.values[cell] for cell in piece], dtype=float)
        self.low, self.high = np.zeros(len(piece)), np.zeros(len(piece))

    def widths(self, seen: Mapping[Cell, Range], asked: Mapping[Cell, float]) -> dict[Cell, float]:
        """How far the asked cells may move, at least; exact where that is less than what was asked for.

        seen     range of every cell that is shown, its true value included; the others may be anything
        asked    cells with the width that is enough
        """
        found = [seen.get(cell, (0.0, self.table.values[cell] + FAR)) for cell in self.cells]
        ranges = np.array(found, dtype=float) - self.truth[:, None]
        narrow = [cell for cell in asked if self._width(cell) < asked[cell]]
        if len(narrow) > 1:
            self._look(ranges, dict.fromkeys(narrow, 1.0))
            self._look(ranges, dict.fromkeys(narrow, -1.0))
        for cell in narrow:
            for sign in (1.0, -1.0):
                if self._width(cell) < asked[cell]:
                    self._look(ranges, {cell: sign})
        return {cell: self._width(cell) for cell in asked}

    def _width(self, cell: Cell) -> float:
        place = self.place[cell]
        return float(self.high[place] - self.low[place]) + _CLOSE

    def _look(self, ranges: np.ndarray, wanted: Mapping[Cell, float]) -> None:
        """One table that fits and has the wanted cells as small (1) or as large (-1) as can be.

        The program moves the true table, which fits: sums then hold to the last bit, fractions or not.
        """
        from scipy.optimize import linprog

        aim = np.zeros(len(self.cells))
        for cell, sign in wanted.items():
            aim[self.place[cell]] = sign
        equal, at_most = self._known
        told = {"A_eq": equal, "b_eq": np.zeros(equal.shape[0])} if equal.shape[0] else {}
        if at_most.shape[0]:
            told |= {"A_ub": at_most, "b_ub": np.maximum(-(at_most @ self.truth), 0.0)}
        found = linprog(aim, bounds=ranges, method="highs", **told)
        if found.status != 0:
            raise ArithmeticError(f"no table fits what is shown: {found.message}")
        self.low, self.high = np.minimum(self.low, found.x), np.maximum(self.high, found.x)

    @cached_property
    def _known(self) -> tuple:
        """Equations, and what may not be above zero, over the cells of this piece."""
        table = self.table
        sums = [self._row(total, parts) for total, parts in table.sums if total in self.place]
        most = [self._row(total, parts) for total, parts in table.unions if total in self.place]
        inside = [(part, total) for total, parts in table.unions for part in parts]
        most += [self._row(part, [whole]) for part, whole in (*inside, *table.within) if part in self.place]
        return self._matrix(sums), self._matrix(most)

    def _row(self, total: Cell, parts: Iterable[Cell]) -> dict[int, float]:
        return {self.place[total]: 1.0} | {self.place[part]: -1.0 for part in parts}

    def _matrix(self, rows: list[dict[int, float]]):
        from scipy.sparse import csr_array

        entries = [(number, place, sign) for number, row in enumerate(rows) for place, sign in row.items()]
        numbers, places, signs = zip(*entries, strict=True) if entries else ((), (), ())
        return csr_array((signs, (numbers, places)), shape=(len(rows), len(self.cells)))
