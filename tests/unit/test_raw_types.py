"""Delivered text becomes typed columns; every delivered key becomes a pseudonym."""

import datetime as dt

import pytest

from tests.deliveries import MARCH, csv_text, deliver, rewrite, text_of
from tests.unpacking import SECRET, unpacked
from thin_assets.domain.countries import COUNTRIES
from thin_assets.domain.identity import key_of, pseudonym
from thin_assets.domain.layout import all_tables, column_names, tables
from thin_assets.domain.snapshot import Snapshot
from thin_assets.raw.contract import arrow_schema, contract

FRANCE = Snapshot.named("FR", "2024-03")


def test_dates_become_dates_and_unknown_parts_become_the_first(tmp_path):
    folder = deliver(
        tmp_path,
        {
            "medical": """
                eventdate | enddate
                ----------+---------
                20240229  |
                20240100  | 20240200
                20230000  |
                          |
            """
        },
    )
    medical = unpacked(folder, tmp_path).table("medical")
    assert medical["eventdate"].to_list() == [
        dt.date(2024, 2, 29),
        dt.date(2024, 1, 1),
        dt.date(2023, 1, 1),
        None,
    ]
    assert medical["enddate"].to_list() == [None, dt.date(2024, 2, 1), None, None]
    assert medical["has_partial_date"].to_list() == [False, True, True, False]


def test_a_birth_year_becomes_a_number_and_only_a_child_has_a_month(tmp_path):
    folder = deliver(
        tmp_path,
        {
            "patient": """
                patid | yob
                ------+---------
                P001  | 19500000
                P002  | 20200700
                P003  | 20090400
                P004  |
            """
        },
    )
    raw = unpacked(folder, tmp_path)
    assert raw.column("patient", "birth_year") == [1950, 2020, 2009, None]
    assert raw.column("patient", "birth_month") == [None, 7, 4, None]
    assert not raw.column("patient", "has_partial_date")[0]


def test_numbers_are_read_as_they_stand(tmp_path):
    folder = deliver(
        tmp_path,
        {
            "therapy": """
                prscdays | prscqty | dosgval
                ---------+---------+--------
                28       | 56      | 2.5
                -1       | .5      | 1e-3
                         |         |
            """
        },
    )
    raw = unpacked(folder, tmp_path)
    assert raw.column("therapy", "prscdays") == [28, -1, None]
    assert raw.column("therapy", "prscqty") == [56.0, 0.5, None]
    assert raw.column("therapy", "dosgval") == [2.5, 0.001, None]


def test_text_stays_as_it_was_delivered(tmp_path):
    codes = ["G20..00", "g20..00", "007", " I10 ", "Ménière", "a,b;c\td", "'", "NULL", "nan", "\\N"]
    raw = unpacked(deliver(tmp_path, {"medical": [{"medcode": code} for code in codes]}), tmp_path)
    assert raw.column("medical", "medcode") == codes


def test_quoted_values_may_hold_the_delimiter_and_quotes(tmp_path):
    quoted = ['"a|b"', '"say ""ah"""', '""', 'plain "inside"']
    raw = unpacked(deliver(tmp_path, {"medical": [{"source": text} for text in quoted]}), tmp_path)
    assert raw.column("medical", "source") == ["a|b", 'say "ah"', None, 'plain "inside"']
    assert raw.column("medical", "source_line") == [2, 3, 4, 5]


def test_columns_are_found_by_name_whatever_their_order(tmp_path):
    folder = deliver(tmp_path)
    rewrite(folder, "staff", b"sex|staffid|pracid|roleid|specialty\n2|S001|a0001|GP|\n")
    staff = unpacked(folder, tmp_path).table("staff")
    assert staff["sex", "roleid", "specialty"].rows() == [("2", "GP", None)]
    assert staff["staff_key"].to_list() == [key_of(pseudonym(SECRET, "staff", "GB", "a0001", "S001"))]


def test_windows_line_ends_leave_no_trace(tmp_path):
    folder = deliver(tmp_path, {"staff": [{"sex": "1"}]})
    rewrite(folder, "staff", text_of(folder, "staff").replace(b"\n", b"\r\n"))
    assert unpacked(folder, tmp_path).column("staff", "sex") == ["1"]


def test_every_delivered_key_becomes_the_number_of_its_parts(tmp_path):
    row = {"pracid": "b0007", "patid": "Ab1z", "staffid": "S9", "consultid": "C1", "medid": "m001"}
    medical = unpacked(deliver(tmp_path, {"medical": [row]}), tmp_path).table("medical").row(0, named=True)
    assert medical["practice_key"] == key_of(pseudonym(SECRET, "practice", "GB", "b0007"))
    assert medical["patient_key"] == key_of(pseudonym(SECRET, "patient", "GB", "b0007", "Ab1z"))
    assert medical["staff_key"] == key_of(pseudonym(SECRET, "staff", "GB", "b0007", "S9"))
    assert medical["consult_key"] == key_of(pseudonym(SECRET, "consult", "GB", "b0007", "Ab1z", "C1"))
    assert medical["event_key"] == key_of(pseudonym(SECRET, "medical", "GB", "b0007", "Ab1z", "m001"))


def test_the_pseudonym_stands_only_where_the_cdm_shows_it(tmp_path):
    row = {"pracid": "b0007", "patid": "Ab1z"}
    raw = unpacked(deliver(tmp_path, {"patient": [row], "medical": [row]}), tmp_path)
    assert raw.column("patient", "patient_pseudonym") == [pseudonym(SECRET, "patient", "GB", "b0007", "Ab1z")]
    shown = {table: [name for name in arrow_schema(table).names if "pseudonym" in name] for table in tables()}
    assert {table: names for table, names in shown.items() if names} == {
        "practice": ["practice_pseudonym"],
        "staff": ["staff_pseudonym"],
        "patient": ["patient_pseudonym"],
    }


def test_keys_that_differ_in_case_are_two_patients(tmp_path):
    rows = [{"patid": "ab1z"}, {"patid": "AB1Z"}]
    assert (
        len(set(unpacked(deliver(tmp_path, {"patient": rows}), tmp_path).column("patient", "patient_key")))
        == 2
    )


def test_a_key_that_was_not_delivered_has_no_pseudonym(tmp_path):
    medical = unpacked(deliver(tmp_path, {"medical": [{}]}), tmp_path).table("medical").row(0, named=True)
    assert (medical["staff_key"], medical["consult_key"]) == (None, None)


def test_a_patient_has_one_pseudonym_in_all_tables_and_months(tmp_path):
    april = Snapshot.named("GB", "2024-04")
    first = unpacked(deliver(tmp_path, {"medical": [{}], "ahd": [{}]}), tmp_path / "march")
    second = unpacked(deliver(tmp_path, {"therapy": [{}]}, april), tmp_path / "april", april)
    keys = [
        *(first.column(table, "patient_key") for table in ("patient", "medical", "ahd")),
        *(second.column(table, "patient_key") for table in ("patient", "therapy")),
    ]
    assert all(key == keys[0] for key in keys)


def test_another_secret_gives_other_pseudonyms(tmp_path):
    folder = deliver(tmp_path)
    mine = unpacked(folder, tmp_path / "mine").column("patient", "patient_key")
    yours = unpacked(folder, tmp_path / "yours", secret=b"x" * 100).column("patient", "patient_key")
    assert mine != yours


def test_a_row_without_a_record_key_is_identified_by_the_whole_of_it(tmp_path):
    rows = [{"boxes": "1"}, {"boxes": "1"}, {"boxes": "2"}, {"boxes": "1", "therid": "t1"}]
    folder = deliver(tmp_path, {"dispense": rows}, FRANCE)
    keys = unpacked(folder, tmp_path, FRANCE).column("dispense", "event_key")
    assert keys[0] == keys[1]
    assert len(set(keys)) == 3


def test_a_dispensed_box_leads_to_its_prescription(tmp_path):
    tables = {"therapy": [{"therid": "t1"}], "dispense": [{"therid": "t1"}, {"therid": ""}]}
    raw = unpacked(deliver(tmp_path, tables, FRANCE), tmp_path, FRANCE)
    assert raw.column("dispense", "therapy_key") == [*raw.column("therapy", "event_key"), None]


def test_every_row_says_where_it_stood(tmp_path):
    medical = unpacked(deliver(tmp_path, {"medical": [{}, {}]}), tmp_path).table("medical")
    assert medical["source_file", "source_line"].rows() == [
        ("medical/part-000.csv.gz", 2),
        ("medical/part-000.csv.gz", 3),
    ]


def test_no_delivered_key_is_left_anywhere(tmp_path):
    row = {"pracid": "z9876", "patid": "Qx7Y", "staffid": "Wk3V", "consultid": "Jh5G"}
    given = {
        table: [{name: value for name, value in row.items() if name in column_names(table)}]
        for table in ("practice", "staff", "patient", "consult", "medical", "therapy", "ahd", "pvi")
    }
    folder = deliver(tmp_path / "deliveries", given)
    raw = unpacked(folder, tmp_path / "lake")
    frames = [raw.table(path.parent.name).write_csv() for path in (tmp_path / "lake").rglob("*.parquet")]
    assert len(frames) == len(all_tables()) + 1
    assert not [key for key in row.values() for frame in frames if key in frame]


@pytest.mark.parametrize("country", COUNTRIES)
def test_what_leaves_raw_keeps_its_contract_in_every_country(tmp_path, country):
    """Tables that a country does not deliver are there, empty, so that the next room needs no exceptions."""
    snapshot = Snapshot.named(country, "2024-03")
    expected = {"medical": [{}, {"eventdate": "bad"}], "lookup_drug_ref": [{"system": "X", "code": "1"}]}
    raw = unpacked(deliver(tmp_path, expected, snapshot), tmp_path, snapshot)
    for table in [*all_tables(), "rejected"]:
        contract(table).validate(raw.table(table))
    assert raw.table("dispense").is_empty()


def test_the_contract_lists_what_leaves_in_order():
    assert arrow_schema("patient").names[:3] == ["practice_key", "patient_key", "patient_pseudonym"]
    assert arrow_schema("consult").names[:4] == ["practice_key", "patient_key", "staff_key", "consult_key"]
    assert arrow_schema("lookup_unit_ref").names == ["unit", "description", "source_file", "source_line"]
    delivered = {"pracid", "patid", "staffid", "consultid", "medid", "therid", "ahdid", "yob"}
    assert not [table for table in all_tables() if delivered & set(arrow_schema(table).names)]


def test_the_plain_row_of_the_tests_is_a_row_of_the_layout():
    assert csv_text("medical", [{}], MARCH).count(b"|") == 2 * (len(tables()["medical"]) - 1)
    with pytest.raises(KeyError):
        csv_text("medical", [{"no_such_column": "1"}], MARCH)
