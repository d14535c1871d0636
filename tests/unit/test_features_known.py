"""Which records are late: not in the build before, in the words of the delivery, of a person that it held."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from tests.cdm import write_cdm
from thin_assets.domain.identity import DAY_BITS
from thin_assets.features import known
from thin_assets.features.known import find_late, late_records
from thin_assets.resources.warehouse import attach_tables, connect

HEAD = (
    "condition_occurrence_id | person_id | condition_concept_id | condition_start_date"
    " | condition_source_value"
)
BEFORE = f"""
    {HEAD}
    11 | 1 | 100 | 2020-01-01 | A
    12 | 2 | 100 | 2020-01-01 | A
"""
PEOPLE = "person_id | year_of_birth\n1 | 1950\n2 | 1960"
Compared = Callable[..., set[tuple[str, int]]]


@pytest.fixture
def late(tmp_path: Path) -> Compared:
    """Late records of a build drawn by a test, after a build with one diagnosis each of persons 1 and 2."""

    def compared(people: str = PEOPLE, before: dict | None = None, **tables: str) -> set[tuple[str, int]]:
        con = connect()
        earlier = {"condition_occurrence": BEFORE, **(before or {})}
        attach_tables(con, "before", write_cdm(tmp_path / "before", person=PEOPLE, **earlier))
        now = {"condition_occurrence": BEFORE, **tables}
        attach_tables(con, "cdm", write_cdm(tmp_path / "now", person=people, **now))
        return set(find_late(con).rows())

    return compared


def key(record: int, concept: int = 100) -> tuple[str, int]:
    return "condition_occurrence", record ^ (concept << DAY_BITS)


def test_nothing_is_late_where_nothing_changed(late: Compared) -> None:
    assert late() == set()


def test_a_record_that_was_not_there_is_late_however_old_it_says_it_is(late: Compared) -> None:
    assert late(condition_occurrence=BEFORE + "    13 | 1 | 100 | 1999-05-05 | A") == {key(13)}


def test_a_record_whose_date_or_code_was_changed_is_late(late: Compared) -> None:
    """It is the same record, but nobody could know what it says now."""
    moved = BEFORE.replace("11 | 1 | 100 | 2020-01-01", "11 | 1 | 100 | 2019-12-01")
    assert late(condition_occurrence=moved) == {key(11)}
    recoded = BEFORE.replace("12 | 2 | 100 | 2020-01-01 | A", "12 | 2 | 100 | 2020-01-01 | B")
    assert late(condition_occurrence=recoded) == {key(12)}


def test_a_new_vocabulary_makes_no_record_late(late: Compared) -> None:
    """The id moves with the concept; the words of the delivery do not."""
    mapped = BEFORE.replace("11 | 1 | 100", f"{11 ^ (100 << DAY_BITS) ^ (500 << DAY_BITS)} | 1 | 500")
    assert late(condition_occurrence=mapped) == set()


def test_the_history_of_a_new_person_is_known_from_the_beginning(late: Compared) -> None:
    """A practice that joins brings the past of its patients: it is the first snapshot that holds them."""
    joined = BEFORE + "    13 | 3 | 100 | 1999-05-05 | A"
    assert late(people=PEOPLE + "\n3 | 1970", condition_occurrence=joined) == set()


def test_a_corrected_value_is_late(late: Compared) -> None:
    drawn = """
        measurement_id | person_id | measurement_concept_id | measurement_date | value_source_value
        21             | 1         | 300                    | 2020-01-01       | {}
    """
    before = {"measurement": drawn.format("5,3")}
    assert late(before=before, measurement=drawn.format("53")) == {("measurement", 21 ^ (300 << DAY_BITS))}


def test_ranges_of_persons_change_nothing(late: Compared, monkeypatch: pytest.MonkeyPatch) -> None:
    added = BEFORE + "    13 | 1 | 100 | 1999-05-05 | A\n    14 | 2 | 100 | 1999-05-05 | A"
    whole = late(condition_occurrence=added)
    monkeypatch.setattr(known, "ROWS_AT_ONCE", 1)
    assert late(condition_occurrence=added) == whole == {key(13), key(14)}


def test_the_first_month_that_called_a_record_late_counts() -> None:
    def rows(*keys: int) -> pl.DataFrame:
        return pl.DataFrame(
            {"cdm_table": ["measurement"] * len(keys), "record_key": list(keys)},
            schema={"cdm_table": pl.String, "record_key": pl.Int64},
        )

    february, march = dt.date(2024, 2, 1), dt.date(2024, 3, 1)
    found = late_records({february: rows(1, 2), march: rows(2, 3)})
    assert found.rows() == [
        ("measurement", 1, february),
        ("measurement", 2, february),
        ("measurement", 3, march),
    ]
    assert late_records({}).is_empty()
