"""Rows of the United Kingdom's own files become the same raw tables as those of the THIN-like layout."""

import datetime as dt
from pathlib import Path

import pytest

from tests.deliveries import MARCH, deliver
from tests.native import practice_files
from tests.unpacking import Raw, unpacked
from thin_assets.domain.layout import tables
from thin_assets.domain.native import LAYOUT_2022, LAYOUT_FIXED, NATIVE_LAYOUTS
from thin_assets.landing.native_layout import delivery_from_practice_files
from thin_assets.raw.contract import contract

GIVEN = {
    "patient": """
        pracid | patid | yob      | sex | regdate  | xferdate | deathdate
        -------+-------+----------+-----+----------+----------+----------
        a0001  | P001  | 19500000 | 1   | 20050101 |          |
        a0001  | P002  | 20150600 | 2   | 20150701 | 20200229 |
        b0002  | p001  | 19620000 | 2   | 20010000 |          | 20240301
    """,
    "consult": """
        pracid | patid | consultid | eventdate | constype | duration
        -------+-------+-----------+-----------+----------+---------
        a0001  | P001  | C001      | 20240102  | 001      | 12
        b0002  | p001  | C001      | 20240103  |          |
    """,
    "medical": """
        pracid | patid | eventdate | enddate  | medcode | medid | consultid | episode
        -------+-------+-----------+----------+---------+-------+-----------+--------
        a0001  | P001  | 20240102  | 20240120 | G20..00 | M001  | C001      | F
        b0002  | p001  | 20230000  |          | g20..00 | M001  |           |
    """,
    "therapy": """
        pracid | patid | prscdate | drugcode | prscqty | prscdays | dosgval | therid
        -------+-------+----------+----------+---------+----------+---------+-------
        a0001  | P001  | 20240102 | 12345678 | 56.0    | 28       | 2.0     | T001
    """,
    "ahd": """
        pracid | patid | eventdate | ahdcode    | data1  | data2 | data3 | medcode | ahdid
        -------+-------+-----------+------------+--------+-------+-------+---------+------
        a0001  | P001  | 20240102  | 1001400027 | OPR003 | 13.2  | MEA057 | 423..00 | A001
    """,
    "pvi": """
        pracid | patid | flags        | eventdate
        -------+-------+--------------+----------
        a0001  | P001  | 1333333333X5 | 20100101
    """,
}
"""One delivery, told once and written in three layouts. Keys differ by letter case only where they must."""

NATIVE_ROWS = {"medical": {"code_system": "READ2"}, "therapy": {"drug_code_system": "MULTILEX"}}


def unpack(tmp_path: Path, layout: str, given: dict | None = None) -> Raw:
    source = practice_files(tmp_path / layout, layout, given or GIVEN)
    folder = delivery_from_practice_files(source, MARCH, tmp_path / layout / "deliveries")
    return unpacked(folder, tmp_path / layout)


@pytest.mark.parametrize("layout", NATIVE_LAYOUTS)
def test_every_table_keeps_the_promise_of_raw(tmp_path, layout):
    raw = unpack(tmp_path, layout)
    for table in tables():
        contract(table).validate(raw.table(table))
    assert raw.rejected == set()


@pytest.mark.parametrize("layout", NATIVE_LAYOUTS)
def test_the_same_records_give_the_same_raw_rows_in_every_layout(tmp_path, layout):
    """Pseudonyms included: whatever the layout, it is the same patient."""
    native = unpack(tmp_path, layout)
    told = {name: rows_with(rows, NATIVE_ROWS.get(name, {})) for name, rows in GIVEN.items()}
    ours = unpacked(deliver(tmp_path / "ours", told), tmp_path / "ours")
    for name in GIVEN:
        unsaid = {"source_file", "source_line", *columns_not_given(name, GIVEN[name])}
        kept = [column for column in ours.table(name).columns if column not in unsaid]
        assert native.table(name).select(kept).sort(kept).equals(ours.table(name).select(kept).sort(kept)), (
            name
        )


def rows_with(table: str, constants: dict[str, str]) -> list[dict[str, str]]:
    from tests.deliveries import rows_of

    return [row | constants for row in rows_of(table)]


def columns_not_given(name: str, table: str) -> set[str]:
    """Columns of the raw table that the example does not name: there the layouts have their own defaults."""
    given = {cell.strip() for cell in table.strip().splitlines()[0].split("|")}
    return (
        {column.name for column in tables()[name] if not column.role} - given - set(NATIVE_ROWS.get(name, {}))
    )


def test_a_fixed_width_line_of_another_length_is_rejected_alone(tmp_path):
    source = practice_files(tmp_path / "source", LAYOUT_FIXED, GIVEN)
    path = source / "medical.a0001"
    path.write_bytes(path.read_bytes() * 30 + b"P00120240102\n")
    raw = unpacked(delivery_from_practice_files(source, MARCH, tmp_path / "d"), tmp_path)
    assert raw.rejected == {("medical", 31, None, "wrong_field_count")}


def test_a_foreign_byte_in_a_coded_line_is_rejected_and_one_in_a_description_is_read(tmp_path):
    source = practice_files(tmp_path / "source", LAYOUT_FIXED, GIVEN)
    path = source / "consult.a0001"
    path.write_bytes(path.read_bytes().replace(b"00112", "é0112".encode("cp1252")))
    (source / "Readcodes").write_bytes(b"G20..00" + "Ménière's disease".ljust(60).encode("cp1252") + b"\n")
    raw = unpacked(delivery_from_practice_files(source, MARCH, tmp_path / "d"), tmp_path)
    assert raw.rejected == {("consult", 1, None, "not_utf8")}
    assert raw.column("lookup_diag_ref", "description") == ["Ménière's disease"]


@pytest.mark.parametrize("layout", NATIVE_LAYOUTS)
def test_a_bad_date_or_number_is_rejected_with_its_column(tmp_path, layout):
    bad = {
        "consult": "eventdate | duration\nunknown | 5\n20240102 | long\n20240102 | 5",
    }
    assert {
        (table, column, reason) for table, _, column, reason in unpack(tmp_path, layout, bad).rejected
    } == {
        ("consult", "eventdate", "not_a_date"),
        ("consult", "duration", "not_a_number"),
    }


def test_codes_of_2022_tell_their_system_by_their_form_and_the_day_of_recording(tmp_path):
    """Seven digits are a Read code before SNOMED CT was in use, and SNOMED CT after, whatever the event."""
    rows = """
        medcode   | eventdate | sysdate
        ----------+-----------+---------
        G20..00   | 20240102  | 20240102
        38341003  | 20240102  | 20240102
        2472002   | 20240102  |
        2472002   | 20010000  | 20240102
        1371100   | 20170102  | 20170102
        195967001 | 20170102  | 20170102
    """
    raw = unpack(tmp_path, LAYOUT_2022, {"medical": rows})
    systems = ["READ2", "SNOMED", "SNOMED", "SNOMED", "READ2", "SNOMED"]
    assert raw.column("medical", "code_system") == systems


def test_product_codes_longer_than_the_practice_system_has_are_of_the_dictionary_of_medicines(tmp_path):
    raw = unpack(tmp_path, LAYOUT_2022, {"therapy": "drugcode\n12345678\n39113611000001102"})
    assert raw.column("therapy", "drug_code_system") == ["MULTILEX", "DMD"]


@pytest.mark.parametrize("layout", NATIVE_LAYOUTS)
def test_a_strength_is_a_number_and_a_unit(tmp_path, layout):
    rows = "code | strength\n00000001 | 20 mg\n00000002 | 2.5mg/ml\n00000003 | as directed\n00000004 |"
    raw = unpack(tmp_path, layout, {"lookup_drug_ref": rows})
    assert raw.column("lookup_drug_ref", "strength_num") == [20.0, 2.5, None, None]
    assert raw.column("lookup_drug_ref", "strength_unit") == ["mg", "mg/ml", None, None]


def test_days_of_2022_are_written_day_first_and_may_be_partial(tmp_path):
    raw = unpack(tmp_path, LAYOUT_2022, {"medical": "eventdate\n20240229\n20230000\n20230700"})
    assert raw.column("medical", "eventdate") == [
        dt.date(2024, 2, 29),
        dt.date(2023, 1, 1),
        dt.date(2023, 7, 1),
    ]
    assert raw.column("medical", "has_partial_date") == [False, True, True]


@pytest.mark.parametrize("layout", NATIVE_LAYOUTS)
def test_an_adult_whose_month_of_birth_is_told_is_rejected(tmp_path, layout):
    raw = unpack(tmp_path, layout, {"patient": "yob\n19500600\n20200600"})
    assert [reason for *_, reason in raw.rejected] == ["birth_date_too_precise"]
