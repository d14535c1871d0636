"""Guideline measures, told by examples: what counts in a month, and what does not."""

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from tests.prescribing import found, world
from thin_assets.studies.prescribing.page_measures import may_be_shown, pooled


def measured(tmp_path: Path, measure: str, prescriptions: str, **tables: str) -> dict[str, tuple]:
    """(numerator, denominator) by month, of months in which anything was counted."""
    rows = found(world(tmp_path, prescriptions, **tables))["prescribing_measures"]
    chosen = rows.filter(pl.col("numerator") + pl.col("denominator") > 0, measure=measure)
    return {f"{row['month']:%Y-%m}": (row["numerator"], row["denominator"]) for row in chosen.to_dicts()}


def test_benzodiazepines_beyond_12_weeks_by_running_episode(tmp_path: Path) -> None:
    """Issued again 85 days after the episode began is beyond, after 84 not, and a gap of 32 days ends it."""
    months = measured(
        tmp_path,
        "benzodiazepines_beyond_12_weeks",
        """
        person | drug     | day        | days
        1      | diazepam | 2023-10-02 | 42
        1      | diazepam | 2023-11-15 | 30
        1      | diazepam | 2023-12-25 | 28
        1      | diazepam | 2023-12-26 | 28
        2      | diazepam | 2023-10-02 | 42
        2      | diazepam | 2023-12-15 | 28
        2      | diazepam | 2023-12-26 | 28
        3      | diazepam | 2023-10-03 | 84
        3      | diazepam | 2023-12-26 | 28
        """,
    )
    assert months == {"2023-10": (0, 3), "2023-11": (0, 1), "2023-12": (1, 3)}


def test_an_nsaid_with_an_anticoagulant_on_a_common_day(tmp_path: Path) -> None:
    """Among users of an anticoagulant in the month; the NSAID may have been prescribed the month before."""
    months = measured(
        tmp_path,
        "nsaid_with_anticoagulant",
        """
        person | drug      | day        | days
        1      | apixaban  | 2024-01-02 | 28
        1      | ibuprofen | 2023-12-28 | 6
        2      | apixaban  | 2024-01-02 | 28
        2      | ibuprofen | 2023-12-28 | 5
        3      | apixaban  | 2024-01-02 | 28
        3      | ibuprofen | 2024-01-30 | 5
        4      | ibuprofen | 2024-01-02 | 28
        5      | apixaban  | 2024-01-02 | 28
        5      | ibuprofen | 2024-01-29 | 5
        """,
    )
    assert months == {"2024-01": (2, 4)}


def test_what_was_dispensed_is_no_partner_of_what_was_prescribed(tmp_path: Path) -> None:
    months = measured(
        tmp_path,
        "nsaid_with_anticoagulant",
        """
        person | drug      | day        | days | kind
        1      | apixaban  | 2024-01-02 | 28   | prescribed
        1      | ibuprofen | 2024-01-03 | 6    | dispensed
        """,
    )
    assert months == {"2024-01": (0, 1)}


def test_antibiotics_by_prescriptions_and_person_years(tmp_path: Path) -> None:
    """Nine persons observed for the 31 days of January; a combination is one prescription."""
    con = world(
        tmp_path,
        """
        person | drug            | day        | product
        1      | amoxicillin     | 2024-01-02 | co-amoxiclav
        1      | clavulanic acid | 2024-01-02 | co-amoxiclav
        1      | amoxicillin     | 2024-01-09 | amoxicillin
        2      | amoxicillin     | 2024-01-09 | amoxicillin
        """,
    )
    rows = found(con)["prescribing_measures"].filter(month=dt.date(2024, 1, 1))
    rate = rows.filter(measure="antibiotics").row(0, named=True)
    assert (rate["numerator"], rate["denominator"]) == (3, round(9 * 31 / 365.25, 3))
    assert rate["value"] == pytest.approx(1000 * 3 / (9 * 31 / 365.25), abs=1e-3)
    assert rate["value_lower"] < rate["value"] < rate["value_upper"]
    broad = rows.filter(measure="broad_antibiotics").row(0, named=True)
    assert (broad["numerator"], broad["denominator"], broad["value"]) == (1, 3, pytest.approx(33.3333))


def test_users_from_65_by_person_months_of_that_age(tmp_path: Path) -> None:
    """Of the women of 1950 there are five; diazepam is no tricyclic, and a man of 1980 too young."""
    months = measured(
        tmp_path,
        "tricyclics_from_65",
        """
        person | drug     | day
        1      | diazepam | 2024-02-02
        """,
    )
    assert months["2024-02"] == (0, round(5 * 29 / (365.25 / 12), 3))


@pytest.mark.parametrize(
    ("numerator", "denominator", "kind", "is_shown"),
    [
        (10, 1e6, "rate", True),
        (9, 1e6, "rate", False),
        (12, 40, "beyond", True),
        (12, 29, "beyond", False),
        (9, 40, "together", False),
        (35, 40, "share", False),
        (40, 40, "share", True),
    ],
)
def test_a_value_is_shown_where_it_tells_of_no_few(
    numerator: int, denominator: float, kind: str, is_shown: bool
) -> None:
    assert may_be_shown(numerator, denominator, kind) is is_shown


def test_months_are_pooled_with_the_interval_of_their_kind() -> None:
    assert pooled(10, 100, "rate") == pytest.approx((100, 47.95, 183.90), abs=0.01)
    assert pooled(15, 100, "share") == pytest.approx((15, 9.31, 23.28), abs=0.01)
