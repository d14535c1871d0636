"""How long a treatment lasts, what it was begun for, and what was prescribed together."""

from pathlib import Path

import pytest

from tests.prescribing import found, world


def still(tmp_path: Path, prescriptions: str, **tables: str) -> dict[int, tuple[int, int]]:
    """(persons, still treated) by days after the first diazepam."""
    rows = found(world(tmp_path, prescriptions, **tables))["prescribing_treatments"]
    of_class = rows.filter(level="ATC 2nd", class_code="N05")
    return {row["days"]: (row["persons"], row["still_treated"]) for row in of_class.to_dicts()}


def test_an_episode_lasts_until_the_last_day_covered_before_a_long_gap(tmp_path: Path) -> None:
    """30 days between are bridged, 31 are not; what comes after a long gap is another episode."""
    assert still(
        tmp_path,
        """
        person | drug     | day        | days
        1      | diazepam | 2022-06-01 | 28
        1      | diazepam | 2022-07-29 | 28
        2      | diazepam | 2022-06-01 | 28
        2      | diazepam | 2022-07-30 | 28
        2      | diazepam | 2022-09-01 | 400
        """,
    ) == {28: (2, 1), 84: (2, 1), 182: (2, 0), 364: (2, 0)}


def test_only_those_followed_for_a_year_after_a_first_prescription_count(tmp_path: Path) -> None:
    """Person 2 left, person 3 began too late, person 4 had been treated within the year before."""
    assert still(
        tmp_path,
        """
        person | drug     | day        | days
        1      | diazepam | 2022-06-01 | 28
        2      | diazepam | 2022-06-01 | 28
        3      | diazepam | 2023-06-01 | 28
        4      | diazepam | 2021-12-01 | 28
        4      | diazepam | 2022-06-01 | 28
        """,
        observation_period="""
        person_id | observation_period_start_date | observation_period_end_date
        1         | 2015-01-01                    | 2024-03-31
        2         | 2015-01-01                    | 2023-05-30
        3         | 2015-01-01                    | 2024-03-31
        4         | 2015-01-01                    | 2024-03-31
        """,
    ) == dict.fromkeys((28, 84, 182, 364), (1, 0))


def test_the_nearest_condition_is_what_a_treatment_was_begun_for(tmp_path: Path) -> None:
    """Of two days as near the earlier; outside the window none; a condition without a category as such."""
    con = world(
        tmp_path,
        """
        person | drug     | day
        1      | diazepam | 2023-06-20
        2      | diazepam | 2023-06-20
        3      | diazepam | 2023-06-20
        4      | diazepam | 2023-06-20
        """,
        condition_occurrence="""
        person_id | condition_concept_id | condition_start_date
        1         | 2001                 | 2023-06-18
        1         | 1001                 | 2023-06-22
        1         | 1001                 | 2023-06-10
        2         | 1001                 | 2023-06-27
        3         | 1001                 | 2023-06-28
        3         | 1001                 | 2023-05-20
        4         | 3001                 | 2023-06-20
        """,
    )
    rows = found(con)["prescribing_reasons"].filter(class_code="N05")
    assert dict(rows.select("category", "starts").iter_rows()) == {
        "F41": 1,
        "I10": 1,
        "none": 1,
        "unmapped": 1,
    }
    assert rows["starts_of_class"].to_list() == [4] * 4


def test_two_categories_on_the_nearest_day_count_each(tmp_path: Path) -> None:
    con = world(
        tmp_path,
        """
        person | drug     | day
        1      | diazepam | 2023-06-20
        """,
        condition_occurrence="""
        person_id | condition_concept_id | condition_start_date
        1         | 2001                 | 2023-06-20
        1         | 1001                 | 2023-06-20
        1         | 3001                 | 2023-06-20
        """,
    )
    rows = found(con)["prescribing_reasons"]
    assert dict(rows.select("category", "starts").iter_rows()) == {"F41": 1, "I10": 1}


def test_a_pair_is_prescribed_in_one_calendar_month_of_the_recent_ones(tmp_path: Path) -> None:
    """Three users of any drug, two of each class, one of both: as independence has it, 2 x 2 / 3 = 1.33."""
    con = world(
        tmp_path,
        """
        person | drug      | day
        1      | diazepam  | 2023-06-01
        1      | ibuprofen | 2023-06-30
        1      | diazepam  | 2023-07-01
        2      | diazepam  | 2023-06-30
        2      | unknown   | 2023-06-30
        3      | ibuprofen | 2023-07-01
        4      | diazepam  | 2022-06-01
        4      | ibuprofen | 2022-06-01
        """,
    )
    pairs = found(con)["prescribing_pairs"]
    columns = ("class_code", "other_class_code", "persons", "other_persons", "persons_both", "lift")
    assert pairs.select(columns).rows() == [("M01", "N05", 2, 2, 1, 0.75)]


@pytest.mark.parametrize("days", [(28, 14), (14, 28)])
def test_a_treatment_that_begins_with_two_products_on_a_day_is_begun(tmp_path: Path, days) -> None:
    """Whichever of the two lasts longer."""
    products = zip(("diazepam", "diazepam 5 mg tablet"), days, strict=True)
    rows = (f"1 | {drug} | 2022-06-01 | {last}" for drug, last in products)
    assert still(tmp_path, "\n".join(("person | drug | day | days", *rows)))[28] == (1, 0)
