"""What is decided of every cell of an aggregate: shown as what, or hidden and why.

A cell that was published before is compared with what it counted then: where it differs by fewer persons than
may be shown, the decision of then stands, be it a number or nothing. So two tables never differ by a few.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from thin_assets.disclosure.protect import View, protect
from thin_assets.disclosure.table import Range, Table, could_be, rounded
from thin_assets.domain.disclosure import is_disclosive
from thin_assets.published.aggregates.cube import Block, Cell
from thin_assets.published.aggregates.ledger import Told
from thin_assets.published.declared.disclosure import Count

SMALL, DOMINATED, COMPLEMENTARY, DIFFERENCING = "small", "dominated", "complementary", "differencing"
LINKED = "linked"
REASONS = (SMALL, DOMINATED, COMPLEMENTARY, DIFFERENCING, LINKED)
"""Why a number is hidden, or stays as it was."""

ROUNDING = "rounding"

Cells = dict[Cell, Told]
Decided = Sequence[Mapping[Cell, Told]]


def decide(block: Block, before: Decided, beside: Decided, without: frozenset[str]) -> Cells:
    """Decisions for every cell of a block; persons first, for amounts are hidden with them."""
    counts = _Deciding(block, block.counts, before, beside, without).decide({})
    few = {
        (one.column, key): LINKED
        for one in block.rules.amounts
        for key in block.keys
        if counts[one.persons, key].shown is None
    }
    return counts | _Deciding(block, block.amounts, before, beside, without).decide(few)


@dataclass(frozen=True)
class _Deciding:
    """One table of a block, with what was told of its cells before, and of cells that are like them."""

    block: Block
    table: Table
    before: Decided
    beside: Decided
    without: frozenset[str]

    @property
    def limit(self) -> int:
        return self.block.rules.smallest_shown

    @property
    def base(self) -> int:
        return 1 if ROUNDING in self.without else self.block.rules.rounded_to

    @property
    def whole(self) -> bool:
        return self.table is self.block.counts

    def decide(self, linked: Mapping[Cell, str]) -> Cells:
        """A decision for every cell; `linked` are hidden whatever they are."""
        told = {cell: self._standing(cell) or self._fresh(cell) for cell in self.table.values}
        told |= {cell: Told(self.table.values[cell], None, why) for cell, why in linked.items()}
        if COMPLEMENTARY in self.without:
            return told
        view = self._view(told)
        hidden = protect(self.table, view)
        if hidden is None:
            return self._as_before(linked)
        extra = {cell: Told(self.table.values[cell], None, COMPLEMENTARY) for cell in hidden - view.hidden}
        return told | extra

    def _standing(self, cell: Cell) -> Told | None:
        """What was decided before, where the cell has hardly changed since."""
        if DIFFERENCING in self.without:
            return None
        value = self.table.values[cell]
        known = (one[cell] for one in (*self.before, *self.beside) if cell in one)
        near = (told for told in known if abs(value - told.exact) < self.limit)
        return next((told for told in near if self._is_strict(told)), None)

    def _is_strict(self, told: Told) -> bool:
        """Whether a decision holds under the rules of now: they may have become stricter since."""
        if not told.shown:
            return True
        return told.shown % self.base == 0 and (not self.whole or told.shown >= self.limit)

    def _fresh(self, cell: Cell) -> Told:
        value, why = self.table.values[cell], None
        if self.whole:
            why = self._too_small(cell, int(value)) or self._dominated(cell, int(value))
        return Told(value, None if why else rounded(value, self.base), why)

    def _too_small(self, cell: Cell, value: int) -> str | None:
        zero = self.block.may_only_be_empty(cell[1])
        few = is_disclosive(value, limit=self.limit, structural_zero=zero)
        return SMALL if few and SMALL not in self.without else None

    def _dominated(self, cell: Cell, value: int) -> str | None:
        """Whether few practices, or nearly one alone, make up a cell."""
        column, rules = self._declared(cell[0]), self.block.rules
        if not (column.practices and value) or DOMINATED in self.without:
            return None
        row = self.block.rows.get(cell[1], {})
        enough = (row.get(column.practices) or 0) >= rules.fewest_practices
        spread = (row.get(column.largest) or 0) <= rules.largest_share * value
        return None if enough and spread else DOMINATED

    def _declared(self, name: str) -> Count:
        return next(one for one in self.block.rules.counts if one.column == name)

    def _view(self, told: Cells) -> View:
        values = self.table.values
        hidden = frozenset(cell for cell, one in told.items() if one.shown is None)
        shown = {cell: one for cell, one in told.items() if one.shown is not None}
        moved = {
            cell: (self._since(one.shown, values[cell]), self._apart(cell, one))
            for cell, one in shown.items()
            if self.whole and one.exact != values[cell]
        }
        return View(
            hidden=hidden,
            width=float(self.limit),
            seen={cell: self._seen(one.shown, values[cell]) for cell, one in shown.items()},
            moved=moved,
            fixed=frozenset(cell for cell, one in shown.items() if self._is_fixed(cell, one)),
            cost=self._cost,
        )

    def _is_fixed(self, cell: Cell, told: Told) -> bool:
        """Whether a cell stays as it was shown, or is a zero that everybody knows."""
        if told.shown == 0 and self.whole:
            return True
        return DIFFERENCING not in self.without and any(one.get(cell) == told for one in self.before)

    def _seen(self, shown: float, value: float) -> Range:
        low, high = could_be(shown, self.base, whole=self.whole, least=self.limit)
        return min(low, value), max(high, value)

    def _since(self, shown: float, value: float) -> Range:
        """What a cell can be that is shown as before: it changed by fewer than may be shown, or by none."""
        low, high = could_be(shown, self.base, whole=True, least=self.limit)
        return max(min(low - self.limit + 1, value), 0.0), max(high + self.limit - 1, value)

    def _apart(self, cell: Cell, told: Told) -> float:
        """Width that such a cell must keep, so that its change is one of `limit` numbers or more.

        Between months it keeps all of it by itself, whatever is told of the month on the other side. Between
        parts of one table the number that it is shown as has a width of its own.
        """
        if any(one.get(cell) == told for one in self.before):
            return self.limit - 1
        low, high = could_be(told.shown, self.base, whole=True, least=self.limit)
        return self.limit - 1 - (high - low)

    def _cost(self, cell: Cell) -> tuple:
        """Totals last, small numbers first."""
        return self.block.is_total(cell[1]), self.table.values[cell]

    def _as_before(self, linked: Mapping[Cell, str]) -> Cells:
        """All as it was last told, and nothing new: what changed cannot be shown beside what was."""
        last = next((one for one in self.before if one), {})
        new = {cell: Told(value, None, DIFFERENCING) for cell, value in self.table.values.items()}
        kept = {cell: one for cell, one in last.items() if self._is_strict(one)}
        return new | {cell: one for cell, one in kept.items() if cell in new and cell not in linked}
