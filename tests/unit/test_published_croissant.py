"""The Croissant description: valid by mlcroissant, which loads the rows of the current version with it."""

import json
import sys
from hashlib import sha256
from pathlib import Path

import mlcroissant
import pytest
from absl import logging as absl_logging

from tests.products import HAND, LUNG, publish
from thin_assets import read_published
from thin_assets.published.contract.croissant import cite_as, croissant_of
from thin_assets.published.declared.shelf import Shelf
from thin_assets.published.record.recalls import recall_version

# mlcroissant brings absl, which closes the stream of its handler when anybody configures logging anew: in a
# test that is the stream of pytest.
absl_logging.get_absl_handler().python_handler.stream = sys.__stderr__


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """Two countries, one of them published again: a file that is no longer current lies there too."""
    publish(tmp_path, "GB|2024-03-01", 3)
    publish(tmp_path, "FR|2024-03-01", 4)
    publish(tmp_path, "FR|2024-03-01", 2, build="b2")
    return Shelf(tmp_path, LUNG)


def loaded(shelf: Shelf) -> list[dict]:
    return list(mlcroissant.Dataset(jsonld=str(shelf.croissant)).records("rows"))


def test_mlcroissant_finds_neither_error_nor_warning(shelf: Shelf) -> None:
    metadata = mlcroissant.Dataset(jsonld=str(shelf.croissant)).metadata
    assert (metadata.issues.errors, metadata.issues.warnings) == (set(), set())
    assert (metadata.name, str(metadata.version)) == (LUNG.name, LUNG.version)
    assert metadata.license == [LUNG.license]
    assert metadata.cite_as == cite_as(LUNG)


def test_mlcroissant_loads_the_rows_of_the_current_version(shelf: Shelf) -> None:
    rows = read_published(LUNG.name, home=shelf.home)
    records = loaded(shelf)
    assert len(records) == rows.height == 5
    found = {
        (record["rows/country"].decode(), record["rows/snapshot"].date(), int(record["rows/row_id"]))
        for record in records
    }
    assert found == set(rows.select("country", "snapshot", "row_id").iter_rows())


def test_every_column_has_a_type_a_meaning_a_unit_and_what_absence_says(shelf: Shelf) -> None:
    (record_set,) = croissant_of(shelf)["recordSet"]
    told = {field["name"]: field for field in record_set["field"]}
    assert list(told) == list(LUNG.schema)
    assert told["days_since_last"]["dataType"] == "cr:Int32"
    assert told["days_since_last"]["description"].endswith(
        "; unit: days; absent: nothing is counted for this covariate"
    )
    assert [one["@id"] for one in record_set["key"]] == [f"rows/{name}" for name in LUNG.unique]


def test_files_are_those_of_the_current_version_each_with_its_sha(shelf: Shelf) -> None:
    files = [one for one in croissant_of(shelf)["distribution"] if one["@type"] == "cr:FileObject"]
    assert len(files) == 2
    for file in files:
        content = (shelf.folder / file["contentUrl"]).read_bytes()
        assert file["sha256"] == sha256(content).hexdigest()


def test_the_same_version_is_described_by_the_same_bytes(shelf: Shelf) -> None:
    written = json.loads(shelf.croissant.read_text(encoding="utf-8"))
    shelf.croissant.unlink()
    assert croissant_of(shelf) == written


def test_after_a_recall_what_was_put_back_is_described(shelf: Shelf) -> None:
    recall_version(shelf, 3, "wrong unit", HAND)
    assert len(loaded(shelf)) == 7


def test_a_table_without_a_row_is_described_too(tmp_path: Path) -> None:
    publish(tmp_path, "RO|2024-03-01", 0)
    metadata = mlcroissant.Dataset(jsonld=str(Shelf(tmp_path, LUNG).croissant)).metadata
    assert metadata.issues.errors == set()
