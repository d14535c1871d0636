"""Incidence and prevalence as they are published: of few nothing, and estimates of the numbers that are
shown."""

import datetime as dt

import polars as pl
import pytest

from tests.incidence_worlds import Person, entries, record
from thin_assets.disclosure.poisson import exact_interval
from thin_assets.disclosure.wilson import wilson_interval
from thin_assets.published.aggregates.control import Controlled, control
from thin_assets.published.declared.product import products
from thin_assets.published.reading.summarised import summarised_result
from thin_assets.studies.incidence_prevalence.analyses import run
from thin_assets.studies.incidence_prevalence.declared import Analyses, Denominator, Incidence, Prevalence

OBSERVED = (dt.date(2018, 1, 1), dt.date(2020, 12, 31))
WIDE, NARROW = "wide", "narrow"


@pytest.fixture(scope="module")
def exact() -> dict[str, pl.DataFrame]:
    """900 people of two ages: 40 fall ill in 2018, 90 in 2019, 4 of them only widely so, and 6 in 2020."""
    people, wide, narrow = [], [], []
    for number in range(900):
        born = dt.date((1955, 1965)[number % 2], 1, 1)
        people.append(Person(born, ("female", "male")[number // 2 % 2], number % 5, (OBSERVED,)))
        if number < 136:
            year = 2019 if number < 90 else (2018 if number < 130 else 2020)
            day = dt.date(year, 3, 1)
            wide.append((number, (day, OBSERVED[1])))
            if number >= 4:
                narrow.append((number, (day, OBSERVED[1])))
    told = Analyses(
        denominators={"everybody": Denominator()},
        incidence={"first": Incidence(outcomes=(WIDE, NARROW), denominator="everybody")},
        prevalence={"day": Prevalence(outcomes=(WIDE,), denominator="everybody")},
    )
    return run(record(people), told, {WIDE: entries(wide), NARROW: entries(narrow)})


def published(exact: dict[str, pl.DataFrame], product: str, **options) -> Controlled:
    return control(exact[product], products()[product], **options)


def one(rows: pl.DataFrame, **keys: str) -> dict:
    return rows.filter(**({"sex": "all", "age_band": "all"} | keys)).row(0, named=True)


def test_a_rate_is_that_of_the_numbers_beside_it(exact) -> None:
    row = one(published(exact, "incidence").rows, outcome=NARROW, period="2019")
    assert (row["denominator_count"], row["outcome_count"]) == (860, 85)
    per = 100_000 / row["person_years"]
    assert row["incidence_100000_pys"] == pytest.approx(85 * per, abs=0.01)
    ends = [row[f"incidence_100000_pys_95ci_{end}"] for end in ("lower", "upper")]
    assert ends == pytest.approx([per * end for end in exact_interval(85)], abs=0.01)


def test_few_events_are_kept_back_with_the_rate_and_all_that_would_tell_them(exact) -> None:
    """6 in 2020, of 136 in all: of the years that are told beside the total another is missing."""
    rows = published(exact, "incidence").rows
    few = one(rows, outcome=WIDE, period="2020")
    assert (few["outcome_count"], few["incidence_100000_pys"], few["is_suppressed"]) == (None, None, True)
    shown = [one(rows, outcome=WIDE, period=period)["outcome_count"] for period in ("2018", "2019", "all")]
    assert None in shown


def test_a_definition_within_another_does_not_tell_by_how_few_it_differs(exact) -> None:
    """86 and 90 in 2019: what was decided of the one that comes first stands for both."""
    rows = published(exact, "incidence").rows
    told = [one(rows, outcome=name, period="2019")["outcome_count"] for name in (NARROW, WIDE)]
    assert told == [85, 85]


def test_a_prevalence_has_the_interval_of_a_share(exact) -> None:
    row = one(published(exact, "prevalence").rows, period="2020")
    assert (row["denominator_count"], row["outcome_count"], row["prevalence"]) == (900, 130, 14_444.44)
    ends = [row[f"prevalence_95ci_{end}"] for end in ("lower", "upper")]
    assert ends == pytest.approx([100_000 * end for end in wilson_interval(130, 900)], abs=0.01)


def test_the_month_after_a_number_that_moved_by_few_stays_with_its_estimate(exact) -> None:
    """Three more in 2019: all numbers of the cell, and what standardisation makes of them, are as before."""
    first = published(exact, "incidence")
    grown = exact["incidence"].with_columns(
        outcome_count=pl.when(pl.col("outcome_count") >= 86)
        .then(pl.col("outcome_count") + 3)
        .otherwise("outcome_count"),
        standardisation=pl.lit(7.0),
    )
    second = control(grown, products()["incidence"], previous=[first.ledger])
    keys = {"outcome": WIDE, "period": "2019"}
    assert one(second.rows, **keys) == one(first.rows, **keys)


def test_every_column_that_is_computed_is_declared_and_the_other_way_round(exact) -> None:
    for name in ("incidence", "prevalence"):
        declared = {column.name for column in products()[name].columns}
        assert set(published(exact, name).rows.columns) == declared - {"country", "snapshot", "build"}


def test_in_the_form_of_darwin_estimates_are_called_as_incidence_prevalence_calls_them(exact) -> None:
    """But for a prevalence: theirs is a share of 1, ours of 100,000."""
    for product, told in (("incidence", "incidence_100000_pys"), ("prevalence", "prevalence_100000")):
        partition = {"country": "GB", "snapshot": dt.date(2024, 3, 1), "build": "one"}
        rows = published(exact, product).rows.with_columns(
            **{key: pl.lit(one) for key, one in partition.items()}
        )
        found = summarised_result(rows, products()[product]).filter(pl.col("variable_name") != "settings")
        named = set(found.select("variable_name", "estimate_name").iter_rows())
        assert {("Denominator", "denominator_count"), ("Outcome", "outcome_count")} < named
        assert {("Outcome", f"{told}{end}") for end in ("", "_95CI_lower", "_95CI_upper")} < named
