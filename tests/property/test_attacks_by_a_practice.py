"""The attack: a practice takes its own patients from the number, and is left with those of the others."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.control import aggregate, before_rounding, values_between
from thin_assets.published.aggregates.control import control
from thin_assets.published.aggregates.decide import DOMINATED

PRODUCT = aggregate(["sex"], counts=[{"column": "persons", "practices": "practices", "largest": "largest"}])
NOBODY = frozenset({DOMINATED})


def published(women: dict[str, int], without: frozenset[str] = frozenset()) -> int | None:
    """The number of women that is shown, given the women of each practice; men are many everywhere."""
    rows = [("f", women), ("m", dict.fromkeys("abcde", 300))]
    rows.append(("all", {one: women.get(one, 0) + 300 for one in "abcde"}))
    exact = [
        (sex, sum(of.values()), sum(count > 0 for count in of.values()), max(of.values())) for sex, of in rows
    ]
    frame = pl.DataFrame(exact, schema=["sex", "persons", "practices", "largest"], orient="row")
    found = control(frame, PRODUCT, without=without)
    assert "practices" not in found.rows.columns and "largest" not in found.rows.columns
    return found.rows.filter(sex="f").item(0, "persons")


def others(shown: int | None, own: int) -> float:
    """How many numbers of others are possible for a practice that has `own` of the persons."""
    low, high = before_rounding(shown)
    return values_between(max(low - own, 0), high - own)


def test_a_practice_with_nearly_all_women_knows_how_few_the_others_have() -> None:
    women = {"a": 56, "b": 2, "c": 1}
    assert others(published(women, NOBODY), own=56) < 10
    assert published(women) is None
    assert others(published(women), own=56) >= 10


@pytest.mark.parametrize(
    ("women", "is_shown"),
    [
        ({"a": 16, "b": 3, "c": 1}, True),  # four fifths, and no more
        ({"a": 17, "b": 2, "c": 1}, False),
        ({"a": 50, "b": 50}, False),  # either of two practices knows the other's
        ({"a": 40, "b": 30, "c": 30}, True),
    ],
)
def test_a_cell_has_three_practices_and_none_with_more_than_four_fifths(women: dict, is_shown: bool) -> None:
    assert (published(women) is not None) == is_shown


def test_of_two_practices_each_could_tell_the_other() -> None:
    women = {"a": 44, "b": 6}
    assert others(published(women, NOBODY), own=44) < 10
    assert others(published(women), own=44) >= 10


@given(st.dictionaries(st.sampled_from("abcde"), st.integers(1, 80), min_size=1))
def test_whatever_is_shown_the_largest_practice_has_at_most_four_fifths(women: dict[str, int]) -> None:
    if published(women) is not None:
        assert max(women.values()) <= 0.8 * sum(women.values())
        assert len(women) >= 3
