"""The lake: where things lie, and how they are replaced."""

from pathlib import Path

import polars as pl
import pytest

from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import MissingVocabulary, NothingSealed
from thin_assets.resources.files import replacing, write_json
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


@pytest.fixture
def two_vocabularies(lake: Lake) -> Lake:
    """`v1` was loaded, then `v2`, which is in use."""
    for version in ("v1", "v2"):
        unfinished = lake.vocabulary_versions / ".loading"
        unfinished.mkdir(parents=True)
        lake.adopt_vocabulary(unfinished, version)
    return lake


def test_a_vocabulary_is_the_one_in_use_unless_a_version_is_named(two_vocabularies: Lake) -> None:
    assert two_vocabularies.vocabulary_version() == "v2"
    assert two_vocabularies.vocabulary().name == "version=v2"
    assert two_vocabularies.vocabulary("v1").name == "version=v1"


def test_a_build_is_read_with_the_vocabulary_it_was_made_with(two_vocabularies: Lake) -> None:
    """A vocabulary loaded since changes nothing for a build that is sealed."""
    build = write_json_build(two_vocabularies, vocabulary="v1")
    assert two_vocabularies.vocabulary_of(build).name == "version=v1"


def test_a_vocabulary_that_was_removed_is_named(two_vocabularies: Lake) -> None:
    build = write_json_build(two_vocabularies, vocabulary="v0")
    with pytest.raises(MissingVocabulary, match=r"vocabulary v0 is no longer there.*rebuild_omop"):
        two_vocabularies.vocabulary_of(build)


def test_a_build_that_was_removed_has_no_vocabulary(lake: Lake) -> None:
    with pytest.raises(NothingSealed, match="build=a"):
        lake.vocabulary_of(lake.sealed(MARCH) / "build=a")


def write_json_build(lake: Lake, vocabulary: str) -> Path:
    build = lake.sealed(MARCH) / "build=a"
    write_json(build / "build.json", {"build": "a", "identity": {"vocabulary": vocabulary}})
    return build


def test_reports_are_kept_by_room_and_partition(lake: Lake) -> None:
    lake.report("raw", MARCH, {"delivered": 3})
    assert lake.reported("raw", MARCH) == {"delivered": 3}
    assert lake.reported("raw", MARCH.previous) is None


def test_a_table_of_all_countries_lies_under_room_name_and_month(lake: Lake, tmp_path: Path) -> None:
    frame = pl.DataFrame({"a": [1, 2]})
    path = lake.write_month("studies", "x", MARCH.month, frame)
    assert path == tmp_path / "lake/studies/x/snapshot=2024-03-01/data.parquet"
    assert lake.read_month("studies", "x", MARCH.month).equals(frame)


def test_the_countries_that_have_a_table_in_a_month_are_known(lake: Lake) -> None:
    for key in ("GB|2024-03-01", "FR|2024-03-01", "IT|2024-02-01"):
        lake.write("studies", "x", Snapshot.of(key), pl.DataFrame({"a": [1]}))
    assert {one.country for one in lake.built("studies", "x", MARCH.month)} == {"FR", "GB"}
    assert lake.built("studies", "y", MARCH.month) == []
