"""What is known of files that were cut, changed, left half done, or could not be written."""

import errno
from pathlib import Path

import polars as pl
import pytest

from tests.unit.test_lake import MARCH
from thin_assets.errors import DamagedFile, DiskFull, NothingSealed
from thin_assets.resources.files import replacing, write_json
from thin_assets.resources.full_disk import NamingFullDisk
from thin_assets.resources.lake import Lake
from thin_assets.resources.sealed import require_undamaged
from thin_assets.resources.sums import keep_sum, sum_file, sum_of

TABLE = pl.DataFrame({"person_id": [4711, 4712]})


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = Lake(home=str(tmp_path))
    lake.write("features", "x", MARCH, TABLE)
    return lake


def test_a_checksum_lies_beside_every_table_as_sha256sum_writes_it(lake: Lake) -> None:
    file = lake.file("features", "x", MARCH)
    assert sum_file(file).read_text() == f"{sum_of(file)}  data.parquet\n"
    assert lake.read("features", "x", MARCH).equals(TABLE)


def test_a_table_that_was_changed_is_named_with_what_to_do(lake: Lake) -> None:
    lake.file("features", "x", MARCH).write_bytes(b"PAR1 4711 PAR1")
    with pytest.raises(DamagedFile) as caught:
        lake.read("features", "x", MARCH)
    assert caught.value.where == "lake/features/x/country=GB/snapshot=2024-03-01/data.parquet"
    assert "thin-assets run --country GB --snapshot 2024-03" in caught.value.remedy
    assert "4711" not in str(caught.value)


def test_a_table_that_is_gone_was_not_just_never_built(lake: Lake) -> None:
    lake.file("features", "x", MARCH).unlink()
    with pytest.raises(DamagedFile, match="was written, and is gone"):
        lake.read("features", "x", MARCH)
    with pytest.raises(NothingSealed, match="is not built"):
        lake.read("features", "y", MARCH)


def test_tables_that_belong_together_are_read_when_all_are_written(lake: Lake) -> None:
    lake.begin("features", MARCH, "x", "y")
    lake.write("features", "x", MARCH, TABLE)
    assert lake.read("features", "x", MARCH).equals(TABLE)
    with pytest.raises(DamagedFile, match="ended while it replaced"):
        lake.read("features", "y", MARCH)
    lake.write("features", "y", MARCH, TABLE)
    assert lake.read("features", "y", MARCH).equals(TABLE)


def test_a_table_without_a_checksum_is_believed_as_far_as_it_can_be_read(lake: Lake) -> None:
    file = lake.file("features", "x", MARCH)
    sum_file(file).unlink()
    assert lake.read("features", "x", MARCH).equals(TABLE)
    file.write_bytes(b"no Parquet at all")
    with pytest.raises(DamagedFile, match="cannot be read as Parquet"):
        lake.read("features", "x", MARCH)


def test_raw_is_whole_or_the_first_table_that_is_not_is_named(lake: Lake) -> None:
    for table in ("consult", "medical"):
        lake.write("raw", table, MARCH, TABLE)
    lake.require_raw(MARCH)
    lake.file("raw", "medical", MARCH).unlink()
    with pytest.raises(DamagedFile, match="lake/raw/medical"):
        lake.require_raw(MARCH)


@pytest.fixture
def build(tmp_path: Path) -> Path:
    """A sealed build of two tables."""
    folder = tmp_path / "cdm" / "country=GB" / "snapshot=2024-03-01" / "build=a"
    tables = {}
    for name in ("death", "person"):
        (folder / name).mkdir(parents=True)
        TABLE.write_parquet(folder / name / "data.parquet")
        tables[name] = {"sha256": sum_of(folder / name / "data.parquet")}
    write_json(folder / "build.json", {"build": "a", "tables": tables})
    return folder


def test_a_sealed_build_is_held_against_its_description(build: Path) -> None:
    require_undamaged(build)
    (build / "person" / "data.parquet").write_bytes(b"x")
    with pytest.raises(DamagedFile, match="build=a/person/data.parquet"):
        require_undamaged(build)
    (build / "death" / "data.parquet").unlink()
    with pytest.raises(DamagedFile, match="death/data.parquet and 1 more"):
        require_undamaged(build)


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        OSError(errno.EDQUOT, "Disk quota exceeded"),
        pl.exceptions.ComputeError("parquet: No space left on device (os error 28)"),
        RuntimeError("IO Error: Could not write file: File too large"),
    ],
    ids=["system", "quota", "polars", "engine"],
)
def test_a_full_disk_is_named_whichever_library_met_it(error: Exception) -> None:
    with pytest.raises(DiskFull, match="cannot write") as caught, NamingFullDisk("lake/raw"):
        raise error
    assert (caught.value.where, caught.value.__suppress_context__) == ("lake/raw", True)


def test_other_errors_pass_as_they_are() -> None:
    with pytest.raises(PermissionError), NamingFullDisk("lake/raw"):
        raise PermissionError(errno.EACCES, "Permission denied")


def test_a_file_that_found_no_room_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    with pytest.raises(DiskFull), replacing(path):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert (path.read_text(), list(tmp_path.iterdir())) == ("old", [path])


def test_a_long_table_keeps_its_checksum_too(lake: Lake) -> None:
    file = lake.file("features", "x", MARCH)
    lake.begin("features", MARCH, "x")
    keep_sum(file)
    assert lake.whole("features", "x", MARCH) == file
