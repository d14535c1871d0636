"""Cells of the published aggregate: who is in which, and over how many practices they are spread."""

from pathlib import Path

import polars as pl
import pytest

from tests.prescribing import crowd, found, world
from thin_assets.published.aggregates.control import control
from thin_assets.published.declared.product import products

PRODUCT = products()["prescribing"]
TOTAL = {"month": "all", "sex": "all", "age_band": "all"}


def cells(tmp_path: Path, prescriptions: str, **tables: str) -> pl.DataFrame:
    return found(world(tmp_path, prescriptions, **tables))["prescribing_cells"]


PRESCRIPTIONS = """
    person | drug     | day        | days
    1      | diazepam | 2023-12-05 | 1
    1      | diazepam | 2024-01-05 | 1
    2      | diazepam | 2024-01-05 | 1
    3      | diazepam | 2024-01-05 | 1
    4      | diazepam | 2023-03-31 | 1
"""


def test_a_user_of_several_months_is_one_user_of_all(tmp_path: Path) -> None:
    """Of nine persons three have a prescription in the last twelve months: two of practice 10, one of 20."""
    rows = cells(tmp_path, PRESCRIPTIONS)
    names = ("persons", "users", "users_practices", "users_of_largest", "persons_of_largest")
    assert rows.filter(**TOTAL).select(names).row(0) == (9, 3, 2, 2, 5)
    assert rows.filter(**(TOTAL | {"month": "2023-12"})).select(names).row(0) == (9, 1, 1, 1, 5)
    assert rows.filter(**(TOTAL | {"sex": "male"})).select(names).row(0) == (4, 1, 1, 1, 4)


def test_a_person_has_one_age_in_all_months(tmp_path: Path) -> None:
    """A man of 1974 turns 50 in 2024: his days of 2023 are among those of 50 to 59 too: ages add up."""
    rows = cells(
        tmp_path,
        PRESCRIPTIONS,
        person="""
        person_id | year_of_birth | gender_concept_id | care_site_id
        1         | 1974          | 8507              | 10
        """,
    )
    of_ages = rows.filter(month="all", sex="all").select("age_band", "persons", "users", "person_days")
    assert of_ages.rows() == [("50-59", 1, 1, 366.0), ("all", 1, 1, 366.0)]


def test_all_drugs_and_drugs_without_a_class_are_left_out(tmp_path: Path) -> None:
    """Doses of the classes add up to those of all drugs: the difference would tell of a hidden class."""
    rows = cells(
        tmp_path,
        """
        person | drug     | day
        1      | diazepam | 2024-01-05
        1      | unknown  | 2024-01-05
        """,
    )
    assert rows["class_code"].unique().to_list() == ["N05"]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    """What is published of 40 users of diazepam and 4 of ibuprofen."""
    tables = crowd(tmp_path_factory.mktemp("crowd"), {"diazepam": 40, "ibuprofen": 4})
    return control(tables["prescribing_cells"], PRODUCT).rows


def test_users_of_ten_and_more_are_published_with_their_share(published: pl.DataFrame) -> None:
    row = published.filter(class_code="N05", **TOTAL).row(0, named=True)
    assert (row["persons"], row["users"], row["users_percent"]) == (90, 40, pytest.approx(44.44))
    assert row["person_days"] == 90 * 366


def test_of_a_class_of_few_no_user_is_published(published: pl.DataFrame) -> None:
    few = published.filter(class_code="M01")
    assert few["users"].null_count() == few.height
    assert few["ddd"].null_count() == few.height
