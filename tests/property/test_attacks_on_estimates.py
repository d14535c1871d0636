"""The attacks: find exact counts from an odds ratio, and a change of few from two months of one."""

import itertools
import math

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.control import LIMIT, aggregate, before_rounding
from thin_assets.published.aggregates.control import Controlled, control
from thin_assets.published.aggregates.decide import LINKED
from thin_assets.published.aggregates.linked import CARRIED, in_steps, step_of

TOLD = ["odds_ratio", "lower", "upper", "p", "corrected"]
ODDS = {
    "by": ["exposure"],
    "labels": ["title"],
    "only_shown": True,
    "counts": [{"column": "cases"}, {"column": "controls"}],
    "odds_ratios": [
        {name: name for name in ("lower", "upper", "p", "corrected", "cases", "controls")}
        | {name: name for name in ("matching", "spread", "sets", "tests")}
        | {"column": "odds_ratio"}
    ],
}
TABLE = aggregate([], **ODDS)
P_VALUE = aggregate(
    ["sex"],
    counts=[{"column": "persons"}, {"column": "cases"}],
    ratios=[
        {
            "column": "percent",
            "numerator": "cases",
            "denominator": "persons",
            "persons": "persons",
            "linked": ["p_value"],
        }
    ],
)
CONTROLS_A_CASE, SETS = 5, 400
EXACT = frozenset({LINKED})
UNCARRIED = frozenset({CARRIED})


def alone(cases: int, controls: int) -> tuple[float, float]:
    """Odds ratio and its error where no set has two exposed members: the counts are all there is to know."""
    return CONTROLS_A_CASE * cases / controls, math.sqrt(1 / cases + 1 / controls)


BOTH = 6


def pairs(cases: int, controls: int) -> tuple[float, float]:
    """In pairs, of which the attacker knows in how many both are exposed."""
    one, other = cases - BOTH, controls - BOTH
    return one / other, math.sqrt(1 / one + 1 / other)


def scanned(cases: int, controls: int, model=alone, title: str = "asthma", **more: float) -> pl.DataFrame:
    ratio, error = model(cases, controls)
    row = {"exposure": "a", "title": title, "cases": cases, "controls": controls, "sets": SETS, "tests": 900}
    row |= {
        "matching": ratio * controls / cases,
        "spread": error / math.sqrt(1 / cases + 1 / controls),
    }
    return pl.DataFrame([row | more])


def published(
    rows: pl.DataFrame, *before: Controlled, without: frozenset[str] = frozenset(), product=TABLE
) -> Controlled:
    return control(rows, product, previous=[one.ledger for one in before], without=without)


def tables_like(shown: dict, model, without: frozenset[str] = frozenset()) -> set[tuple[int, int]]:
    """Every pair of counts that would have been shown as this row: the attacker knows all else there is."""
    ranges = [before_rounding(shown[name]) for name in ("cases", "controls")]
    every = itertools.product(*(range(int(low), int(high) + 1) for low, high in ranges))
    return {
        pair
        for pair in every
        if published(scanned(*pair, model), without=without).rows.row(0, named=True) == shown
    }


def row_of(cases: int, controls: int, model=alone, without: frozenset[str] = frozenset()) -> dict:
    return published(scanned(cases, controls, model), without=without).rows.row(0, named=True)


COUNTS = st.tuples(st.integers(LIMIT, 120), st.integers(33, 400))


@given(COUNTS)
def test_where_sets_hold_one_exposed_member_a_row_fits_all_counts_that_are_rounded_alike(counts) -> None:
    shown = row_of(*counts)
    ranges = [before_rounding(shown[name]) for name in ("cases", "controls")]
    assert len(tables_like(shown, alone)) == math.prod(int(high - low) + 1 for low, high in ranges)


@pytest.mark.parametrize("counts", [(12, 47), (38, 150), (111, 333)])
def test_the_exact_odds_ratio_with_its_interval_gives_the_exact_counts(counts: tuple[int, int]) -> None:
    """Once it is shown exactly, one pair of counts is left of 15 or 25."""
    exact = published(scanned(*counts), without=EXACT).rows.row(0, named=True)
    assert {name: exact[name] for name in ("cases", "controls")} == {
        "cases": 5 * round(counts[0] / 5),
        "controls": 5 * round(counts[1] / 5),
    }
    assert tables_like(exact, alone, EXACT) == {counts}


def left_over(model, rules: frozenset[str] = frozenset()) -> list[int]:
    """How many counts of cases fit each of some rows, for an attacker who knows how sets are made up."""
    counts = itertools.product((11, 13, 18, 26, 44, 61, 87, 113), (60, 131, 302))
    return [
        len({cases for cases, _ in tables_like(row_of(*pair, model, rules), model, rules)}) for pair in counts
    ]


def test_somebody_who_knows_how_sets_are_made_up_seldom_finds_the_number_of_cases() -> None:
    """What matching makes of a ratio tells of the counts, and is told in steps. Exact, all rows tell it."""
    assert set(left_over(pairs, EXACT)) == {1}
    left = left_over(pairs)
    assert (len(left), sum(one > 1 for one in left), sum(one >= 3 for one in left)) == (24, 23, 21)


@given(st.floats(0.01, 100), st.integers(20, 100_000), st.integers(10, 10_000))
def test_a_multiple_is_told_within_half_a_step(value: float, sets: int, cases: int) -> None:
    """And half a step is less than the least standard error that an odds ratio of so many cases has.

    That is 1 / sqrt(cases), were there controls without end; no more than half of the cases are exposed here.
    """
    step, told = step_of(sets, cases), in_steps(value, sets, cases)
    assert abs(math.log(told / value)) <= step / 2 + 1e-9
    assert in_steps(told, sets, cases) == pytest.approx(told)
    if sets >= 2 * cases:
        assert step / 2 < 1 / math.sqrt(cases)


@pytest.mark.parametrize("value", [None, 0.0, math.inf, math.nan])
def test_what_has_no_end_is_not_told(value: float | None) -> None:
    assert in_steps(value, 100, 20) is None
    rows = scanned(40, 150, matching=value).with_columns(pl.col("matching").cast(pl.Float64))
    assert [published(rows).rows[name][0] for name in TOLD] == [None] * 5


@given(COUNTS, st.integers(-9, 9), st.integers(-9, 9), st.floats(0.5, 2))
def test_no_estimate_changes_while_a_number_stays(
    counts, more_cases: int, more_controls: int, factor
) -> None:
    """Whatever became of the estimate in between, and whether the number changed by few or by nobody."""
    first = published(scanned(*counts))
    cases, controls = (
        max(count + by, 1) for count, by in zip(counts, (more_cases, more_controls), strict=True)
    )
    then = published(scanned(cases, controls, matching=factor * 5), first)
    assert then.rows.equals(first.rows)
    assert then.ledger.equals(first.ledger)


def differences_told(first: Controlled, then: Controlled, matching: float) -> set[int]:
    """By how many cases two months may differ, for somebody who knows that controls did not change."""
    before, now = (one.rows.row(0, named=True) for one in (first, then))
    if before["cases"] != now["cases"]:
        return set(range(-99, 100))
    low, high = before_rounding(now["cases"], drift=9)
    found = set()
    for was, count in itertools.product(range(LIMIT, int(high) + 10), range(int(low), int(high) + 1)):
        ratios = [float(f"{matching * one / before['controls']:.3g}") for one in (was, count)]
        if ratios == [before["odds_ratio"], now["odds_ratio"]]:
            found.add(count - was)
    return found


def test_without_the_rule_a_new_estimate_beside_an_old_number_tells_the_change() -> None:
    """Four cases more: their number stays at 40, and the exact odds ratio rises from 1.33 to 1.47."""
    rules = frozenset({LINKED, CARRIED})
    first = published(scanned(40, 150), without=rules)
    then = published(scanned(44, 150), first, without=rules)
    assert first.rows["cases"].to_list() == then.rows["cases"].to_list() == [40]
    assert differences_told(first, then, 5.0) == {4}


def test_with_the_rule_the_estimate_stays_as_well_and_every_change_remains_possible() -> None:
    first = published(scanned(40, 150))
    then = published(scanned(44, 150), first)
    assert then.rows.equals(first.rows)
    # in the steps of matching alone a change of the estimate would be seen, too
    loose = [published(scanned(40, 150, pairs)), published(scanned(47, 150, pairs, matching=9.0))]
    assert loose[0].rows["cases"].to_list() != loose[1].rows["cases"].to_list()
    moved = published(scanned(44, 150, matching=9.0), first, without=UNCARRIED)
    assert moved.rows["cases"].to_list() == [40] and not moved.rows.equals(first.rows)


def test_an_estimate_is_told_anew_with_numbers_that_are() -> None:
    first = published(scanned(40, 150))
    then = published(scanned(55, 190), first)
    assert then.rows.row(0, named=True) == row_of(55, 190)


def test_one_number_that_stays_keeps_what_matching_made_of_both() -> None:
    """The odds ratio moves with the other number, by what everybody can compute from it."""
    first = published(scanned(40, 150))
    then = published(scanned(44, 190, matching=9.0), first)
    assert then.rows.row(0, named=True) == row_of(40, 190)


def test_what_was_told_before_the_estimate_was_there_has_none() -> None:
    """A ledger of an earlier contract knows the number, and no estimate beside it."""
    first = published(scanned(40, 150))
    old = first.ledger.filter(pl.col("measure").is_in(["cases", "controls"]))
    then = control(scanned(44, 150), TABLE, previous=[old]).rows
    assert then["cases"].to_list() == [40]
    assert [then[name][0] for name in TOLD] == [None] * 5


def test_another_name_of_an_exposure_does_not_make_it_another() -> None:
    first = published(scanned(40, 150))
    then = published(scanned(44, 150, title="asthma, renamed"), first).rows
    assert (then["cases"][0], then["title"][0]) == (40, "asthma, renamed")


def test_an_exposure_of_few_is_not_even_named() -> None:
    """That a rare code is there says that somebody has it."""
    rows = pl.concat([scanned(40, 150), scanned(4, 8).with_columns(exposure=pl.lit("rare"))])
    found = published(rows)
    assert found.rows["exposure"].to_list() == ["a"]
    assert found.suppressed["small"] == 2
    assert "rare" in found.ledger["exposure"].to_list()


def test_an_exposure_of_few_cases_tells_its_controls_only() -> None:
    found = row_of(6, 150)
    assert (found["cases"], found["controls"]) == (None, 150)
    assert [found[name] for name in TOLD] == [None] * 5
    assert found["is_suppressed"]


def p_values(cases: int, p_value: float) -> pl.DataFrame:
    rows = [("f", 400, cases, p_value), ("m", 900, 300, 0.5)]
    return pl.DataFrame(rows, schema=["sex", "persons", "cases", "p_value"], orient="row")


def test_a_linked_p_value_stays_with_its_number() -> None:
    """0.04 became 0.02 while 52 cases became 55: whoever sees both knows that there were more."""
    first = published(p_values(52, 0.04), product=P_VALUE)
    women = pl.col("sex") == "f"
    for rules, told in ((frozenset(), 0.04), (UNCARRIED, 0.02)):
        then = published(p_values(55, 0.02), first, product=P_VALUE, without=rules).rows.filter(women)
        assert (then["cases"][0], then["p_value"][0]) == (50, told)
    anew = published(p_values(90, 0.02), first, product=P_VALUE).rows.filter(women)
    # persons are as before: what is told beside them stays
    assert (anew["cases"][0], anew["p_value"][0]) == (90, 0.04)
