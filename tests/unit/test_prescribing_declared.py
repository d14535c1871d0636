"""What the observatory declares fits together, and with what the rest of the project knows of drugs."""

import csv
from importlib.resources import files

import polars as pl
import pytest
from pydantic import ValidationError

from thin_assets.studies.prescribing.declared import Declared, Measure, assigned, declared

TOLD = declared().model_dump()


def test_every_measure_names_its_source() -> None:
    assert [one.name for one in declared().measures if len(one.source) < 10] == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"class_level": "ATC 3rd"},
        {"recent_months": 25},
        {"followed_days": (84, 28)},
        {"measures": [TOLD["measures"][0] | {"of": "no such set"}]},
        {"measures": [TOLD["measures"][0]] * 2},
    ],
)
def test_what_contradicts_itself_is_refused(wrong: dict) -> None:
    with pytest.raises(ValidationError):
        Declared.model_validate(TOLD | wrong)


@pytest.mark.parametrize("wrong", [{"kind": "share"}, {"kind": "beyond"}, {"days": 84}, {"among": "opioids"}])
def test_a_measure_has_what_its_kind_needs_and_nothing_else(wrong: dict) -> None:
    rate = {"name": "a", "title": "A", "kind": "rate", "of": "opioids", "source": "somebody"}
    assert Measure.model_validate(rate).kind == "rate"
    with pytest.raises(ValidationError):
        Measure.model_validate(rate | wrong)


def test_an_ingredient_is_listed_once_a_route_with_a_whole_code_and_a_ddd_or_a_reason() -> None:
    rows = assigned()
    assert rows.select("ingredient_concept_id", "route").is_duplicated().sum() == 0
    assert rows.filter(~pl.col("atc").str.contains(r"^[A-Z]\d\d[A-Z]{2}\d\d$")).height == 0
    assert rows.filter(pl.col("ddd").is_null() != (pl.col("remark") != "")).height == 0
    assert set(rows["route"]) <= set(declared().routes)


def test_amounts_are_in_milligrams_or_units() -> None:
    ddd = {row["ingredient"]: (row["ddd"], row["unit"]) for row in assigned().to_dicts()}
    assert ddd["metformin"] == (2000, "mg")
    assert ddd["formoterol"] == (0.024, "mg")
    assert ddd["insulin aspart"] == (40, "U")


def test_codes_agree_with_those_of_the_drugs_that_deliveries_are_made_of() -> None:
    """Two tables of the project say which ingredient has which code of ATC: they say the same."""
    text = files("thin_assets.synthetic.codes").joinpath("drugs.csv").read_text(encoding="utf-8")
    known = {
        (int(row["ingredient_concept_id"]), row["atc"])
        for row in csv.DictReader(text.splitlines())
        if row["ingredient_concept_id"].isdigit()
    }
    ours = set(assigned().select("ingredient_concept_id", "atc").iter_rows())
    of_both = {ingredient for ingredient, _ in known} & {ingredient for ingredient, _ in ours}
    assert len(of_both) > 100
    assert {pair for pair in ours if pair[0] in of_both} - known == set()
