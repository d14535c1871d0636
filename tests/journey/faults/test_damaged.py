"""A file of the lake is cut, changed or gone: the room that would read it names it, and says what to do."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.journey.faults.conftest import BELGIUM
from tests.journey.faults.processes import done, room_job, start
from tests.journey.faults.seen import current_build, lake_bytes, published
from thin_assets.errors import DamagedFile
from thin_assets.resources.lake import Lake

pytestmark = pytest.mark.journey


def cut(file: Path) -> None:
    """Half of it is gone."""
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def flip(file: Path) -> None:
    """Sixteen bits in its middle are not what they were; its length is."""
    held = bytearray(file.read_bytes())
    middle = len(held) // 2
    held[middle : middle + 2] = bytes(byte ^ 0xFF for byte in held[middle : middle + 2])
    file.write_bytes(held)


HARMS = pytest.mark.parametrize("harm", [cut, flip, Path.unlink], ids=["cut", "changed", "gone"])


def refused(home: Path, reader: str, words: Path) -> str:
    """What the room says that would have read it: the error that names the file, and no value of a row."""
    running = start(room_job(home, BELGIUM, reader), words)
    assert running.end() == DamagedFile.exit_code, running.said
    panel = running.said.rpartition("╭")[2]
    assert "DamagedFile" in panel and "remedy" in panel
    assert "thin-assets run" in panel
    return panel


@HARMS
@pytest.mark.fault("damaged raw")
def test_a_raw_table(harm: Callable, new_home: Path, new: Path, words: Callable[[], Path]) -> None:
    """omop reads all of them; unpacking again mends it."""
    before = published(new_home, BELGIUM)
    harm(Lake(home=str(new_home)).file("raw", "medical", BELGIUM))
    panel = refused(new_home, "omop", words())
    assert "lake/raw/medical/country=BE/snapshot=2024-03-01/data.parquet" in panel
    assert published(new_home, BELGIUM) == before
    done(room_job(new_home, BELGIUM, "raw"), words())
    assert lake_bytes(new_home) == lake_bytes(new)


@pytest.mark.fault("damaged build")
def test_a_table_of_a_sealed_build(new_home: Path, new: Path, words: Callable[[], Path]) -> None:
    """Readers of the CDM refuse, however it was harmed; the build takes its own place again."""
    build = Lake(home=str(new_home)).current_build(BELGIUM)
    harms = {"person": cut, "measurement": flip, "death": Path.unlink}
    for table, harm in harms.items():
        whole = (build / table / "data.parquet").read_bytes()
        harm(build / table / "data.parquet")
        panel = refused(new_home, "cohorts/lung_cancer", words())
        assert f"{build.name}/{table}/data.parquet" in panel
        (build / table / "data.parquet").write_bytes(whole)
    flip(build / "condition_occurrence" / "data.parquet")
    done(room_job(new_home, BELGIUM, "omop", "validated"), words())
    assert current_build(new_home, BELGIUM) == current_build(new, BELGIUM)
    assert lake_bytes(new_home) == lake_bytes(new)


@HARMS
@pytest.mark.fault("damaged features")
def test_a_table_of_features(harm: Callable, new_home: Path, new: Path, words: Callable[[], Path]) -> None:
    """Nothing is published of it until the population is built again."""
    before = published(new_home, BELGIUM)
    harm(Lake(home=str(new_home)).file("features", "lung_cancer_matched_labels", BELGIUM))
    panel = refused(new_home, "published/lung_cancer_entries", words())
    assert "lake/features/lung_cancer_matched_labels/" in panel
    assert published(new_home, BELGIUM) == before
    done(room_job(new_home, BELGIUM, "features/lung_cancer_matched"), words())
    assert lake_bytes(new_home) == lake_bytes(new)
    done(room_job(new_home, BELGIUM, "published/lung_cancer_entries"), words())
    assert published(new_home, BELGIUM) == before
