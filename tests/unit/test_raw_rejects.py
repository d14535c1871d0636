"""Rows that cannot be read are kept aside and counted by file, line and reason; a flood of them stops all."""

import duckdb
import polars as pl
import pytest

from tests.deliveries import MARCH, amend, csv_text, deliver, file_of, rewrite, rewrite_bytes, text_of
from tests.unpacking import SECRET, raw_files, unpacked
from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import TooManyRejectedRows, WrongDelivery
from thin_assets.landing.inspect import inspect_delivery
from thin_assets.raw.room import unpack_delivery


def spoiled(folder, table, bad: dict[int, bytes]):
    """Replace lines of a table (the header is line 1) by others."""
    lines = text_of(folder, table).splitlines()
    for number, line in bad.items():
        lines[number - 1] = line
    rewrite(folder, table, b"\n".join(lines) + b"\n")


def test_a_row_with_too_few_or_too_many_fields_is_rejected_with_its_line(tmp_path):
    folder = deliver(tmp_path, {"medical": [{} for _ in range(5)]})
    spoiled(folder, "medical", {3: b"garbage", 5: b"|" * 40, 6: b""})
    raw = unpacked(folder, tmp_path)
    reason = "wrong_field_count"
    assert raw.rejected == {("medical", line, None, reason) for line in (3, 5, 6)}
    assert raw.column("medical", "source_line") == [2, 4]


def test_a_stray_quote_costs_its_own_row_and_no_other(tmp_path):
    """A reader that takes line breaks for a part of quoted text would swallow the rows that follow."""
    folder = deliver(tmp_path, {"medical": [{} for _ in range(4)]})
    good = text_of(folder, "medical").splitlines()[2]
    spoiled(folder, "medical", {3: good.replace(b"SNOMED", b'"SNOMED')})
    raw = unpacked(folder, tmp_path)
    assert raw.rejected == {("medical", 3, None, "wrong_field_count")}
    assert raw.column("medical", "source_line") == [2, 4, 5]


def test_a_carriage_return_inside_a_row_costs_that_row_only(tmp_path):
    folder = deliver(tmp_path, {"medical": [{}, {"source": "a\rb"}, {}]})
    raw = unpacked(folder, tmp_path)
    assert raw.rejected == {("medical", 3, None, "wrong_field_count")}
    assert raw.column("medical", "source_line") == [2, 4]


def test_bytes_of_another_encoding_reject_the_row_that_holds_them(tmp_path):
    """CP1252 where UTF-8 was agreed: the code could be read in two ways, so it is not read at all."""
    folder = deliver(tmp_path, {"medical": [{"medcode": "Ménière"} for _ in range(3)]})
    rewrite(folder, "medical", text_of(folder, "medical").replace("è".encode(), b"\xe8", 1))
    raw = unpacked(folder, tmp_path)
    assert raw.rejected == {("medical", 2, None, "not_utf8")}
    assert raw.column("medical", "medcode") == ["Ménière", "Ménière"]


@pytest.mark.parametrize(
    "text",
    [
        "20240230",
        "2024-01-02",
        "02012024",
        "20241301",
        "2024011",
        "00000000",
        "20240015",
        "today",
        " 20240102",
    ],
)
def test_what_is_no_date_rejects_the_row(tmp_path, text):
    raw = unpacked(deliver(tmp_path, {"medical": [{"eventdate": text}, {}]}), tmp_path)
    assert raw.rejected == {("medical", 2, "eventdate", "not_a_date")}


@pytest.mark.parametrize("text", ["1.5", "1,5", "one", "0x10", "1_000", "99999999999999999999", "+", "1 "])
def test_what_is_no_whole_number_rejects_the_row(tmp_path, text):
    raw = unpacked(deliver(tmp_path, {"therapy": [{"prscdays": text}, {}]}), tmp_path)
    assert raw.rejected == {("therapy", 2, "prscdays", "not_a_number")}


@pytest.mark.parametrize("text", ["1,5", "nan", "inf", "-Infinity", "1e999", ".", "1.2.3", "two"])
def test_what_is_no_decimal_number_rejects_the_row(tmp_path, text):
    raw = unpacked(deliver(tmp_path, {"therapy": [{"prscqty": text}, {}]}), tmp_path)
    assert raw.rejected == {("therapy", 2, "prscqty", "not_a_number")}


@pytest.mark.parametrize("column", ["pracid", "patid", "medid", "medcode"])
def test_a_row_without_what_is_required_is_rejected(tmp_path, column):
    raw = unpacked(deliver(tmp_path, {"medical": [{column: ""}, {}]}), tmp_path)
    assert raw.rejected == {("medical", 2, column, "missing_required")}


@pytest.mark.parametrize(
    ("yob", "why"),
    [
        ("20090300", "the month of somebody who is 15 by the end of the month"),
        ("19800700", "the month of an adult"),
        ("20200715", "the day of a child"),
        ("19800001", None),
    ],
)
def test_a_birth_date_more_precise_than_agreed_is_rejected(tmp_path, yob, why):
    raw = unpacked(deliver(tmp_path, {"patient": [{"yob": yob}, {"patid": "P002"}]}), tmp_path)
    reason = "birth_date_too_precise" if why else "not_a_date"
    assert raw.rejected == {("patient", 2, "yob", reason)}


def test_a_child_of_a_practice_that_left_may_keep_the_month_it_had_when_last_collected(tmp_path):
    """A frozen practice goes on delivering what it knew; its children must not vanish on turning 15."""
    folder = deliver(
        tmp_path,
        {
            "practice": """
                pracid | collectdate
                -------+------------
                a0001  | 20230430
                a0002  | 20240331
            """,
            "patient": """
                pracid | patid | yob
                -------+-------+---------
                a0001  | P001  | 20090200
                a0001  | P002  | 20080400
                a0002  | P001  | 20090200
                a0003  | P001  | 20090200
            """,
        },
    )
    raw = unpacked(folder, tmp_path)
    assert {line for _, line, _, _ in raw.rejected} == {3, 4, 5}
    assert raw.column("patient", "birth_month") == [2]


def test_the_first_reason_is_the_one_that_counts(tmp_path):
    rows = [
        {"regdate": "never", "famnum": "x", "patflag": ""},
        {"famnum": "x", "patflag": ""},
        {"patid": "P002"},
    ]
    raw = unpacked(deliver(tmp_path, {"patient": rows}), tmp_path)
    assert raw.rejected == {
        ("patient", 2, "regdate", "not_a_date"),
        ("patient", 3, "famnum", "not_a_number"),
    }


def test_delivered_is_accepted_plus_rejected_for_every_table(tmp_path):
    folder = deliver(tmp_path, {"medical": [{}, {"eventdate": "x"}, {"medcode": ""}], "therapy": [{}]})
    report = unpacked(folder, tmp_path).report
    assert report.tables["medical"].as_counts() == {
        "delivered": 3,
        "accepted": 1,
        "rejected": {"missing_required": 1, "not_a_date": 1},
    }
    assert (report.delivered, report.accepted, report.rejected) == (6, 4, 2)
    assert report.metadata("medical")["rejected: not_a_date"] == 1
    assert report.metadata("rejected")["dagster/row_count"] == 2


def test_a_rejected_row_is_known_by_its_place_and_never_by_a_value(tmp_path):
    folder = deliver(tmp_path, {"medical": [{"eventdate": "MARKERVALUE", "medcode": "MARKERVALUE"}]})
    rejected = unpacked(folder, tmp_path).table("rejected")
    assert rejected.columns == [
        "country",
        "snapshot",
        "source_table",
        "source_file",
        "source_line",
        "column_name",
        "reason",
    ]
    assert "MARKERVALUE" not in rejected.write_csv()


def test_a_patient_without_events_is_a_patient(tmp_path):
    raw = unpacked(deliver(tmp_path), tmp_path, allowed=0)
    assert raw.table("patient").height == 1
    assert raw.table("medical").is_empty()


def test_an_empty_table_has_its_columns_and_no_rows(tmp_path):
    therapy = unpacked(deliver(tmp_path, {"therapy": []}), tmp_path).table("therapy")
    assert therapy.is_empty()
    assert therapy.schema["prscdate"] == pl.Date


def test_thirty_percent_of_garbage_stops_the_partition_and_names_file_line_and_remedy(tmp_path):
    folder = deliver(tmp_path, {"therapy": [{} for _ in range(100)], "medical": [{}]})
    spoiled(folder, "therapy", dict.fromkeys(range(7, 37), b"\x00garbage"))
    with pytest.raises(TooManyRejectedRows) as caught:
        unpacked(folder, tmp_path, allowed=0.05)
    error = caught.value
    assert "30 of 100 rows of therapy (wrong_field_count 30)" in error.what
    assert error.where == "deliveries/GB/2024-03/therapy/part-000.csv.gz, first at line 7"
    assert "THIN_MAX_REJECTED_SHARE" in error.remedy


def test_when_the_partition_stops_the_rejected_rows_are_there_and_no_table_is(tmp_path):
    folder = deliver(tmp_path, {"therapy": [{}, {"prscdate": "x"}], "medical": [{}]})
    with pytest.raises(TooManyRejectedRows):
        unpacked(folder, tmp_path, allowed=0.05)
    assert {path.parent.name for path in (tmp_path / "raw").rglob("*") if path.is_file()} == {"rejected"}
    assert pl.read_parquet(raw_files(tmp_path)("rejected")).height == 1


def test_when_the_partition_stops_the_tables_of_the_last_good_delivery_stay(tmp_path):
    unpacked(deliver(tmp_path, {"medical": [{}]}), tmp_path, allowed=0)
    before = raw_files(tmp_path)("medical").read_bytes()
    with pytest.raises(TooManyRejectedRows):
        unpacked(deliver(tmp_path, {"medical": [{}, {}], "therapy": [{"prscqty": "x"}]}), tmp_path, allowed=0)
    assert raw_files(tmp_path)("medical").read_bytes() == before


def test_after_the_repair_the_same_partition_succeeds(tmp_path):
    with pytest.raises(TooManyRejectedRows):
        unpacked(deliver(tmp_path, {"therapy": [{"prscqty": "x"}]}), tmp_path, allowed=0)
    raw = unpacked(deliver(tmp_path, {"therapy": [{"prscqty": "1"}]}), tmp_path, allowed=0)
    assert raw.column("therapy", "prscqty") == [1.0]
    assert raw.rejected == set()


def test_a_month_delivered_twice_holds_the_second_delivery_only(tmp_path):
    unpacked(deliver(tmp_path, {"medical": [{}, {}], "lookup_unit_ref": [{"unit": "MEA001"}]}), tmp_path)
    raw = unpacked(deliver(tmp_path, {"medical": [{"medcode": "new"}]}), tmp_path)
    assert raw.column("medical", "medcode") == ["new"]
    assert raw.table("lookup_unit_ref").is_empty()


def test_unpacking_twice_writes_the_same_bytes(tmp_path):
    folder = deliver(tmp_path / "in", {"medical": [{}, {"eventdate": "x"}], "therapy": [{}]})
    for run in ("first", "second"):
        unpacked(folder, tmp_path / run)
    files = sorted(path.relative_to(tmp_path / "first") for path in (tmp_path / "first").rglob("*.parquet"))
    assert files
    assert [(tmp_path / "first" / file).read_bytes() for file in files] == [
        (tmp_path / "second" / file).read_bytes() for file in files
    ]


def test_a_file_damaged_after_its_inspection_leaves_no_table(tmp_path):
    folder = deliver(tmp_path, {"medical": [{}]})
    inspection = inspect_delivery(folder, MARCH)
    rewrite_bytes(folder, "medical", file_of(folder, "medical").read_bytes()[:-9], promise=False)
    with pytest.raises(WrongDelivery, match="was replaced") as caught, duckdb.connect() as con:
        unpack_delivery(inspection, MARCH, SECRET, raw_files(tmp_path), 1.0, con)
    assert caught.value.where == "deliveries/GB/2024-03/medical/part-000.csv.gz"
    assert not list((tmp_path / "raw").rglob("*.parquet*"))


def test_rows_that_came_or_went_after_the_inspection_are_noticed(tmp_path):
    folder = deliver(tmp_path, {"medical": [{}]})
    inspection = inspect_delivery(folder, MARCH)
    rewrite(folder, "medical", csv_text("medical", [{}, {}]), promise=False)
    with (
        pytest.raises(WrongDelivery, match="was replaced while it was read"),
        duckdb.connect() as con,
    ):
        unpack_delivery(inspection, MARCH, SECRET, raw_files(tmp_path), 1.0, con)
    assert not list((tmp_path / "raw").rglob("*.parquet*"))


def test_other_bytes_with_as_many_rows_are_noticed(tmp_path):
    """No count tells them: a file is held against its checksum once more after it was read."""
    folder = deliver(tmp_path, {"medical": [{"medcode": "I10"}]})
    inspection = inspect_delivery(folder, MARCH)
    rewrite(folder, "medical", csv_text("medical", [{"medcode": "I11"}]), promise=False)
    with pytest.raises(WrongDelivery, match=r"medical/part-000.csv.gz"), duckdb.connect() as con:
        unpack_delivery(inspection, MARCH, SECRET, raw_files(tmp_path), 1.0, con)
    assert not list((tmp_path / "raw").rglob("*.parquet*"))


def test_only_the_inspected_delivery_is_unpacked(tmp_path):
    folder = deliver(tmp_path)
    inspection = inspect_delivery(folder, MARCH)
    with duckdb.connect() as con:
        with pytest.raises(WrongDelivery):
            unpack_delivery(
                inspection, Snapshot.named("GB", "2024-04"), SECRET, raw_files(tmp_path), 1.0, con
            )
        amend(folder, seed=8)
        with pytest.raises(WrongDelivery):
            unpack_delivery(inspection, MARCH, SECRET, raw_files(tmp_path), 1.0, con)


def test_progress_is_told_of_every_delivered_row(tmp_path):
    inspection = inspect_delivery(deliver(tmp_path, {"medical": [{}, {"eventdate": "x"}]}), MARCH)
    told = []
    with duckdb.connect() as con:
        unpack_delivery(
            inspection, MARCH, SECRET, raw_files(tmp_path), 1.0, con, lambda *step: told.append(step)
        )
    assert ("medical", 2) in told
