"""The attack on the table of prescribing: sexes and ages add up, months overlap, users are persons."""

from itertools import product as every

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.control import before_rounding, pinned, solve, sums_of
from thin_assets.published.aggregates.control import control
from thin_assets.published.aggregates.decide import COMPLEMENTARY
from thin_assets.published.declared.product import Product, products

SEXES, AGES, MONTHS = ("female", "male"), ("60-69", "70-79", "80-89"), ("2024-01", "2024-02")
COUNTS = ("persons", "users")


def _whole() -> Product:
    """The product with the ages of this file, and hidden rows left in: the attacker knows of them."""
    product = products()["prescribing"]
    rules = product.disclosure
    dimensions = tuple(
        one.model_copy(update={"values": AGES}) if one.name == "age_band" else one for one in rules.dimensions
    )
    told = rules.model_copy(update={"only_shown": False, "dimensions": dimensions})
    return product.model_copy(update={"disclosure": told})


PRODUCT = _whole()


def cells(people: dict[tuple, int], users: dict[tuple, int], of_month: tuple[int, int]) -> pl.DataFrame:
    """Exact cells of one class, as the studies room leaves them."""
    rows = [("all", *key, people[key], users[key]) for key in every(SEXES, AGES)]
    rows += [
        (month, "all", "all", sum(people.values()), count)
        for month, count in zip(MONTHS, of_month, strict=True)
    ]
    rows.append(("all", "all", "all", sum(people.values()), sum(users.values())))
    crossed = [(month, *key, people[key], 0) for month in MONTHS for key in every(SEXES, AGES)]
    frame = pl.DataFrame([*rows, *crossed], schema=["month", "sex", "age_band", *COUNTS], orient="row")
    is_crossed = (pl.col("month") != "all") & (pl.col("sex") != "all")
    margins = [
        frame.filter(pl.col("sex") != "all", month="all").group_by("month", *keys).agg(pl.col(COUNTS).sum())
        .with_columns(pl.lit("all").alias(other)).select(frame.columns)
        for keys, other in ((["sex"], "age_band"), (["age_band"], "sex"))
    ]  # fmt: skip
    return pl.concat([frame, *margins]).with_columns(
        pl.lit("prescribed").alias("record_kind"),
        pl.lit("N05").alias("class_code"),
        pl.lit("PSYCHOLEPTICS").alias("class_name"),
        pl.when(is_crossed).then(30.0 * pl.col("persons")).otherwise(0.0).alias("person_days"),
        pl.lit(0.0).alias("ddd"),
        *(pl.lit(5).alias(f"{name}_practices") for name in COUNTS),
        *(pl.lit(1).alias(f"{name}_of_largest") for name in COUNTS),
    )


@st.composite
def classes(draw: st.DrawFn) -> pl.DataFrame:
    """Many cells with few users; months in which nobody, some or all of them had a prescription."""
    people = {key: draw(st.one_of(st.integers(0, 12), st.integers(30, 300))) for key in every(SEXES, AGES)}
    users = {
        key: min(draw(st.one_of(st.integers(0, 9), st.integers(5, 60))), count)
        for key, count in people.items()
    }
    whole = sum(users.values())
    first = draw(st.integers(0, whole))
    return cells(people, users, (first, draw(st.integers(whole - first, whole))))


def attack(rows: pl.DataFrame) -> dict[tuple, tuple[float, float]]:
    """What can be told of every hidden count."""
    numbers = {
        (column, *key): value
        for *key, persons, users in rows.select("month", "sex", "age_band", *COUNTS).iter_rows()
        for column, value in zip(COUNTS, (persons, users), strict=True)
    }
    keys = {cell[1:] for cell in numbers}
    added, covered = [], []
    for total, parts in sums_of(keys):
        overlaps = total[0] == "all" and parts[0][0] != "all"
        for column in COUNTS:
            (covered if overlaps else added).append(((column, *total), [(column, *part) for part in parts]))
    nested = [(part, [total]) for total, parts in covered for part in parts]
    nested += [(("users", *key), [("persons", *key)]) for key in keys]
    ranges = {cell: before_rounding(number) for cell, number in numbers.items()}
    found = solve(ranges, added, [*covered, *nested])
    return {cell: found[cell] for cell, number in numbers.items() if number is None}


@settings(max_examples=max(settings.default.max_examples // 3, 1))
@given(classes())
def test_no_hidden_number_of_a_class_is_one_of_fewer_than_ten(exact: pl.DataFrame) -> None:
    assert pinned(attack(control(exact, PRODUCT).rows)) == {}


def test_without_complementary_suppression_the_few_are_told() -> None:
    people = dict.fromkeys(every(SEXES, AGES), 200)
    users = dict(zip(every(SEXES, AGES), (4, 40, 40, 30, 30, 30), strict=True))
    naked = control(cells(people, users, (100, 120)), PRODUCT, without=frozenset({COMPLEMENTARY})).rows
    told = attack(naked)
    assert pinned(attack(control(cells(people, users, (100, 120)), PRODUCT).rows)) == {}
    assert told
