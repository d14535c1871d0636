"""The attacker: what the smallest and the largest value of each hidden cell can be, given all that is shown.

Sums, unions and the ranges of shown cells are linear, so that a linear program answers exactly. What is found
for one cell is a whole table that fits, and tells of the other cells too: few programs are solved.
"""

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from thin_assets.disclosure.table import Cell, Range, Table

if TYPE_CHECKING:
    from highspy import Highs

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
        if len(self.cells) == 1:  # nothing ties it to anything: no program is needed
            self.low, self.high = ranges[:, 0], ranges[:, 1]
        narrow = [cell for cell in asked if self._width(cell) < asked[cell]]
        if narrow:
            self._bound(ranges)
        if len(narrow) > 1:
            self._look(dict.fromkeys(narrow, 1.0))
            self._look(dict.fromkeys(narrow, -1.0))
        for cell in narrow:
            for sign in (1.0, -1.0):
                if self._width(cell) < asked[cell]:
                    self._look({cell: sign})
        return {cell: self._width(cell) for cell in asked}

    def _width(self, cell: Cell) -> float:
        place = self.place[cell]
        return float(self.high[place] - self.low[place]) + _CLOSE

    def _look(self, wanted: Mapping[Cell, float]) -> None:
        """One table that fits and has the wanted cells as small (1) or as large (-1) as can be.

        The program moves the true table, which fits: sums then hold to the last bit, fractions or not.
        """
        from highspy import HighsModelStatus

        aim = np.zeros(len(self.cells))
        for cell, sign in wanted.items():
            aim[self.place[cell]] = sign
        self._program.changeColsCost(len(aim), self._columns, aim)
        self._program.run()
        status = self._program.getModelStatus()
        if status != HighsModelStatus.kOptimal:
            raise ArithmeticError(f"no table fits what is shown: {self._program.modelStatusToString(status)}")
        found = np.array(self._program.getSolution().col_value)
        self.low, self.high = np.minimum(self.low, found), np.maximum(self.high, found)

    def _bound(self, ranges: np.ndarray) -> None:
        """How far each cell may move; the solver starts from what it found before."""
        lower, upper = np.ascontiguousarray(ranges.T)
        self._program.changeColsBounds(len(self.cells), self._columns, lower, upper)

    @cached_property
    def _columns(self) -> np.ndarray:
        return np.arange(len(self.cells), dtype=np.int32)

    @cached_property
    def _program(self) -> "Highs":
        """Equations, and what may not be above zero, over the moves of the cells of this piece."""
        from highspy import Highs

        table, program = self.table, Highs()
        program.silent()
        program.setOptionValue("threads", 1)
        program.addVars(len(self.cells), np.zeros(len(self.cells)), np.zeros(len(self.cells)))
        for total, parts in table.sums:
            if total in self.place:
                self._add(program, self._row(total, parts), 0.0, 0.0)
        most = [self._row(total, parts) for total, parts in table.unions if total in self.place]
        inside = [(part, total) for total, parts in table.unions for part in parts]
        most += [self._row(part, [whole]) for part, whole in (*inside, *table.within) if part in self.place]
        for row in most:
            above = sum(sign * self.truth[place] for place, sign in row.items())
            self._add(program, row, -np.inf, max(-above, 0.0))
        return program

    def _add(self, program: "Highs", row: dict[int, float], low: float, high: float) -> None:
        places = np.fromiter(row, dtype=np.int32)
        program.addRow(low, high, len(row), places, np.fromiter(row.values(), dtype=float))

    def _row(self, total: Cell, parts: Iterable[Cell]) -> dict[int, float]:
        return {self.place[total]: 1.0} | {self.place[part]: -1.0 for part in parts}
