"""The attacks: compare tables that count the same persons, or nearly: two products, or two cohorts of one."""

from itertools import product as every

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from tests.control import (
    LIMIT,
    aggregate,
    before_rounding,
    cells,
    pinned,
    shown,
    solve,
    sums_of,
    values_between,
)
from thin_assets.published.aggregates.control import control
from thin_assets.published.aggregates.decide import DIFFERENCING, ROUNDING
from thin_assets.published.aggregates.ledger import as_shared
from thin_assets.published.declared.disclosure import Shared
from thin_assets.published.declared.product import products

SEXES, AGES, YEARS = ("f", "m"), ("old", "young"), ("2021", "2022", "2023")
FIRST = aggregate(["sex", "age"])
SHARES = Shared(product="first", columns={"persons": "persons"}, totals=("year",))
SECOND = aggregate(
    ["year", "sex", "age"],
    margins=[[], ["year"], ["sex"], ["age"], ["year", "sex"], ["sex", "age"]],
    shares=[SHARES.model_dump()],
)
COUNTS = st.one_of(st.integers(0, 9), st.integers(5, 60))


@st.composite
def entries(draw: st.DrawFn) -> dict[tuple[str, str, str], int]:
    return {key: draw(COUNTS) for key in every(YEARS, SEXES, AGES)}


def without_year(counts: dict) -> dict[tuple[str, str], int]:
    return {key: sum(counts[year, *key] for year in YEARS) for key in every(SEXES, AGES)}


def publish(counts: dict, *, shared: bool) -> tuple[dict, dict]:
    """Sex and age in one product, and with years in another, which knows of the first or does not."""
    names = ("year", "sex", "age")
    first = control(cells(without_year(counts), names[1:]), FIRST)
    known = [as_shared(first.ledger, SHARES, SECOND.disclosure)] if shared else []
    second = control(cells(counts, names), SECOND, previous=known)
    return shown(first.rows, names[1:]), shown(second.rows, names)


def attack_both(first: dict, second: dict) -> dict:
    """What can be told of every cell that either product hides: they count the same persons."""
    ranges = {key: before_rounding(number) for key, number in second.items()}
    for key, number in first.items():
        here, there = ranges["all", *key], before_rounding(number)
        ranges["all", *key] = max(here[0], there[0]), min(here[1], there[1])
    found = solve(ranges, sums_of(second))
    hidden = {key for key, number in second.items() if number is None}
    hidden |= {("all", *key) for key, number in first.items() if number is None}
    return {key: found[key] for key in hidden}


LENIENT = aggregate(["year", "sex", "age"], smallest_shown=5, shares=[SHARES.model_dump()])
"""A product that shows five persons and more, of the same cells."""


def test_two_products_that_do_not_know_of_each_other_give_hidden_cells_away() -> None:
    """Seven young women are hidden in one product, and shown by the other, whose limit is lower."""
    names = ("year", "sex", "age")
    counts = dict.fromkeys(every(YEARS, SEXES, AGES), 40) | {(year, "f", "young"): 2 for year in YEARS}
    counts["2023", "f", "young"] = 3
    first = control(cells(without_year(counts), names[1:]), FIRST)
    assert shown(first.rows, names[1:])["f", "young"] is None
    apart = shown(control(cells(counts, names), LENIENT).rows, names)
    assert apart["all", "f", "young"] == 5
    shared = as_shared(first.ledger, SHARES, LENIENT.disclosure)
    knowing = shown(control(cells(counts, names), LENIENT, previous=[shared]).rows, names)
    assert knowing["all", "f", "young"] is None


@given(entries())
def test_what_one_product_hides_the_other_does_not_give_away(counts: dict) -> None:
    assert pinned(attack_both(*publish(counts, shared=True))) == {}


@given(entries())
def test_a_cell_that_both_show_is_shown_alike(counts: dict) -> None:
    first, second = publish(counts, shared=True)
    both = [key for key, number in first.items() if None not in (number, second["all", *key])]
    assert [key for key in both if first[key] != second["all", *key]] == []


def test_the_products_of_cohorts_share_their_cells() -> None:
    shares = products()["cohort_counts"].disclosure.shares
    assert [(one.product, one.columns) for one in shares] == [("cohort_incidence", {"persons": "cases"})]


ALIKE = aggregate(["sex"], by=["cohort"], counts=[{"column": "persons", "alike": True}])


def at_risk(men: tuple[int, int]) -> pl.DataFrame:
    """Persons at risk of two diseases: everybody but the few who have it already."""
    rows = [(cohort, sex, count) for cohort, of in enumerate(men) for sex, count in (("f", 90), ("m", of))]
    return pl.DataFrame(rows, schema=["cohort", "sex", "persons"], orient="row")


def test_persons_at_risk_of_two_diseases_do_not_tell_how_few_have_one() -> None:
    """Of 113 men, 5 had the disease before: 115 less 110 would be one to nine."""
    exact = at_risk((113, 108))
    apart = control(exact, ALIKE, without=frozenset({DIFFERENCING})).rows.filter(sex="m")["persons"]
    (low, high), (lowest, highest) = (before_rounding(number) for number in apart)
    assert 0 < values_between(max(low - highest, 1), high - lowest) < LIMIT
    alike = control(exact, ALIKE).rows.filter(sex="m")["persons"]
    assert alike.to_list() == [115, 115]


@given(st.integers(40, 400), st.integers(1, 9))
def test_cells_of_two_parts_that_differ_by_few_are_one_number(persons: int, fewer: int) -> None:
    assert control(at_risk((persons, persons - fewer)), ALIKE).rows.filter(sex="m")["persons"].n_unique() == 1


def overlapping(count: int, without: frozenset[str] = frozenset()) -> int | None:
    """A group of a table that nobody declared to be like another."""
    rows = cells({("f",): count, ("m",): 300}, ["sex"])
    return shown(control(rows, aggregate(["sex"]), without=without).rows, ["sex"])[("f",)]


@given(st.integers(20, 400), st.integers(1, 9))
def test_rounding_leaves_nine_differences_between_groups_that_overlap(whole: int, fewer: int) -> None:
    """All women less all women without a pregnancy: exact numbers give the few, rounded ones do not."""
    exact = [overlapping(count, frozenset({ROUNDING})) for count in (whole, whole - fewer)]
    assert exact[0] - exact[1] == fewer
    (low, high), (lowest, highest) = (before_rounding(overlapping(count)) for count in (whole, whole - fewer))
    assert low - highest <= fewer <= high - lowest
    assert values_between(low - highest, high - lowest) >= 7  # nine, but seven beside a number of ten


@given(st.integers(10, 400))
def test_a_number_that_is_shown_was_one_of_five(count: int) -> None:
    """Three of ten, for eight and nine would not be shown."""
    number = overlapping(count)
    near = {other for other in range(max(count - 9, 10), count + 10) if overlapping(other) == number}
    assert count in near
    assert len(near) == (3 if number == 10 else 5)
