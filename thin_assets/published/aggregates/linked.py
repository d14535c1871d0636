"""What is told beside a count and does not add up, such as an estimate: as old as the count beside it.

An estimate knows the exact count. Were a new one shown beside a number that stays as it was, it would tell by
how few the count has changed; so it stays as it was too, until every count beside it is told anew.
"""

import math
from collections.abc import Iterator

from thin_assets.published.aggregates.cube import Block, Cell, Key
from thin_assets.published.aggregates.decide import LINKED, Cells, Decided
from thin_assets.published.aggregates.ledger import Told

CARRIED = "carried"
"""The rule that what is linked stays as old as its counts, for tests that leave it out."""

STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.4)
"""Relative steps in which a multiple is told."""

SETS_A_STEP, CASES_A_STEP = 10, 4
"""A step is 10 / sets and 4 / exposed cases or more. What rounding leaves open, two persons up or down, moves
what matching makes of a ratio by 4 / unexposed cases, and by 4 / cases where sets hold many exposed members.
"""


def linked(block: Block, told: Cells, before: Decided, without: frozenset[str]) -> Cells:
    """What is told of the linked columns of a block, in the shape of its counts: for ledger and rows."""
    return dict(_linked(block, told, before, without))


def _linked(
    block: Block, told: Cells, before: Decided, without: frozenset[str]
) -> Iterator[tuple[Cell, Told]]:
    for column, counts in block.rules.linked.items():
        for key in block.keys:
            cell, value = (column, key), block.rows.get(key, {}).get(column)
            beside = [] if CARRIED in without else [(name, key) for name in counts]
            standing = _standing_in(beside, block, told, before)
            if standing is not None:
                yield cell, standing.get(cell, Told(math.nan, None, LINKED))
            else:
                shown = value if LINKED in without else _told_as(block, column, key, value, told)
                yield cell, Told(math.nan if value is None else value, shown)


def _standing_in(cells: list[Cell], block: Block, told: Cells, before: Decided) -> dict | None:
    """What was told when a count was decided that stands since then; None where all of them are new.

    Whether a count has changed by none or by a few makes no difference: else the difference would be seen.
    Of a count that is as another part of the table has it, nothing was told here.
    """
    values = {**block.counts.values, **block.amounts.values}
    for cell in cells:
        since = next((one for one in before if one.get(cell) == told[cell]), None)
        if since is not None or told[cell].exact != values[cell]:
            return since or {}
    return None


def _told_as(block: Block, column: str, key: Key, value: float | None, told: Cells) -> float | None:
    """Multiples in steps that no single person moves by much; whatever else as it is, to two decimals."""
    for one in block.rules.odds_ratios:
        if column in (one.matching, one.spread):
            return in_steps(value, block.rows.get(key, {}).get(one.sets), told[one.cases, key].shown)
    return None if value is None else round(value, 2)


def in_steps(value: float | None, sets: float | None, cases: float | None) -> float | None:
    """A multiple, in relative steps that are the coarser the fewer it rests on; None where it has no end.

    cases    exposed, as shown
    >>> round(in_steps(5.21, 5_000, 400), 3), round(in_steps(5.21, 100, 20), 3)
    (5.207, 4.953)
    """
    if value is None or not (sets and cases) or not 0 < value < math.inf:
        return None
    step = step_of(sets, cases)
    return math.exp(round(math.log(value) / step) * step)


def step_of(sets: float, cases: float) -> float:
    """Relative step in which multiples that rest on so many sets and exposed cases are told."""
    fits = (one for one in STEPS if one * sets >= SETS_A_STEP and one * cases >= CASES_A_STEP)
    return next(fits, STEPS[-1])
