"""Source against CDM: shown numbers add up, hidden ones cannot be told from those that are shown."""

from pathlib import Path

import polars as pl
import pytest

from tests.dossier import accounts, parts
from thin_assets.evidence.dossier_accounts import Accounts
from thin_assets.evidence.dossier_rows import draw_rows
from thin_assets.evidence.dossier_words import REASONS, reason_in_words
from thin_assets.raw.contract import REASONS as RAW_REASONS


def rows(found: Accounts, table: str) -> dict[str, int | None]:
    told = found.fates.filter(source_table=table)
    return {row["reason"] or row["fate"]: row["source_rows"] for row in told.rows(named=True)}


def sent(found: Accounts) -> dict[tuple[str, str], int | None]:
    return {(source, table): count for source, table, count in found.routing.iter_rows()}


def test_delivered_is_loaded_collapsed_and_rejected() -> None:
    found = accounts()
    for table in found.tables:
        assert table.delivered == sum(rows(found, table.name).values())
        assert table.hidden == 0
        assert table.records == table.loaded + table.extra
    assert rows(found, "patient") == {"loaded": 1000, "no_observation_time": 20, "unknown_sex": 30}
    assert found.table("medical").extra == 100


def test_records_are_what_was_sent_to_the_tables_of_the_cdm() -> None:
    found = accounts()
    medical = found.routing.filter(source_table="medical")["rows"].sum()
    assert medical == found.table("medical").records == 5100
    assert found.built["condition_occurrence"] == 5000
    assert found.sent_to("condition_era") == []


def test_a_small_reason_is_hidden_and_so_is_what_would_tell_it() -> None:
    found = accounts(
        """source_table | fate | reason | source_rows | target_rows
           patient | loaded | | 1000 | 1000
           patient | rejected | unknown_sex | 4 | 0
           patient | rejected | not_a_date | 30 | 0
           patient | rejected | invalid_patflag | 90 | 0""",
        "source_table | cdm_table | rows\npatient | person | 1000",
    )
    assert rows(found, "patient") == {
        "loaded": 1000,
        "invalid_patflag": 90,
        "not_a_date": None,
        "unknown_sex": None,
    }
    assert (found.table("patient").hidden, found.table("patient").delivered) == (34, 1124)


def test_where_one_small_reason_is_all_what_was_delivered_is_hidden() -> None:
    """Persons of the CDM stand on every page: delivered less persons would be the four."""
    found = accounts(
        """source_table | fate | reason | source_rows | target_rows
           patient | loaded | | 1000 | 1000
           patient | rejected | unknown_sex | 4 | 0""",
        "source_table | cdm_table | rows\npatient | person | 1000",
    )
    patients = found.table("patient")
    assert (patients.delivered, patients.hidden, patients.loaded) == (None, None, 1000)
    assert found.built["person"] == 1000


def test_a_small_multi_map_extra_is_told_by_no_difference() -> None:
    """Records less loaded rows would be the three; and so would the rows of the CDM less loaded rows."""
    found = accounts(
        "source_table | fate | reason | source_rows | target_rows\nmedical | loaded | | 5000 | 5003",
        "source_table | cdm_table | rows\nmedical | condition_occurrence | 5003",
    )
    medical = found.table("medical")
    assert (medical.extra, medical.loaded, medical.delivered) == (None, None, None)
    assert found.built["condition_occurrence"] == 5003


def test_few_records_sent_are_told_neither_by_their_source_nor_by_their_table() -> None:
    found = accounts(
        """source_table | fate | reason | source_rows | target_rows
           medical | loaded | | 5000 | 5000
           ahd | loaded | | 900 | 900""",
        """source_table | cdm_table | rows
           medical | condition_occurrence | 4993
           medical | observation | 7
           ahd | observation | 700
           ahd | measurement | 200""",
    )
    assert sent(found)["medical", "observation"] is None
    assert sent(found)["ahd", "observation"] is None
    assert None in (found.table("medical").extra, found.table("medical").loaded)
    assert (found.built["condition_occurrence"], found.built["observation"]) == (4993, 707)


def test_what_cannot_be_hidden_otherwise_hides_the_rows_of_its_table() -> None:
    found = accounts(
        """source_table | fate | reason | source_rows | target_rows
           medical | loaded | | 4 | 4
           ahd | loaded | | 900 | 900""",
        "source_table | cdm_table | rows\nmedical | observation | 4\nahd | observation | 900",
    )
    assert sent(found)["medical", "observation"] is None
    assert found.table("medical").delivered is None


def test_practices_are_no_patients() -> None:
    found = accounts()
    assert (found.table("practice").delivered, found.built["care_site"]) == (3, 3)


@pytest.mark.parametrize("few", range(1, 10))
def test_no_small_number_of_patients_is_shown(few: int) -> None:
    found = accounts(
        f"""source_table | fate | reason | source_rows | target_rows
            patient | loaded | | 1000 | 1000
            patient | collapsed | | {few} | 0
            patient | rejected | unknown_sex | {few} | 0
            patient | rejected | not_utf8 | 80 | 0""",
        "source_table | cdm_table | rows\npatient | person | 1000",
    )
    shown = found.fates["source_rows"].drop_nulls()
    assert shown.filter(shown.is_between(1, 9)).to_list() == []
    assert found.table("patient").hidden is None or found.table("patient").hidden >= 10


def test_the_page_says_the_sum_of_the_persons(tmp_path: Path) -> None:
    made = parts(tmp_path)
    text = draw_rows(made.build, made.accounts)
    assert "1,050 delivered = 1,000 + 30 + 20." in text
    assert "sex neither male nor female" in text


def test_every_reason_of_raw_has_words() -> None:
    """Those of the transformation are asked for where a build has them: tests/journey/test_dossier.py."""
    assert set(RAW_REASONS) <= set(REASONS)
    assert reason_in_words("rejected", "another_reason") == "another reason"


def test_a_delivery_without_patients_has_a_page(tmp_path: Path) -> None:
    empty = accounts(
        "source_table | fate | reason | source_rows | target_rows\nstaff | loaded | | 2 | 2",
        "source_table | cdm_table | rows\nstaff | provider | 2",
    )
    assert "The delivery holds no persons." in draw_rows(parts(tmp_path).build, empty)
    assert empty.fates.schema["source_rows"] == pl.Int64
