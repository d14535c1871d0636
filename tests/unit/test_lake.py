"""The lake: where things lie, and how they are replaced."""

from pathlib import Path

import polars as pl
import pytest

from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import MissingVocabulary, NothingSealed
from thin_assets.resources.files import replacing
from thin_assets.resources.lake import Lake

MARCH = Snapshot.named("GB", "2024-03")


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(home=str(tmp_path))


def test_a_table_lies_under_room_name_country_and_month(lake: Lake, tmp_path: Path) -> None:
    expected = tmp_path / "lake/raw/consult/country=GB/snapshot=2024-03-01/data.parquet"
    assert lake.file("raw", "consult", MARCH) == expected


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    with pytest.raises(RuntimeError), replacing(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_same_rows_are_written_as_the_same_bytes(lake: Lake) -> None:
    frame = pl.DataFrame({"a": [1, 2, 3]})
    first = lake.write("cohorts", "x", MARCH, frame).read_bytes()
    assert lake.write("cohorts", "x", MARCH, frame).read_bytes() == first
    assert lake.read("cohorts", "x", MARCH).equals(frame)


def test_what_is_not_built_says_how_to_build_it(lake: Lake) -> None:
    with pytest.raises(NothingSealed, match="thin-assets run --country GB"):
        lake.current_build(MARCH)
    with pytest.raises(NothingSealed, match="materialise"):
        lake.read("cohorts", "x", MARCH)
    with pytest.raises(MissingVocabulary, match="doctor"):
        lake.vocabulary()


def test_a_new_candidate_takes_the_place_of_the_one_before(lake: Lake) -> None:
    for name in ("candidate=a", "candidate=b"):
        (lake.candidates(MARCH) / name).mkdir(parents=True)
        lake.name_candidate(MARCH, lake.candidates(MARCH) / name, {"delivery": name})
    assert lake.candidate(MARCH) == (lake.candidates(MARCH) / "candidate=b", {"delivery": "candidate=b"})
    assert not (lake.candidates(MARCH) / "candidate=a").exists()


def test_reports_are_kept_by_room_and_partition(lake: Lake) -> None:
    lake.report("raw", MARCH, {"delivered": 3})
    assert lake.reported("raw", MARCH) == {"delivered": 3}
    assert lake.reported("raw", MARCH.previous) is None
