"""Small numbers are kept back, and so is what could be computed from them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thin_assets.domain.disclosure import complement, is_disclosive, rate_is_shown, shown


@pytest.mark.parametrize("count", range(1, 10))
def test_one_to_nine_persons_are_never_shown(count: int) -> None:
    assert shown(count) is None


@pytest.mark.parametrize("count", [10, 11, 1_000_000])
def test_ten_and_more_are_shown_as_they_are(count: int) -> None:
    assert shown(count) == count


def test_nobody_is_shown_only_where_nobody_could_be() -> None:
    """An empty cell tells something about everybody in it, unless it had to be empty."""
    assert shown(0) is None
    assert shown(0, structural_zero=True) == 0


def test_the_limit_may_be_raised_and_lowered_to_five_but_no_further() -> None:
    assert is_disclosive(19, limit=20)
    assert not is_disclosive(5, limit=5)
    with pytest.raises(ValueError, match="below 5"):
        is_disclosive(100, limit=4)


@pytest.mark.parametrize(
    ("numerator", "denominator", "allowed"),
    [(10, 30, True), (9, 1000, False), (10, 29, False), (0, 1000, False)],
)
def test_a_rate_needs_ten_cases_and_thirty_persons(numerator: int, denominator: int, allowed: bool) -> None:
    assert rate_is_shown(numerator, denominator) is allowed


def test_a_single_hidden_part_of_a_shown_total_hides_the_smallest_other_part() -> None:
    counts = {"all": 60, "a": 4, "b": 26, "c": 30}
    assert complement(counts, {"a"}, [("all", ["a", "b", "c"])]) == {"a", "b"}


def test_hidden_parts_that_are_few_together_hide_one_more() -> None:
    """Two empty bands of age: the total less the others would say that both are empty."""
    counts = {"all": 56, "young": 0, "middle": 0, "old": 26, "oldest": 30}
    found = complement(counts, {"young", "middle"}, [("all", ["young", "middle", "old", "oldest"])])
    assert found == {"young", "middle", "old"}


def test_where_no_other_part_is_left_the_total_is_hidden_too() -> None:
    assert complement({"all": 14, "a": 6, "b": 8}, {"a", "b"}, [("all", ["a", "b"])]) == {"a", "b"}
    assert complement({"all": 7, "a": 7}, {"a"}, [("all", ["a"])]) == {"a", "all"}


def test_a_hidden_total_gives_nothing_away() -> None:
    assert complement({"all": 7, "a": 3, "b": 4}, {"all", "a"}, [("all", ["a", "b"])]) == {"all", "a"}


@given(st.lists(st.lists(st.integers(0, 40), min_size=2, max_size=4), min_size=2, max_size=4))
def test_no_hidden_number_of_a_table_can_be_computed_from_a_row_or_a_column(table: list[list[int]]) -> None:
    """The attack: subtract what is shown of a row or column from its total, where that is shown."""
    width = min(map(len, table))
    cells = {(row, column): table[row][column] for row in range(len(table)) for column in range(width)}
    rows = [((row, "all"), [(row, column) for column in range(width)]) for row in range(len(table))]
    columns = [(("all", column), [(row, column) for row in range(len(table))]) for column in range(width)]
    totals = [*rows, *columns]
    counts = cells | {total: sum(cells[part] for part in parts) for total, parts in totals}
    hidden = complement(counts, {key for key, count in counts.items() if is_disclosive(count)}, totals)
    for total, parts in totals:
        inside = [part for part in parts if part in hidden]
        if inside and total not in hidden:
            assert len(inside) > 1
            assert sum(counts[part] for part in inside) >= 10
