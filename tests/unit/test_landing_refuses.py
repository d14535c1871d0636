"""At the door: what is wrong with a delivery from outside is named before a row of it is read."""

import gzip
import json
from pathlib import Path

import pytest

from tests.deliveries import (
    MARCH,
    amend,
    csv_text,
    deliver,
    file_of,
    path_of,
    rewrite,
    rewrite_bytes,
    text_of,
)
from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import (
    ChecksumMismatch,
    DeliveryIncomplete,
    DeliveryRejected,
    IdentifierRefused,
    MissingFiles,
    RowCountMismatch,
    UnreadableFile,
    WrongDelivery,
    WrongLayout,
)
from thin_assets.landing.arrivals import MANIFEST, MARKER
from thin_assets.landing.inspect import inspect_delivery

EVENTS = {"therapy": [{"drugcode": f"{number:08d}"} for number in range(50)]}


def refused(folder: Path, kind: type[DeliveryRejected], snapshot: Snapshot = MARCH) -> DeliveryRejected:
    """The error with which a delivery is sent back: of exactly this kind, with a next step."""
    with pytest.raises(DeliveryRejected) as caught:
        inspect_delivery(folder, snapshot)
    assert type(caught.value) is kind
    assert caught.value.remedy
    return caught.value


def test_a_folder_that_is_not_there_is_no_delivery(tmp_path):
    assert "no delivery" in refused(tmp_path / "GB" / "2024-03", DeliveryIncomplete).what


def test_a_delivery_without_its_marker_is_still_arriving(tmp_path):
    folder = deliver(tmp_path, complete=False)
    assert MARKER in refused(folder, DeliveryIncomplete).what
    (folder / MARKER).touch()
    assert inspect_delivery(folder, MARCH)


def test_a_marker_without_a_manifest_is_no_delivery(tmp_path):
    folder = deliver(tmp_path)
    (folder / MANIFEST).unlink()
    assert MANIFEST in refused(folder, DeliveryIncomplete).what


def test_a_manifest_that_is_not_json_is_a_wrong_layout(tmp_path):
    folder = deliver(tmp_path)
    (folder / MANIFEST).write_text("country: GB")
    error = refused(folder, WrongLayout)
    assert "json_invalid" in error.what
    assert error.where == "deliveries/GB/2024-03/manifest.json"


def test_the_fields_of_a_manifest_that_cannot_be_read_are_named_and_their_values_are_not(tmp_path):
    folder = deliver(tmp_path, snapshot_month="Smith, John", seed="Smith, Jane")
    error = refused(folder, WrongLayout)
    assert "snapshot_month" in error.what
    assert "seed" in error.what
    assert "Smith" not in str(error)


def test_a_manifest_without_a_field_names_it(tmp_path):
    folder = deliver(tmp_path)
    manifest = json.loads((folder / MANIFEST).read_text())
    del manifest["collection_cutoff"], manifest["files"][0]["sha256"]
    (folder / MANIFEST).write_text(json.dumps(manifest))
    what = refused(folder, WrongLayout).what
    assert "collection_cutoff (missing)" in what
    assert "files.0.sha256 (missing)" in what


@pytest.mark.parametrize("path", ["../../GB/2024-02/x.csv.gz", "/etc/passwd", "a\\b.csv.gz"])
def test_a_manifest_may_not_point_outside_its_folder(tmp_path, path):
    folder = deliver(tmp_path)
    manifest = json.loads((folder / MANIFEST).read_text())
    manifest["files"][0]["path"] = path
    (folder / MANIFEST).write_text(json.dumps(manifest))
    assert "files.0.path" in refused(folder, WrongLayout).what


def test_an_unknown_layout_version_is_refused_and_the_known_ones_are_offered(tmp_path):
    error = refused(deliver(tmp_path, layout_version="thin-v9"), WrongLayout)
    assert "thin-v9" in error.what
    assert "thin-v1" in error.remedy


def test_a_manifest_of_another_country_is_the_wrong_delivery(tmp_path):
    error = refused(deliver(tmp_path, country="FR"), WrongDelivery)
    assert "country is 'FR', the folder says 'GB'" in error.what


def test_a_manifest_of_another_month_is_the_wrong_delivery(tmp_path):
    error = refused(
        deliver(tmp_path, snapshot_month="2024-02", collection_cutoff="2024-02-29"), WrongDelivery
    )
    assert "snapshot_month" in error.what
    assert "collection_cutoff" in error.what


def test_a_delivery_with_free_text_is_refused_unless_text_is_wanted(tmp_path):
    folder = deliver(tmp_path, contains_free_text=True)
    assert "free text" in refused(folder, WrongLayout).what
    assert inspect_delivery(folder, MARCH, allow_text=True)


def test_every_missing_file_is_named(tmp_path):
    folder = deliver(tmp_path)
    for table in ("staff", "therapy"):
        file_of(folder, table).unlink()
    error = refused(folder, MissingFiles)
    assert error.what == "2 of 8 files absent (staff/part-000.csv.gz, therapy/part-000.csv.gz)"


def test_a_table_that_the_country_must_deliver_is_missed(tmp_path):
    folder = deliver(tmp_path)
    manifest = json.loads((folder / MANIFEST).read_text())
    amend(folder, files=[file for file in manifest["files"] if file["table"] != "therapy"])
    file_of(folder, "therapy").unlink()
    assert "therapy" in refused(folder, MissingFiles).what


def test_a_file_that_the_manifest_does_not_list_is_refused(tmp_path):
    folder = deliver(tmp_path)
    (folder / "notes.txt").write_text("hello")
    assert "notes.txt" in refused(folder, WrongLayout).what


def test_a_table_of_no_layout_is_refused(tmp_path):
    folder = deliver(tmp_path)
    rewrite(folder, "staff", text_of(folder, "staff"), table="visitors")
    assert "visitors" in refused(folder, WrongLayout).what


def test_a_table_that_another_country_delivers_is_refused(tmp_path):
    folder = deliver(tmp_path, {"dispense": []})
    assert "dispense" in refused(folder, WrongLayout).what


def test_a_wrong_checksum_names_the_file(tmp_path):
    folder = deliver(tmp_path, EVENTS)
    rewrite(folder, "therapy", csv_text("therapy", [{"drugcode": "2"}]), promise=False)
    error = refused(folder, ChecksumMismatch)
    assert error.where == f"deliveries/GB/2024-03/{path_of('therapy')}"


def test_a_file_cut_off_in_transfer_is_a_wrong_checksum_and_says_where_it_ends(tmp_path):
    folder = deliver(tmp_path, EVENTS)
    rewrite_bytes(folder, "therapy", file_of(folder, "therapy").read_bytes()[:-20], promise=False)
    assert "cut off" in refused(folder, ChecksumMismatch).what


def test_a_truncated_file_is_unreadable_even_when_its_checksum_is_promised(tmp_path):
    folder = deliver(tmp_path, EVENTS)
    rewrite_bytes(folder, "therapy", file_of(folder, "therapy").read_bytes()[:-20])
    what = refused(folder, UnreadableFile).what
    assert what == "therapy/part-000.csv.gz ends in the middle of its gzip stream: cut off in transfer"


def test_a_damaged_file_is_unreadable(tmp_path):
    folder = deliver(tmp_path, EVENTS)
    data = bytearray(file_of(folder, "therapy").read_bytes())
    data[-6] ^= 0xFF
    rewrite_bytes(folder, "therapy", bytes(data))
    assert "is damaged inside" in refused(folder, UnreadableFile).what


def test_a_file_that_is_not_gzip_is_unreadable(tmp_path):
    folder = deliver(tmp_path, EVENTS)
    rewrite_bytes(folder, "therapy", text_of(folder, "therapy"))
    assert "is not gzip" in refused(folder, UnreadableFile).what


@pytest.mark.parametrize(("delimiter", "called"), [(",", "a comma"), (";", "a semicolon"), ("\t", "a tab")])
def test_a_wrong_delimiter_is_recognised(tmp_path, delimiter, called):
    folder = deliver(tmp_path, EVENTS)
    rewrite(folder, "therapy", text_of(folder, "therapy").replace(b"|", delimiter.encode()))
    error = refused(folder, WrongLayout)
    assert error.what == f"columns are separated by {called}, not by '|'"
    assert error.where.endswith("therapy/part-000.csv.gz")


def test_an_extra_column_is_named(tmp_path):
    folder = deliver(tmp_path)
    rewrite(folder, "staff", b"pracid|staffid|roleid|specialty|sex|grade\n")
    assert refused(folder, WrongLayout).what == "columns not in the layout: grade"


def test_a_missing_column_is_named(tmp_path):
    folder = deliver(tmp_path)
    rewrite(folder, "staff", b"pracid|staffid|roleid|sex\n")
    assert refused(folder, WrongLayout).what == "columns missing: specialty"


def test_a_column_named_twice_is_refused(tmp_path):
    folder = deliver(tmp_path)
    rewrite(folder, "staff", b"pracid|staffid|roleid|specialty|sex|sex\n")
    assert "twice" in refused(folder, WrongLayout).what


def test_a_header_in_another_order_than_the_manifest_says_is_refused(tmp_path):
    folder = deliver(tmp_path)
    rewrite(folder, "staff", b"staffid|pracid|roleid|specialty|sex\n", columns=["pracid", "staffid"])
    assert "order" in refused(folder, WrongLayout).what


def test_a_file_without_a_header_is_refused_and_its_first_row_is_not_shown(tmp_path):
    folder = deliver(tmp_path, EVENTS)
    rewrite(folder, "staff", b"a0001|XYZ9|GP|cardiology|1\n")
    error = refused(folder, WrongLayout)
    assert "no header" in error.what
    assert "XYZ9" not in str(error)


def test_a_file_that_holds_nothing_is_refused(tmp_path):
    folder = deliver(tmp_path)
    rewrite(folder, "therapy", b"")
    assert "not even a header" in refused(folder, WrongLayout).what


def test_more_or_fewer_rows_than_promised_are_a_mismatch(tmp_path):
    folder = deliver(tmp_path, EVENTS)
    rewrite(folder, "therapy", text_of(folder, "therapy"), rows=51)
    error = refused(folder, RowCountMismatch)
    assert error.what == "therapy/part-000.csv.gz holds 50 rows, the manifest promises 51"


@pytest.mark.parametrize("table", ["patient", "practice"])
def test_a_delivery_without_patients_or_practices_is_none(tmp_path, table):
    assert table in refused(deliver(tmp_path, {table: []}), DeliveryIncomplete).what


@pytest.mark.parametrize("column", ["surname", "post_code", "NHS_Number", "dateNaissance", "Straße"])
def test_a_column_that_names_a_person_is_refused_as_such(tmp_path, column):
    """An identifier is no mere extra column: nobody should open the file to look."""
    folder = deliver(tmp_path)
    rewrite(
        folder, "patient", text_of(folder, "patient").replace(b"sysdate\n", f"sysdate|{column}\n".encode())
    )
    error = refused(folder, IdentifierRefused)
    assert "delete the delivery" in error.remedy
    assert error.where.endswith("patient/part-000.csv.gz")


def test_an_identifier_that_only_the_manifest_admits_is_refused_before_the_file_is_opened(tmp_path):
    folder = deliver(tmp_path)
    rewrite(folder, "patient", text_of(folder, "patient"), columns=["pracid", "cognome"], sha256="0" * 64)
    assert "name" in refused(folder, IdentifierRefused).what


def test_an_error_never_shows_a_value_of_a_row(tmp_path):
    folder = deliver(tmp_path, {"medical": [{"medcode": "MARKERVALUE"}]})
    rewrite(folder, "medical", text_of(folder, "medical").replace(b"|", b";"))
    assert "MARKERVALUE" not in str(refused(folder, WrongLayout))


def test_a_delivery_is_let_in_once_the_provider_has_repaired_it(tmp_path):
    folder = deliver(tmp_path, EVENTS)
    good = gzip.decompress(file_of(folder, "therapy").read_bytes())
    rewrite(folder, "therapy", good.replace(b"|", b";"))
    refused(folder, WrongLayout)
    rewrite(folder, "therapy", good)
    assert inspect_delivery(folder, MARCH).tables["therapy"] == 50
