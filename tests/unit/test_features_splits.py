"""Splits: a practice lies in one, a matched set is never torn apart, folds are by country and time."""

import datetime as dt
from collections import Counter

import polars as pl
import pytest

from thin_assets.features.catalogue import Splits, catalogue
from thin_assets.features.entries import entries_of_cohort, entries_of_sets
from thin_assets.features.splits import label_entries, split_entries, split_of

TOLD = Splits(salt="a", train=70, tuning=15, held_out=15, temporal_cuts=(2015, 2020))


def entries(*rows: tuple, year: int = 2018) -> pl.DataFrame:
    """Entries from (person, practice, set, is case)."""
    day = dt.date(year, 7, 1)
    told = [
        (7, number, person, day, kind, case, site, 400)
        for number, (person, site, kind, case) in enumerate(rows)
    ]
    names = ("cohort_definition_id", "row_id", "person_id", "index_date", "set_id", "is_case")
    return pl.DataFrame(told, schema=[*names, "care_site_id", "observed_days"], orient="row")


def test_a_practice_lies_in_one_split() -> None:
    many = entries(*((person, person % 40, person, True) for person in range(2000)))
    found = split_entries(many, TOLD, "GB").join(many, on="row_id")
    assert found.group_by("care_site_id").agg(pl.col("split").n_unique())["split"].max() == 1
    assert set(found["split"]) == {"train", "tuning", "held_out"}


def test_shares_are_as_asked_for_over_many_practices() -> None:
    counts = Counter(split_of(TOLD, "practice", practice) for practice in range(20_000))
    assert counts["train"] / 20_000 == pytest.approx(0.70, abs=0.015)
    assert counts["held_out"] / 20_000 == pytest.approx(0.15, abs=0.015)


def test_another_salt_splits_otherwise_and_the_same_salt_does_not() -> None:
    other = TOLD.model_copy(update={"salt": "b"})
    first, again, salted = (
        [split_of(told, "practice", practice) for practice in range(500)] for told in (TOLD, TOLD, other)
    )
    assert first == again != salted


def test_who_else_is_there_moves_nobody() -> None:
    alone = split_entries(entries((1, 5, 1, True)), TOLD, "GB")["split"][0]
    crowd = entries((2, 6, 2, True), (1, 5, 1, True), (3, 7, 3, True))
    found = split_entries(crowd, TOLD, "GB").filter(pl.col("person_id") == 1)["split"][0]
    assert found == alone


def test_a_matched_set_follows_the_practice_of_its_case() -> None:
    """Even where a control is of another practice, and wherever the case stands among the rows."""
    rows = [
        (10 * number + place, number if place == 2 else 1000 + place, number, place == 2)
        for number in range(200)
        for place in range(4)
    ]
    found = split_entries(entries(*rows), TOLD, "GB")
    by_set = found.group_by("set_id").agg(pl.col("split").unique())
    assert by_set["split"].list.len().max() == 1
    told = {number: split_of(TOLD, "practice", number) for number in range(200)}
    assert dict(zip(by_set["set_id"], by_set["split"].list.first(), strict=True)) == told


def test_a_person_without_a_practice_is_split_alone() -> None:
    found = split_entries(entries((1, None, 1, True), (2, None, 2, True)), TOLD, "GB")
    assert found["split"].to_list() == [split_of(TOLD, "person", 1), split_of(TOLD, "person", 2)]


@pytest.mark.parametrize(("year", "fold"), [(2014, 0), (2015, 1), (2019, 1), (2020, 2), (2024, 2)])
def test_folds_are_by_country_and_by_the_year_of_the_index(year: int, fold: int) -> None:
    found = split_entries(entries((1, 5, 1, True), year=year), TOLD, "FR")
    assert found.select("fold_country", "fold_temporal").rows() == [("FR", fold)]


def test_labels_do_not_tell_the_practice() -> None:
    assert "care_site_id" not in label_entries(entries((1, 5, 1, True))).columns
    assert "care_site_id" not in split_entries(entries((1, 5, 1, True)), TOLD, "GB").columns


def test_a_control_may_be_a_case_elsewhere_and_is_two_entries() -> None:
    day = dt.date(2020, 1, 1)
    matched = pl.DataFrame(
        [(1, 7, 10, day, True), (1, 7, 11, day, False), (2, 7, 11, dt.date(2021, 1, 1), True)],
        schema=["set_id", "cohort_definition_id", "person_id", "index_date", "is_case"],
        orient="row",
    ).cast({"cohort_definition_id": pl.Int32})
    found = entries_of_sets(matched)
    assert found["row_id"].n_unique() == 3
    assert found.filter(pl.col("person_id") == 11)["is_case"].to_list() == [False, True]


def test_members_of_a_cohort_are_cases_each_a_set_of_its_own() -> None:
    day = dt.date(2020, 1, 1)
    members = pl.DataFrame(
        {"cohort_definition_id": [7, 7], "subject_id": [1, 2], "cohort_start_date": [day, day]},
        schema_overrides={"cohort_definition_id": pl.Int32},
    )
    found = entries_of_cohort(members)
    assert found["is_case"].all()
    assert found["set_id"].to_list() == found["row_id"].to_list()


def test_the_projects_own_splits_are_of_the_catalogue() -> None:
    assert catalogue().splits.train == 70
