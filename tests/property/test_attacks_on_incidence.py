"""The attack on a table of rates: everything at once that ties persons, time at risk and cases together."""

from itertools import product as every

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.control import Range, before_rounding, pinned, solve, sums_of
from thin_assets.published.aggregates.control import control
from thin_assets.published.aggregates.decide import COMPLEMENTARY
from thin_assets.published.declared.product import products

PRODUCT = products()["cohort_incidence"]
SEXES, AGES = ("female", "male"), ("60-69", "70-79", "80-89")
COLUMNS = ("persons", "cases", "person_years")


@st.composite
def incidence(draw: st.DrawFn) -> pl.DataFrame:
    """Exact cells of one cohort as the studies room leaves them: many with few cases, some with few persons.

    Persons of all ages are as many as can be (nobody is in two bands) or as few (everybody is in all).
    """
    people = {key: draw(st.one_of(st.integers(0, 12), st.integers(30, 600))) for key in every(SEXES, AGES)}
    rows = []
    for sex in SEXES:
        bands = {age: people[sex, age] for age in AGES}
        cases = {age: min(draw(st.one_of(st.integers(0, 9), st.integers(5, 60))), bands[age]) for age in AGES}
        years = {age: bands[age] * draw(st.floats(0.5, 10)) for age in AGES}
        rows += [(sex, age, bands[age], cases[age], years[age]) for age in AGES]
        largest, together = max(bands.values()), sum(bands.values())
        fewest = max(largest, sum(cases.values()))
        rows.append(
            (
                sex,
                "all",
                draw(st.sampled_from([fewest, together])),
                sum(cases.values()),
                sum(years.values()),
            )
        )
    frame = pl.DataFrame(rows, schema=["sex", "age_band", *COLUMNS], orient="row")
    both = frame.group_by("age_band").agg(pl.col(COLUMNS).sum()).with_columns(sex=pl.lit("all"))
    practices = {
        name: pl.lit(5) for name in ("persons_practices", "cases_practices")
    } | {name: pl.lit(1) for name in ("persons_of_largest", "cases_of_largest")}  # fmt: skip
    told = pl.concat([frame, both.select(frame.columns)]).with_columns(**practices)
    return told.with_columns(cohort_definition_id=pl.lit(7, pl.Int32), cohort_name=pl.lit("stroke"))


def attack(rows: pl.DataFrame) -> dict[tuple, Range]:
    """What can be told of every hidden number of persons or cases, in persons; and of time, in years."""
    numbers = {
        (column, sex, age): value
        for sex, age, *values in rows.select("sex", "age_band", *COLUMNS).iter_rows()
        for column, value in zip(COLUMNS, values, strict=True)
    }
    ranges = {cell: before_rounding(number) for cell, number in numbers.items()}
    ranges |= {
        cell: (number - 2.5, number + 2.5)
        for cell, number in numbers.items()
        if cell[0] == "person_years" and number is not None
    }
    keys = {key for _, *key in map(tuple, numbers) for key in [tuple(key)]}
    added, covered = [], []
    for total, parts in sums_of(keys):
        for column in COLUMNS:
            told = (column, *total), [(column, *part) for part in parts]
            overlaps = column == "persons" and total[1] == "all" and parts[0][1] != "all"
            (covered if overlaps else added).append(told)
    nested = [(part, [total]) for total, parts in covered for part in parts]
    nested += [(("cases", *key), [("persons", *key)]) for key in keys]
    found = solve(ranges, added, [*covered, *nested])
    return {cell: found[cell] for cell, number in numbers.items() if number is None}


@settings(max_examples=max(settings.default.max_examples // 3, 1))  # each solves some two hundred programs
@given(incidence())
def test_no_hidden_number_of_a_table_of_rates_is_one_of_fewer_than_ten(cells: pl.DataFrame) -> None:
    assert pinned(attack(control(cells, PRODUCT).rows)) == {}


@given(incidence())
def test_what_is_shown_is_ten_persons_and_more_and_a_rate_has_both_its_numbers(cells: pl.DataFrame) -> None:
    exact = cells.select("sex", "age_band", *(pl.col(name).alias(f"exact_{name}") for name in COLUMNS))
    found = control(cells, PRODUCT).rows.join(exact, on=["sex", "age_band"], how="left")
    shown = found.filter(pl.col("cases").is_not_null())
    assert shown.filter(pl.col("exact_cases") < 10).is_empty()
    assert found.filter(pl.col("persons").is_not_null(), pl.col("exact_persons") < 10).is_empty()
    assert found.filter(pl.col("persons").is_null(), pl.col("person_years").is_not_null()).is_empty()
    rated = found.filter(pl.col("rate_per_100000").is_not_null())
    assert rated.filter(pl.any_horizontal(pl.col(COLUMNS).is_null())).is_empty()


def test_without_complementary_suppression_the_few_are_told() -> None:
    """4 of 70 cases are women of sixty: the men of sixty and the total are there to subtract."""
    counts = {
        ("female", "60-69"): (200, 4, 900.0), ("female", "70-79"): (180, 30, 800.0),
        ("male", "60-69"): (210, 22, 950.0), ("male", "70-79"): (190, 14, 700.0),
    }  # fmt: skip
    rows = [(*key, *numbers) for key, numbers in counts.items()]
    rows += [
        (
            sex,
            "all",
            *(sum(numbers[place] for key, numbers in counts.items() if key[0] == sex) for place in range(3)),
        )
        for sex in SEXES
    ]
    frame = pl.DataFrame(rows, schema=["sex", "age_band", *COLUMNS], orient="row").with_columns(
        cohort_definition_id=pl.lit(7, pl.Int32), cohort_name=pl.lit("stroke")
    )
    practices = frame.with_columns(
        persons_practices=5, cases_practices=5, persons_of_largest=1, cases_of_largest=1
    )
    both = practices.group_by("age_band").agg(
        pl.col(COLUMNS).sum(), pl.exclude("sex", *COLUMNS).first()
    ).with_columns(sex=pl.lit("all"))  # fmt: skip
    cells = pl.concat([practices, both.select(practices.columns)])
    naked = control(cells, PRODUCT, without=frozenset({COMPLEMENTARY})).rows
    assert ("cases", "female", "60-69") in pinned(attack(naked))
    assert pinned(attack(control(cells, PRODUCT).rows)) == {}
