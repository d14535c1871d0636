"""What killed runs left: found by its name, and only where it is nobody's work in progress."""

import os
from pathlib import Path

import polars as pl
import pytest

from tests.products import LUNG, publish
from tests.unit.test_lake import MARCH
from thin_assets.published.declared.shelf import Shelf
from thin_assets.published.writing.orphans import orphans
from thin_assets.resources.lake import Lake
from thin_assets.resources.leftovers import all_leftovers, leftovers_of, remove


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = Lake(home=str(tmp_path))
    lake.write("cohorts", "x", MARCH, pl.DataFrame({"a": [1]}))
    return lake


def leave(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    os.utime(path, (0, 0))
    return path


def test_files_that_were_being_written_are_found_and_nothing_else(lake: Lake) -> None:
    folder = lake.folder("cohorts", "x", MARCH)
    left = {leave(folder / ".data.parquet.0123abcd"), leave(folder / ".data.parquet.0123abcd.3")}
    left |= {leave(lake.root / "reports" / MARCH.partition_folder / ".raw.json.0123abcd")}
    left |= {leave(folder.parent / ".snapshot=2024-03-01.0123abcd")}
    leave(folder / ".data.parquet.lock")
    leave(folder / ".notes")
    assert set(leftovers_of(lake, MARCH)) == left
    assert remove(leftovers_of(lake, MARCH)) == 4
    assert leftovers_of(lake, MARCH) == []
    assert lake.read("cohorts", "x", MARCH).height == 1


def test_other_partitions_are_left_alone(lake: Lake) -> None:
    leave(lake.folder("cohorts", "x", MARCH.previous) / ".data.parquet.0123abcd")
    assert leftovers_of(lake, MARCH) == []


def test_a_candidate_that_nobody_named_is_left_over(lake: Lake) -> None:
    for name in ("candidate=a", "candidate=b"):
        (lake.candidates(MARCH) / name / "person").mkdir(parents=True)
    lake.name_candidate(MARCH, lake.candidates(MARCH) / "candidate=b", {})
    assert leftovers_of(lake, MARCH) == [lake.candidates(MARCH) / "candidate=a"]


def test_what_later_months_write_as_well_is_for_doctor(lake: Lake, tmp_path: Path) -> None:
    left = leave(lake.folder("features", "first_seen", MARCH) / ".data.parquet.0123abcd")
    assert leftovers_of(lake, MARCH) == []
    assert all_leftovers(tmp_path) == [left]


def test_what_was_written_to_just_now_may_be_somebodys_work(lake: Lake, tmp_path: Path) -> None:
    left = leave(tmp_path / "published" / "catalogue" / ".index.html.0123abcd")
    assert all_leftovers(tmp_path) == [left]
    left.touch()
    assert all_leftovers(tmp_path) == []
    assert all_leftovers(tmp_path, settled=0) == [left]


def test_a_data_file_that_no_commit_names_is_an_orphan(tmp_path: Path) -> None:
    for build in ("b0", "b1"):
        publish(tmp_path, MARCH.key, 30, build=build)
    table = Shelf(tmp_path, LUNG).table
    assert orphans(table, settled=0) == []
    left = leave(table / MARCH.partition_folder / "part-00000-0a-c000.snappy.parquet")
    assert orphans(table) == [left]
    assert orphans(tmp_path / "none") == []
