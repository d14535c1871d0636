"""Users, incident users, prescriptions, doses and person-days of a month, one rule at a time."""

import datetime as dt
from pathlib import Path

import polars as pl

from tests.prescribing import counted, found, world


def test_a_user_counts_once_a_month_and_a_prescription_each_time(tmp_path: Path) -> None:
    con = world(
        tmp_path,
        """
        person | drug     | day
        1      | diazepam | 2024-01-05
        1      | diazepam | 2024-01-25
        2      | diazepam | 2024-01-31
        2      | diazepam | 2024-02-01
        """,
    )
    assert {month: row[:3] for month, row in counted(con, class_code="N05").items()} == {
        "2024-01": (2, 2, 3),
        "2024-02": (1, 0, 1),
    }


def test_a_user_is_incident_after_a_year_without_the_class_and_under_observation(tmp_path: Path) -> None:
    """366 days after the last one, not after 365. Whoever was not observed for the year is not incident."""
    con = world(
        tmp_path,
        """
        person | drug     | day
        1      | diazepam | 2022-12-31
        1      | diazepam | 2024-01-01
        2      | diazepam | 2023-01-01
        2      | diazepam | 2024-01-01
        3      | diazepam | 2024-01-01
        4      | diazepam | 2024-01-01
        """,
        observation_period="""
        person_id | observation_period_start_date | observation_period_end_date
        1         | 2015-01-01                    | 2024-03-31
        2         | 2015-01-01                    | 2024-03-31
        3         | 2023-01-01                    | 2024-03-31
        4         | 2023-01-02                    | 2024-03-31
        """,
    )
    assert counted(con, class_code="N05")["2024-01"][:2] == (4, 2)


def test_a_combination_of_two_rows_is_one_prescription_in_the_class_of_each(tmp_path: Path) -> None:
    """Codeine is in every class that the vocabulary gives it, paracetamol in the one of its oral use."""
    con = world(
        tmp_path,
        """
        person | drug        | day        | product
        1      | codeine     | 2024-01-05 | co-codamol
        1      | paracetamol | 2024-01-05 | co-codamol
        """,
    )
    assert counted(con, class_code="N02")["2024-01"][:3] == (1, 1, 1)
    assert counted(con, class_code="R05")["2024-01"][:3] == (1, 1, 1)
    assert counted(con, level="all", class_code="all")["2024-01"][:3] == (1, 1, 1)
    coverage = found(con)["prescribing_coverage"].row(0, named=True)
    assert (coverage["records"], coverage["several_classes"], coverage["without_assigned_ddd"]) == (2, 1, 1)


def test_prescribed_and_dispensed_are_told_apart(tmp_path: Path) -> None:
    con = world(
        tmp_path,
        """
        person | drug     | day        | kind
        1      | diazepam | 2024-01-05 | prescribed
        1      | diazepam | 2024-01-06 | dispensed
        2      | diazepam | 2024-01-06 | dispensed
        2      | diazepam | 2024-01-06 | of a kind that nobody declared
        """,
    )
    users = {
        kind: counted(con, class_code="N05", record_kind=kind)["2024-01"][0]
        for kind in ("prescribed", "dispensed", "other")
    }
    assert users == {"prescribed": 1, "dispensed": 2, "other": 1}


def test_what_has_no_concept_or_no_class_is_counted_as_such(tmp_path: Path) -> None:
    con = world(
        tmp_path,
        """
        person | drug    | day
        1      | vaccine | 2024-01-05
        2      | unknown | 2024-01-05
        """,
    )
    assert counted(con, class_code="none")["2024-01"][:3] == (2, 2, 2)
    assert counted(con, level="Ingredient", class_code="none")["2024-01"][0] == 2
    coverage = found(con)["prescribing_coverage"].row(0, named=True)
    assert (coverage["without_concept"], coverage["without_class"], coverage["without_assigned_ddd"]) == (
        1,
        1,
        1,
    )


def test_a_day_outside_observation_counts_nowhere_but_in_the_coverage(tmp_path: Path) -> None:
    con = world(
        tmp_path,
        """
        person | drug     | day
        1      | diazepam | 2024-01-05
        1      | diazepam | 2024-02-05
        """,
        observation_period="""
        person_id | observation_period_start_date | observation_period_end_date
        1         | 2015-01-01                    | 2024-01-31
        """,
    )
    assert list(counted(con, class_code="N05")) == ["2024-01"]
    coverage = found(con)["prescribing_coverage"].select("month", "records", "outside_observation").rows()
    assert coverage == [(dt.date(2024, 1, 1), 1, 0), (dt.date(2024, 2, 1), 1, 1)]


def test_days_observed_in_a_month_are_the_denominator(tmp_path: Path) -> None:
    """A woman of 1950 from 10 February on, a man of 1980 until 5 February: the man's washout is complete."""
    con = world(
        tmp_path,
        "",
        observation_period="""
        person_id | observation_period_start_date | observation_period_end_date
        1         | 2024-02-10                    | 2024-03-31
        2         | 2015-01-01                    | 2024-02-05
        """,
    )
    days = found(con)["prescribing_person_days"].filter(month=dt.date(2024, 2, 1))
    told = {(row[1], row[2]): row[3:] for row in days.iter_rows()}
    assert told == {
        ("all", "all"): (2, 20 + 5, 5),
        ("female", "all"): (1, 20, 0),
        ("male", "all"): (1, 5, 5),
        ("all", "70-79"): (1, 20, 0),
        ("all", "40-49"): (1, 5, 5),
        ("female", "70-79"): (1, 20, 0),
        ("male", "40-49"): (1, 5, 5),
    }


ERA = """
    person_id | drug_concept_id | unit_concept_id | dose_value | dose_era_start_date | dose_era_end_date
    1         | 723013          | 8576            | 5          | 2024-01-01          | 2024-01-31
    1         | 723013          | 8576            | 20         | 2024-01-20          | 2024-02-28
"""


def test_doses_are_those_of_the_era_that_began_last(tmp_path: Path) -> None:
    """10 mg a day are one DDD of diazepam: 14 days of 5 mg are 7, and of 20 mg 28; later none is known."""
    con = world(
        tmp_path,
        """
        person | drug     | day        | days
        1      | diazepam | 2024-01-05 | 14
        1      | diazepam | 2024-02-01 | 14
        1      | diazepam | 2024-03-05 | 14
        """,
        dose_era=ERA,
    )
    assert {month: row[3:] for month, row in counted(con, class_code="N05").items()} == {
        "2024-01": (0, 7.0),
        "2024-02": (0, 28.0),
        "2024-03": (1, 0.0),
    }
    march = found(con)["prescribing"].filter(class_code="N05", month=dt.date(2024, 3, 1), sex="all")
    assert march["ddd_per_1000_person_days"].to_list() == [None] * march.height


def test_a_drug_whose_strength_is_known_counts_by_quantity_unless_a_pharmacy_counts_boxes(
    tmp_path: Path,
) -> None:
    con = world(
        tmp_path,
        """
        person | drug                 | day        | days | quantity | kind
        1      | diazepam 5 mg tablet | 2024-01-05 | 14   | 30       | prescribed
        1      | diazepam 5 mg tablet | 2024-01-06 | 14   | 1        | dispensed
        """,
        dose_era=ERA,
    )
    folder = tmp_path / "vocabulary"
    strength = pl.read_parquet(folder / "drug_strength.parquet").schema
    row = {"drug_concept_id": 19076374, "ingredient_concept_id": 723013, "amount_value": 5.0}
    row |= {"amount_unit_concept_id": 8576}
    pl.DataFrame([row], schema_overrides=strength).select(
        *(pl.col(name) if name in row else pl.lit(None, kind).alias(name) for name, kind in strength.items())
    ).write_parquet(folder / "drug_strength.parquet")
    assert counted(con, class_code="N05")["2024-01"][3:] == (0, 15.0)
    assert counted(con, class_code="N05", record_kind="dispensed")["2024-01"][3:] == (0, 7.0)


def test_a_route_that_is_not_the_listed_one_has_no_ddd(tmp_path: Path) -> None:
    """By rectum diazepam is where the vocabulary puts it; where no route is told, it is the one listed."""
    con = world(
        tmp_path,
        """
        person | drug     | day        | route   | days
        1      | diazepam | 2024-01-05 | rectal  | 1
        1      | diazepam | 2024-01-06 | unknown | 2
        """,
        dose_era=ERA,
    )
    assert counted(con, class_code="N05")["2024-01"][2:] == (2, 1, 1.0)


def test_prescriptions_count_for_the_specialty_of_their_provider(tmp_path: Path) -> None:
    con = world(
        tmp_path,
        """
        person | drug     | day        | provider
        1      | diazepam | 2024-01-05 | 7
        1      | diazepam | 2024-01-06 |
        """,
        provider="""
        provider_id | specialty_concept_id
        7           | 38004446
        """,
    )
    rows = found(con)["prescribing_specialties"].filter(class_code="N05").select("specialty", "prescriptions")
    assert rows.rows() == [("General Practice", 1), ("not recorded", 1)]


def test_a_country_without_a_prescription_has_empty_tables(tmp_path: Path) -> None:
    tables = found(world(tmp_path, ""))
    assert {name for name, rows in tables.items() if rows.height} == {"prescribing_person_days"}


def test_a_country_in_which_nobody_was_observed_has_empty_tables(tmp_path: Path) -> None:
    tables = found(world(tmp_path, "", person="", observation_period=""))
    assert {name for name, rows in tables.items() if rows.height} == set()


def test_sex_and_age_are_crossed_for_all_drugs_and_for_the_classes_that_are_compared(tmp_path: Path) -> None:
    con = world(
        tmp_path,
        """
        person | drug     | day
        1      | diazepam | 2024-01-05
        2      | diazepam | 2024-01-05
        """,
    )
    rows = found(con)["prescribing"].filter(pl.col("sex") != "all", pl.col("age_band") != "all")
    assert set(rows["level"]) == {"all", "ATC 2nd"}
    assert set(rows.select("sex", "age_band", "users").rows()) == {
        ("female", "70-79", 1),
        ("male", "40-49", 1),
    }
