"""The attacks: find the cases from a rate, a percentage, an interval or a p-value."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.control import aggregate
from thin_assets.disclosure.poisson import exact_interval
from thin_assets.published.aggregates.control import control
from thin_assets.published.aggregates.decide import LINKED
from thin_assets.published.declared.product import Product

RATE = {
    "counts": [{"column": "persons"}, {"column": "cases", "within": "persons"}],
    "amounts": [{"column": "person_years", "persons": "persons"}],
    "ratios": [
        {
            "column": "rate",
            "numerator": "cases",
            "denominator": "person_years",
            "persons": "persons",
            "per": 100_000,
            "lower": "rate_lower",
            "upper": "rate_upper",
            "linked": ["p_value"],
        },
        {
            "column": "percent",
            "numerator": "cases",
            "denominator": "persons",
            "persons": "persons",
            "per": 100,
        },
    ],
}
INCIDENCE: Product = aggregate(["sex"], **RATE)
EXACT = frozenset({LINKED})
"""Rates of the exact numbers, shown whatever they rest on."""


def row(persons: int, cases: int, person_years: float = 5_130.4) -> pl.DataFrame:
    """Women as given, and enough men; the p-value is somebody's test of women against men."""
    rows = [("f", persons, cases, person_years, 0.0123), ("m", 900, 300, 2_000.0, 0.5)]
    names = ["sex", "persons", "cases", "person_years", "p_value"]
    return pl.DataFrame(rows, schema=names, orient="row")


def published(persons: int, cases: int, without: frozenset[str] = frozenset()) -> dict:
    found = control(row(persons, cases), INCIDENCE, without=without).rows
    return found.row(by_predicate=pl.col("sex") == "f", named=True)


def from_rate(rate: float | None, person_years: float) -> set[int]:
    """Every number of cases that gives this rate over this time."""
    if rate is None:
        return set(range(1000))
    return {cases for cases in range(1000) if round(100_000 * cases / person_years, 2) == rate}


def from_interval(lower: float | None, upper: float | None) -> set[int]:
    """Every number of cases whose exact interval has these proportions: no time is needed."""
    if lower is None or upper is None:
        return set(range(1000))
    found = {cases: exact_interval(cases) for cases in range(1, 120)}
    return {cases for cases, (low, high) in found.items() if abs(high / low / (upper / lower) - 1) < 1e-4}


def from_percent(percent: float | None, persons: int) -> set[int]:
    """Every number of cases that is this share of so many persons."""
    if percent is None:
        return set(range(1000))
    return {cases for cases in range(persons + 1) if round(100 * cases / persons, 2) == percent}


@pytest.mark.parametrize("cases", [3, 13, 52])
def test_a_rate_of_the_exact_numbers_gives_the_cases(cases: int) -> None:
    assert from_rate(published(400, cases, EXACT)["rate"], 5_130.4) == {cases}
    assert from_interval(*(published(400, cases, EXACT)[end] for end in ("rate_lower", "rate_upper"))) == {
        cases
    }
    assert from_percent(published(400, cases, EXACT)["percent"], 400) == {cases}


@given(st.integers(30, 900), st.integers(0, 30))
def test_a_rate_gives_no_more_than_the_rounded_cases_beside_it(persons: int, cases: int) -> None:
    """Whatever is inverted, it is the number that is shown, and five counts are rounded to that."""
    found = published(persons, min(cases, persons))
    if found["rate"] is None:
        assert {found[name] for name in ("rate_lower", "rate_upper", "p_value")} == {None}
        return
    assert from_rate(found["rate"], found["person_years"]) == {found["cases"]}
    assert from_interval(found["rate_lower"], found["rate_upper"]) == {found["cases"]}
    assert from_percent(found["percent"], found["persons"]) == {found["cases"]}
    assert found["cases"] % 5 == 0 and found["persons"] % 5 == 0 and found["person_years"] % 5 == 0


@given(st.integers(0, 900), st.integers(0, 9))
def test_few_cases_have_no_rate_no_interval_no_share_and_no_p_value(persons: int, cases: int) -> None:
    found = published(persons, min(cases, persons))
    linked = ("cases", "rate", "rate_lower", "rate_upper", "percent", "p_value")
    assert {found[name] for name in linked} == {None}
    assert found["is_suppressed"]


@pytest.mark.parametrize(("persons", "told"), [(29, False), (32, False), (33, True), (200, True)])
def test_a_rate_rests_on_thirty_persons_for_certain(persons: int, told: bool) -> None:
    """29 and 32 are both shown as 30: were only one of them given a rate, the other would be known."""
    assert (published(persons, 15)["rate"] is not None) == told


def test_time_at_risk_goes_with_the_persons() -> None:
    """Person-years of few persons, or a sum that tells them, are kept back as well."""
    found = control(row(8, 3), INCIDENCE).rows
    assert found.filter(sex="f").item(0, "person_years") is None
    assert found.get_column("person_years").is_null().sum() >= 2
