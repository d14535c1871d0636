"""Which cells must be hidden beside those that are too small, until no attacker can tell what is hidden."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from thin_assets.disclosure.attack import Attacker
from thin_assets.disclosure.table import Cell, Range, Table


@dataclass(frozen=True)
class View:
    """What is shown of a table, and what may not be told from it.

    hidden    cells that are not shown
    width     that each of them must keep, even for somebody who knows every shown cell exactly: over many
              months rounding can be averaged away
    seen      range that anybody can give for a cell when it is shown
    moved     cells that are shown as they were though they changed: the range that anybody can give for them,
              and the width that they must keep, given what is seen: else the change would be known
    fixed     cells that stay as they were shown before: to hide them now would hide nothing
    cost      the cheapest cell is hidden first
    """

    hidden: frozenset[Cell]
    width: float
    seen: Mapping[Cell, Range]
    moved: Mapping[Cell, tuple[Range, float]]
    fixed: frozenset[Cell]
    cost: Callable[[Cell], tuple]


def protect(table: Table, view: View) -> set[Cell] | None:
    """The hidden cells and those that must be hidden with them; None where what is fixed tells of them."""
    hidden: set[Cell] = set()
    for piece in table.pieces():
        found = _Piece(table, piece, view).protect()
        if found is None:
            return None
        hidden |= found
    return hidden


class _Piece:
    """Cells that hang together, while more and more of them are hidden."""

    def __init__(self, table: Table, cells: list[Cell], view: View) -> None:
        self.table, self.cells, self.view = table, cells, view
        self.hidden = {cell for cell in cells if cell in view.hidden}
        self.knowing, self.reading = Attacker(table, cells), Attacker(table, cells)

    @cached_property
    def is_one_sum(self) -> bool:
        """Whether one sum is all that ties the cells, and all of them are as they are shown."""
        ties = [total for total, _ in self.table.sums if total in self.cells]
        others = {cell for total, parts in self.table.unions for cell in (total, *parts)}
        others |= {cell for pair in self.table.within for cell in pair}
        return (
            len(ties) == 1 and not others & set(self.cells) and not self.view.moved.keys() & set(self.cells)
        )

    def protect(self) -> set[Cell] | None:
        while narrow := self._told_by_one_sum() or self._told() or self._change_told():
            extra = self._next_to_hide(narrow)
            if extra is None:
                return None
            self.hidden.add(extra)
        return self.hidden

    def _told(self) -> set[Cell]:
        """Hidden cells that somebody could tell too closely who knows every shown cell exactly."""
        if self.is_one_sum:
            return set()  # what one sum tells is told by now, and there is no other
        return _too_narrow(self.knowing, self._known(), dict.fromkeys(self.hidden, self.view.width))

    def _change_told(self) -> set[Cell]:
        """Moved cells whose change a reader of this table could tell too closely."""
        moved = self._moved()
        seen = {cell: self.view.seen[cell] for cell in self.cells if cell not in self.hidden}
        return _too_narrow(self.reading, seen | moved, {cell: self.view.moved[cell][1] for cell in moved})

    def _known(self) -> dict[Cell, Range]:
        values = self.table.values
        known = {cell: (values[cell], values[cell]) for cell in self.cells if cell not in self.hidden}
        return known | self._moved()

    def _moved(self) -> dict[Cell, Range]:
        return {
            cell: self.view.moved[cell][0]
            for cell in self.cells
            if cell in self.view.moved and cell not in self.hidden
        }

    def _told_by_one_sum(self) -> set[Cell]:
        """Hidden cells that one sum gives away by itself: no linear program is needed to see it."""
        known, within, found = self._known(), set(self.cells), set()
        for total, parts in self.table.sums:
            if total in within:
                together = [total, *parts]
                inside = [cell for cell in together if cell in self.hidden]
                ranges = {cell: known[cell] for cell in together if cell not in self.hidden}
                if _room(total, inside, ranges) < self.view.width:
                    found.update(inside)
        return found

    def _next_to_hide(self, narrow: set[Cell]) -> Cell | None:
        """The cheapest cell that may be hidden beside the first one exposed that has any such beside it."""
        for cell in self.cells:
            if cell in narrow:
                found = self._cheapest(self.table.summed_with[cell]) or self._cheapest(
                    self.table.tied_to[cell]
                )
                if found is not None:
                    return found
        return self._cheapest(self.cells)

    def _cheapest(self, cells: Iterable[Cell]) -> Cell | None:
        free = (one for one in cells if one not in self.hidden and one not in self.view.fixed)
        return min(free, key=lambda one: (self.view.cost(one), str(one)), default=None)


def _room(total: Cell, inside: list[Cell], ranges: Mapping[Cell, Range]) -> float:
    """The most that a sum leaves to each of its hidden cells."""
    if not inside:
        return float("inf")
    if len(inside) == 1:
        return sum(high - low for low, high in ranges.values())
    if total in ranges:
        return ranges[total][1] - sum(low for cell, (low, _) in ranges.items() if cell != total)
    return float("inf")


def _too_narrow(attacker: Attacker, seen: Mapping[Cell, Range], asked: dict[Cell, float]) -> set[Cell]:
    widths = attacker.widths(seen, asked)
    return {cell for cell, width in widths.items() if width < asked[cell]}
