"""Disclosure control of a product: cubes, declarations, ledgers, and the months of a lake."""

import datetime as dt
from pathlib import Path
from threading import Thread

import polars as pl
import pytest
from deltalake import CommitProperties, write_deltalake
from pydantic import ValidationError

from tests.control import aggregate, cells, shown
from thin_assets.disclosure.table import could_be, rounded
from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import LedgerLost, NothingSealed
from thin_assets.published.aggregates.control import control
from thin_assets.published.aggregates.decide import COMPLEMENTARY, DIFFERENCING, REASONS
from thin_assets.published.aggregates.ledger import from_frame, to_frame
from thin_assets.published.control_assets import controlled
from thin_assets.published.declared.disclosure import Disclosure
from thin_assets.published.declared.product import products
from thin_assets.published.declared.shelf import Shelf
from thin_assets.published.writing.commits import metadata
from thin_assets.resources.lake import Lake

COUNTS = {("a", "f"): 40, ("a", "m"): 46, ("b", "f"): 60, ("b", "m"): 75}
TABLE = aggregate()
FEBRUARY, MARCH, APRIL = (Snapshot("GB", dt.date(2024, month, 1)) for month in (2, 3, 4))


def test_totals_are_computed_and_then_rounded() -> None:
    """42 and 43 are shown as 40 and 45; their total of 85 is not the sum of roundings by accident only."""
    published = shown(control(cells({("a", "f"): 42, ("a", "m"): 42}), TABLE).rows)
    assert (published["a", "f"], published["a", "m"], published["a", "all"]) == (40, 40, 85)


def test_persons_of_an_undeclared_value_are_in_no_cell_and_no_total() -> None:
    product = aggregate(dimensions=[{"name": "row"}, {"name": "column", "values": ["f", "m"]}])
    with_others = COUNTS | {("a", "other"): 3, ("b", "other"): 50}
    published = shown(control(cells(with_others), product).rows)
    assert published == shown(control(cells(COUNTS), product).rows)


def test_a_combination_without_a_row_counts_nobody_and_looks_like_any_hidden_one() -> None:
    absent = {key: count for key, count in COUNTS.items() if key != ("a", "f")}
    published = shown(control(cells(absent), TABLE).rows)
    assert published == shown(control(cells(COUNTS | {("a", "f"): 0}), TABLE).rows)
    assert published["a", "f"] is None


def test_only_declared_margins_are_shown() -> None:
    product = aggregate(margins=[[], ["row"]])
    assert set(shown(control(cells(COUNTS), product).rows)) == {("all", "all"), ("a", "all"), ("b", "all")}


def test_parts_that_do_not_add_up_are_controlled_apart_and_none_is_left_out() -> None:
    rows = pl.concat(
        cells(counts).with_columns(pl.lit(cohort).alias("cohort"))
        for cohort, counts in enumerate((COUNTS, dict.fromkeys(COUNTS, 3)))
    )
    found = control(rows, aggregate(by=["cohort"])).rows
    assert found.group_by("cohort").len().sort("cohort").rows() == [(0, 9), (1, 9)]
    assert found.filter(cohort=1)["persons"].drop_nulls().to_list() == [10]  # of 12
    assert found.filter(cohort=0)["persons"].null_count() == 0


def test_parts_are_alike_where_they_agree_in_what_is_declared() -> None:
    """44 in March stand as the 40 of February in one arm; the 43 of another arm are told by themselves."""
    counts = {("x", 1): 40, ("x", 2): 44, ("y", 2): 43}
    rows = pl.concat(
        cells({(): count}, []).with_columns(pl.lit(arm).alias("arm"), pl.lit(month).alias("month"))
        for (arm, month), count in counts.items()
    )
    alike = {"column": "persons", "alike": True}
    by = ["arm", "month"]
    within = control(rows, aggregate([], by=by, counts=[alike | {"alike_by": ["arm"]}])).rows
    assert within.sort(by)["persons"].to_list() == [40, 40, 45]
    everywhere = control(rows, aggregate([], by=by, counts=[alike])).rows
    assert everywhere.sort(by)["persons"].to_list() == [40, 40, 40]


def test_a_person_may_be_in_several_cells_where_that_is_declared() -> None:
    """Over ages persons do not add up, for they grow older: the total is what the rows say."""
    product = aggregate(["age"], counts=[{"column": "persons", "overlaps": ["age"]}])
    rows = cells({("30-39",): 100, ("40-49",): 120, ("all",): 150}, ["age"])
    assert shown(control(rows, product).rows, ["age"])[("all",)] == 150


def test_the_result_says_what_was_set_and_why_what_was_kept_back() -> None:
    found = control(cells(COUNTS | {("a", "f"): 4}), aggregate(smallest_shown=12))
    assert found.settings["min_cell_count"] == 12
    assert set(found.rows["min_cell_count"]) == {12}
    assert tuple(found.suppressed) == REASONS
    assert found.suppressed["small"] == 1
    assert found.suppressed["complementary"] == 3
    assert found.rows["is_suppressed"].sum() == 4


def test_rows_are_the_same_whatever_their_order() -> None:
    rows = cells(COUNTS | {("a", "f"): 4})
    assert control(rows.reverse(), TABLE).rows.equals(control(rows, TABLE).rows)


@pytest.mark.parametrize(
    ("told", "named"),
    [
        ({"smallest_shown": 4}, "greater than or equal to 5"),
        ({"rounded_to": 1}, "greater than or equal to 5"),
        ({"smallest_denominator": 10}, "greater than or equal to 30"),
        ({"largest_share": 0.9}, "less than or equal to 0.8"),
        ({"fewest_practices": 2}, "greater than or equal to 3"),
        ({"margins": [["nothing"]]}, "not among what is declared: nothing"),
        ({"counts": [{"column": "persons", "alike_by": ["arm"]}]}, "not among what is declared: arm"),
        ({"amounts": [{"column": "years", "persons": "people"}]}, "not among what is declared: people"),
    ],
)
def test_a_declaration_can_be_stricter_and_not_laxer(told: dict, named: str) -> None:
    with pytest.raises(ValidationError, match=named):
        Disclosure.model_validate({"counts": [{"column": "persons"}], **told})


@pytest.mark.parametrize(
    "name",
    [
        *("cohort_incidence", "cohort_counts", "incidence", "prevalence"),
        *("association_scan", "triple_persistence", "long_covid_symptoms", "prescribing"),
    ],
)
def test_the_columns_of_an_aggregate_are_those_that_are_controlled(name: str) -> None:
    product = products()[name]
    rules = product.disclosure
    added = {"country", "snapshot", "build", "is_suppressed", "min_cell_count"}
    declared = {*rules.by, *rules.labels, *(one.name for one in rules.dimensions), *rules.shown}
    assert set(product.schema) == declared | added
    hideable = {column.name for column in product.columns if column.nullable}
    assert hideable == set(rules.shown)


def test_what_is_for_everybody_is_an_aggregate_under_control() -> None:
    """A page or a model that is not drawn from controlled numbers stays with a project."""
    for_everybody = [product for product in products().values() if product.zone == "published"]
    assert {product.name for product in for_everybody} == {
        "cohort_incidence",
        "cohort_counts",
        "association_scan",
        "incidence",
        "prevalence",
        "triple_persistence",
        "long_covid_symptoms",
        "prescribing",
    }
    assert all(product.kind == "aggregate" and product.disclosure for product in for_everybody)


@pytest.mark.parametrize("base", [5, 7, 10])
def test_a_shown_number_could_be_every_number_that_is_rounded_to_it(base: int) -> None:
    for shown_as in range(0, 100, base):
        low, high = could_be(shown_as, base, whole=True, least=0)
        if shown_as:
            assert {rounded(value, base) for value in range(int(low), int(high) + 1)} == {shown_as}
            assert shown_as not in {rounded(low - 1, base), rounded(high + 1, base)}


def test_a_rule_that_became_stricter_holds_for_what_was_told_before() -> None:
    """Seven persons were shown while five were enough: they are hidden once ten are asked."""
    seven = cells(COUNTS | {("a", "f"): 7})
    lax = control(seven, aggregate(smallest_shown=5))
    assert shown(lax.rows)["a", "f"] == 5
    assert shown(control(seven, TABLE, previous=[lax.ledger]).rows)["a", "f"] is None
    tens = control(cells(COUNTS), aggregate(rounded_to=10), previous=[control(cells(COUNTS), TABLE).ledger])
    assert {number % 10 for number in shown(tens.rows).values()} == {0}


def test_what_the_world_knows_already_is_not_hidden_and_nothing_new_is_told() -> None:
    """Everything around a hidden cell was published before, by whatever rules: all of it stays."""
    counts = COUNTS | {("b", "f"): 5}
    naked = control(cells(counts), TABLE, without=frozenset({COMPLEMENTARY}))
    around = naked.ledger.filter((pl.col("row") != "b") | (pl.col("column") != "f"))
    stuck = control(cells(counts), TABLE, previous=[around])
    assert stuck.rows.equals(naked.rows)
    assert [key for key, number in shown(stuck.rows).items() if number is None] == [("b", "f")]
    assert (stuck.suppressed[DIFFERENCING], stuck.suppressed[COMPLEMENTARY]) == (1, 0)


def test_a_ledger_is_read_back_as_it_was_written() -> None:
    found = control(cells(COUNTS | {("a", "f"): 4}), TABLE).ledger
    assert to_frame(from_frame(found, TABLE.disclosure), TABLE.disclosure).equals(found)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(home=str(tmp_path))


def publish(lake: Lake, snapshot: Snapshot, women: int) -> int | None:
    """The number of young women that is shown when a month is published."""
    lake.write("studies", "a_table", snapshot, cells(COUNTS | {("a", "f"): women}))
    with controlled(lake, TABLE, snapshot) as found:
        return shown(found.rows)["a", "f"]


def test_a_month_is_compared_with_the_month_before(lake: Lake) -> None:
    assert publish(lake, FEBRUARY, 53) == 55
    assert publish(lake, MARCH, 58) == 55
    assert publish(lake, APRIL, 63) == 65


def test_a_month_that_is_published_later_is_compared_with_the_months_on_either_side(lake: Lake) -> None:
    assert publish(lake, FEBRUARY, 40) == 40
    assert publish(lake, APRIL, 58) == 60
    assert publish(lake, MARCH, 53) == 60


def test_a_month_that_is_published_again_is_compared_with_itself(lake: Lake) -> None:
    """A corrected delivery changes a few persons: whoever has both versions must not see it."""
    assert publish(lake, MARCH, 53) == 55
    ledger = lake.file("published", "a_table_ledger", MARCH)
    before = ledger.read_bytes()
    assert publish(lake, MARCH, 53) == 55
    assert ledger.read_bytes() == before
    assert publish(lake, MARCH, 58) == 55


def test_countries_know_nothing_of_each_other(lake: Lake) -> None:
    assert publish(lake, FEBRUARY, 53) == 55
    assert publish(lake, Snapshot("FR", MARCH.month), 58) == 60


def test_what_was_told_is_in_the_lake_and_not_in_a_product(lake: Lake, tmp_path: Path) -> None:
    publish(lake, FEBRUARY, 53)
    assert lake.read("published", "a_table_ledger", FEBRUARY).filter(row="a", column="f")["exact"][0] == 53
    assert [path.name for path in tmp_path.iterdir()] == ["lake"]


def test_nothing_is_published_beside_a_month_whose_ledger_is_lost(lake: Lake, tmp_path: Path) -> None:
    """Another country is another table to an attacker, and goes on."""
    publish(lake, FEBRUARY, 53)
    rows = cells(COUNTS).with_columns(pl.lit("GB").alias("country"), pl.lit(FEBRUARY.month).alias("snapshot"))
    table = Shelf(tmp_path, TABLE).table
    told = CommitProperties(custom_metadata=metadata(FEBRUARY, "b1", rows.height))
    write_deltalake(str(table), rows.to_arrow(), commit_properties=told)
    assert publish(lake, MARCH, 58) == 55
    lake.file("published", "a_table_ledger", FEBRUARY).unlink()
    with pytest.raises(LedgerLost, match="1 published months of a_table have no ledger, the last is 2024-02"):
        publish(lake, APRIL, 58)
    assert publish(lake, Snapshot("FR", APRIL.month), 58) == 60


def test_two_months_of_a_country_wait_for_each_other(lake: Lake) -> None:
    """Published at once, neither would be compared with the other."""
    for snapshot, women in ((FEBRUARY, 53), (MARCH, 58)):
        lake.write("studies", "a_table", snapshot, cells(COUNTS | {("a", "f"): women}))
    seen: list[int | None] = []

    def second() -> None:
        with controlled(lake, TABLE, MARCH) as found:
            seen.append(shown(found.rows)["a", "f"])

    waiting = Thread(target=second)
    with controlled(lake, TABLE, FEBRUARY):
        waiting.start()
        waiting.join(timeout=0.5)
        assert waiting.is_alive() and seen == []
    waiting.join(timeout=60)
    assert seen == [55]


def test_without_the_product_that_shares_its_cells_nothing_is_published(lake: Lake) -> None:
    product = aggregate(shares=[{"product": "another", "columns": {"persons": "cases"}}])
    lake.write("studies", "a_table", MARCH, cells(COUNTS))
    with pytest.raises(NothingSealed, match="published/another_ledger"), controlled(lake, product, MARCH):
        pass
    assert not lake.file("published", "a_table_ledger", MARCH).exists()
