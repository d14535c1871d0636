"""Costs are a fixed part and a part for each patient, and the fit finds those that were put in."""

import pytest

from benchmarks.scale.fit import Line, fitted, growth, hours_on, parallel


def test_the_parts_that_were_put_in_are_found() -> None:
    put_in = Line(fixed=12.0, each=0.003)
    found = fitted({size: put_in.at(size) for size in (10_000, 100_000, 1_000_000)})
    assert (found.fixed, found.each) == (pytest.approx(12), pytest.approx(0.003))


def test_a_small_size_counts_as_much_as_a_large_one() -> None:
    """A tenth too much at either end moves the line by less than that tenth there."""
    found = fitted({1_000: 11.0, 1_000_000: 10_000.0})
    assert found.at(1_000) == pytest.approx(11)
    assert found.at(1_000_000) == pytest.approx(10_000)


def test_no_part_is_negative() -> None:
    """What grows faster than in proportion has no fixed part: it does not begin below nothing."""
    found = fitted({10_000: 1.0, 100_000: 20.0})
    assert found.fixed == 0
    assert found.each > 0


def test_what_costs_nothing_costs_nothing() -> None:
    assert fitted({10: 0.0, 100: 0.0}) == Line(0, 0)


def test_one_size_tells_no_line() -> None:
    with pytest.raises(ValueError, match="two sizes"):
        fitted({10: 1.0})


def test_growth_is_one_in_proportion_and_told_of_the_size_before() -> None:
    assert growth({10: 1.0, 100: 10.0, 1_000: 120.0}) == {100: pytest.approx(1), 1_000: pytest.approx(1.2)}


def test_only_what_can_be_shared_gains_from_threads() -> None:
    """An hour by one thread and two hours shared: three hours on one thread, 1.5 on four."""
    parts = [parallel(cpu=3 * 3600, alone=2 * 3600, threads=2)]
    assert parts == [(pytest.approx(3600), pytest.approx(7200))]
    assert hours_on(parts, 1) == pytest.approx(3)
    assert hours_on(parts, 4) == pytest.approx(1.5)
