"""What is hidden beside what is small, on tables that can be followed by hand."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thin_assets.disclosure.attack import Attacker
from thin_assets.disclosure.protect import View, protect
from thin_assets.disclosure.table import Cell, Range, Table

WIDTH = 10.0


def view(
    table: Table,
    hidden: Iterable[Cell],
    *,
    moved: dict[Cell, Range] | None = None,
    fixed: Iterable[Cell] = (),
) -> View:
    """Small numbers are hidden first, totals last."""
    return View(
        hidden=frozenset(hidden),
        width=WIDTH,
        seen={cell: (value, value) for cell, value in table.values.items()},
        moved={cell: (known, 5.0) for cell, known in (moved or {}).items()},
        fixed=frozenset(fixed),
        cost=lambda cell: ("all" in str(cell), table.values[cell]),
    )


def one_sum(*parts: int) -> Table:
    values = {f"part {place}": part for place, part in enumerate(parts)}
    return Table(values | {"all": sum(parts)}, sums=[("all", list(values))])


def test_the_smallest_other_part_is_hidden_with_a_small_one() -> None:
    table = one_sum(4, 26, 30)
    assert protect(table, view(table, ["part 0"])) == {"part 0", "part 1"}


def test_parts_that_are_few_together_need_a_third() -> None:
    table = one_sum(3, 4, 26, 30)
    assert protect(table, view(table, ["part 0", "part 1"])) == {"part 0", "part 1", "part 2"}


def test_where_no_part_is_left_the_total_is_hidden() -> None:
    table = one_sum(7)
    assert protect(table, view(table, ["part 0"])) == {"part 0", "all"}


def test_a_hidden_total_protects_its_hidden_parts() -> None:
    table = one_sum(3, 4)
    assert protect(table, view(table, ["part 0", "part 1", "all"])) == {
        "part 0",
        "part 1",
        "all",
    }


def test_cells_that_are_fixed_are_left_and_nothing_is_promised_where_all_are() -> None:
    table = one_sum(4, 26, 30)
    assert protect(table, view(table, ["part 0"], fixed=["part 1"])) == {"part 0", "part 2"}
    assert protect(table, view(table, ["part 0"], fixed=["part 1", "part 2", "all"])) is None


def test_a_part_that_may_be_one_of_last_months_hides_its_neighbour_by_itself() -> None:
    """26 is shown since it was 30 of which nine may have gone: four is then anything from nothing to 21."""
    table = one_sum(4, 26, 30)
    assert protect(table, view(table, ["part 0"], moved={"part 1": (19, 41)}, fixed=["part 1"])) == {"part 0"}


def test_a_change_that_the_sum_would_tell_hides_what_tells_it() -> None:
    """The part stayed at what it was, and the total less the other part is what it is now."""
    table = one_sum(26, 30)
    found = protect(table, view(table, [], moved={"part 0": (19, 41)}, fixed=["part 0"]))
    assert found == {"part 1"}


def test_persons_of_several_ages_are_bounded_by_their_total() -> None:
    """A total of 50 over ages of 30 and a hidden one: it has 20 at least, and 50 at most."""
    table = Table({"30s": 30, "40s": 22, "all": 50}, unions=[("all", ["30s", "40s"])])
    attacker = Attacker(table, ["30s", "40s", "all"])
    seen = {"30s": (30.0, 30.0), "all": (50.0, 50.0)}
    assert attacker.widths(seen, {"40s": 100.0})["40s"] == pytest.approx(30, abs=1e-3)


def test_cases_are_among_the_persons() -> None:
    table = Table({"cases": 4, "persons": 12}, within=[("cases", "persons")])
    attacker = Attacker(table, ["cases", "persons"])
    assert attacker.widths({"persons": (12.0, 12.0)}, {"cases": 100.0})["cases"] == pytest.approx(
        12, abs=1e-3
    )


def test_pieces_that_share_nothing_are_attacked_apart() -> None:
    table = Table({"a": 1, "b": 2, "c": 3, "d": 4}, sums=[("a", ["c"])], within=[("b", "d")])
    assert table.pieces() == [["a", "c"], ["b", "d"]]


@given(st.lists(st.integers(0, 60), min_size=1, max_size=6))
def test_one_sum_is_judged_without_a_program_as_with_one(parts: list[int]) -> None:
    """The same table with a sum that tells nothing, so that a program is needed."""
    alone = one_sum(*parts)
    idle = Table(
        dict(alone.values) | {"beside": alone.values["part 0"] + 7, "far": 7},
        sums=[*alone.sums, ("beside", ["part 0", "far"])],
    )
    small = [cell for cell, value in alone.values.items() if value < 10]
    found = protect(alone, view(alone, small))
    assert found == protect(idle, view(idle, [*small, "beside", "far"])) - {"beside", "far"}


def test_a_cell_that_nothing_is_tied_to_is_known_by_what_is_seen_of_it_alone() -> None:
    """No program is needed: its range is its range, and hidden it may be anything."""
    table = Table({"a": 12, "b": 40, "c": 28}, sums=[("b", ["c"])])
    alone = Attacker(table, ["a"])
    assert alone.widths({"a": (3, 21)}, {"a": 9}) == {"a": pytest.approx(18)}
    assert Attacker(table, ["a"]).widths({}, {"a": 10})["a"] > 900
