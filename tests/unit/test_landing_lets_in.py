"""At the door: what a delivery that is let in is said to be."""

import gzip
import hashlib
import json

import pytest

from tests.deliveries import MARCH, amend, deliver, file_of, rewrite, rewrite_bytes, text_of
from thin_assets.domain.countries import COUNTRIES
from thin_assets.domain.layout import column_names
from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import DeliveryIncomplete
from thin_assets.landing.arrivals import MANIFEST
from thin_assets.landing.contract import Inspection
from thin_assets.landing.inspect import inspect_delivery
from thin_assets.landing.scan import CHUNK, INFLATED, scan_text


@pytest.mark.parametrize("country", COUNTRIES)
def test_every_country_delivers_its_own_tables(tmp_path, country):
    snapshot = Snapshot.named(country, "2024-03")
    tables = inspect_delivery(deliver(tmp_path, snapshot=snapshot), snapshot).tables
    assert ("dispense" in tables) == (country == "FR")
    assert ("pvi" in tables) == (country == "GB")


def test_the_delivery_id_is_the_checksum_of_the_manifest(tmp_path):
    folder = deliver(tmp_path)
    expected = hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest()
    assert inspect_delivery(folder, MARCH).delivery_id == expected


def test_the_same_month_delivered_again_has_another_delivery_id(tmp_path):
    first = inspect_delivery(deliver(tmp_path), MARCH)
    second = inspect_delivery(deliver(tmp_path, {"medical": [{}]}), MARCH)
    assert first.delivery_id != second.delivery_id
    assert not first.is_current()
    assert second.is_current()


def test_rows_are_counted_by_table_over_all_its_files(tmp_path):
    folder = deliver(tmp_path, {"medical": [{}, {}]})
    manifest = json.loads((folder / MANIFEST).read_text())
    first = next(file for file in manifest["files"] if file["table"] == "medical")
    second = first | {"path": "medical/part-001.csv.gz"}
    (folder / second["path"]).write_bytes(file_of(folder, "medical").read_bytes())
    amend(folder, files=[*manifest["files"], second])
    inspection = inspect_delivery(folder, MARCH)
    assert inspection.tables["medical"] == 4
    assert [file.name for file in inspection.files_of("medical")] == [first["path"], second["path"]]


def test_a_table_with_a_header_and_no_rows_is_let_in(tmp_path):
    assert inspect_delivery(deliver(tmp_path, {"therapy": []}), MARCH).tables["therapy"] == 0


def test_columns_may_stand_in_any_order(tmp_path):
    folder = deliver(tmp_path)
    rewrite(folder, "staff", b"sex|staffid|pracid|roleid|specialty\n1|S001|a0001||\n")
    file = inspect_delivery(folder, MARCH).files_of("staff")[0]
    assert file.columns == ("sex", "staffid", "pracid", "roleid", "specialty")


@pytest.mark.parametrize("spelling", [b"\xef\xbb\xbf%s", b'"%s"'], ids=["byte order mark", "quoted"])
def test_a_header_with_a_byte_order_mark_or_quotes_is_understood(tmp_path, spelling):
    folder = deliver(tmp_path)
    text = text_of(folder, "staff")
    rewrite(folder, "staff", text.replace(b"pracid", spelling % b"pracid"), columns=column_names("staff"))
    assert inspect_delivery(folder, MARCH).files_of("staff")[0].columns[0] == "pracid"


def test_windows_line_ends_are_understood(tmp_path):
    folder = deliver(tmp_path, {"staff": [{}, {}]})
    rewrite(folder, "staff", text_of(folder, "staff").replace(b"\n", b"\r\n"))
    assert inspect_delivery(folder, MARCH).tables["staff"] == 2


def test_a_last_line_without_a_line_end_counts(tmp_path):
    folder = deliver(tmp_path, {"staff": [{}, {}]})
    rewrite(folder, "staff", text_of(folder, "staff").rstrip(b"\n"))
    assert inspect_delivery(folder, MARCH).tables["staff"] == 2


def test_several_gzip_members_are_one_file(tmp_path):
    folder = deliver(tmp_path, {"staff": [{}, {}]})
    head, _, tail = text_of(folder, "staff").partition(b"\n")
    members = gzip.compress(head + b"\n") + gzip.compress(tail)
    rewrite_bytes(folder, "staff", members)
    assert inspect_delivery(folder, MARCH).tables["staff"] == 2


def test_progress_is_told_file_by_file(tmp_path):
    told = []
    inspect_delivery(deliver(tmp_path, {"staff": [{}]}), MARCH, lambda name, rows: told.append((name, rows)))
    assert ("staff/part-000.csv.gz", 1) in told
    assert len(told) == 8


def test_no_byte_of_a_delivery_changes(tmp_path):
    folder = deliver(tmp_path, {"medical": [{}]})
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    inspect_delivery(folder, MARCH)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_an_inspection_survives_being_written_down(tmp_path):
    inspection = inspect_delivery(deliver(tmp_path, {"medical": [{}]}), MARCH)
    record = json.loads(json.dumps(inspection.as_record()))
    assert Inspection.from_record(record, inspection.folder, MARCH) == inspection


def test_without_a_record_there_was_no_inspection(tmp_path):
    with pytest.raises(DeliveryIncomplete, match="not inspected"):
        Inspection.from_record(None, tmp_path, MARCH)


def test_a_file_that_inflates_to_many_times_its_size_is_counted_in_pieces(tmp_path):
    """A megabyte of gzip may hold a gigabyte: what is inflated at once stays bounded."""
    path = tmp_path / "rows.csv.gz"
    lines = 3 * INFLATED // 8
    path.write_bytes(gzip.compress(b"1234567\n" * lines))
    assert path.stat().st_size < CHUNK
    scan = scan_text(path)
    assert (scan.header, scan.rows, scan.fault) == (b"1234567", lines - 1, None)
