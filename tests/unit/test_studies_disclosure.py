"""Small numbers are kept back, and so is what could be computed from them."""

import pytest

from thin_assets.domain.disclosure import is_disclosive, rate_is_shown, shown


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
