"""The disk is full while a room writes: what stood stands, the message says so, and the rerun succeeds."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.journey.faults.conftest import BELGIUM
from tests.journey.faults.processes import Job, Trap, done, room_job, start
from tests.journey.faults.seen import current_build, lake_bytes, left_behind, published
from thin_assets.errors import DiskFull
from thin_assets.published.declared.product import products
from thin_assets.published.declared.shelf import Shelf
from thin_assets.published.writing.orphans import orphans

pytestmark = pytest.mark.journey


def run_out_of_disk(job: Job, output: Path) -> str:
    """Run it to the error of a full disk, and return what it said."""
    running = start(job, output)
    assert running.end() == DiskFull.exit_code, running.said
    assert "DiskFull" in running.said and "cannot write: " in running.said
    assert "File too large" in running.said
    assert "remedy free some of the disk" in running.said
    return running.said


@pytest.mark.fault("disk full in raw")
def test_raw_keeps_the_tables_of_the_delivery_before(
    redelivered: Path, new: Path, words: Callable[[], Path]
) -> None:
    """The largest tables do not fit."""
    before = lake_bytes(redelivered, "raw")
    done(room_job(redelivered, BELGIUM, "landing"), words())
    full = Trap("os.mkdir", r"lake/raw/", action=20_000)
    said = run_out_of_disk(room_job(redelivered, BELGIUM, "raw", trap=full, without_log=True), words())
    assert "lake/raw/" in said
    assert (lake_bytes(redelivered, "raw"), left_behind(redelivered)) == (before, [])
    done(room_job(redelivered, BELGIUM, "raw"), words())
    assert lake_bytes(redelivered, "raw") == lake_bytes(new, "raw")


@pytest.mark.fault("disk full in omop")
def test_omop_leaves_the_sealed_build_current(new_home: Path, words: Callable[[], Path]) -> None:
    """dbt, in a process of its own, cannot write the largest tables of the candidate."""
    before = current_build(new_home, BELGIUM)
    full = Trap("subprocess.Popen", r"dbt", action=20_000)
    run_out_of_disk(room_job(new_home, BELGIUM, "omop", trap=full, without_log=True), words())
    assert current_build(new_home, BELGIUM) == before
    assert any("candidate=" in path for path in left_behind(new_home))
    done(room_job(new_home, BELGIUM, "omop", "validated"), words())
    assert (current_build(new_home, BELGIUM), left_behind(new_home)) == (before, [])


@pytest.mark.fault("disk full in published")
def test_published_keeps_the_version_before(new_home: Path, words: Callable[[], Path]) -> None:
    """The rows do not fit: no commit is made, and a file that no commit names is cleared away by doctor."""
    before, shelf = published(new_home, BELGIUM), Shelf(new_home, products(new_home)["prescribing"])
    full = Trap("open", r"published/prescribing/\.v1\.lock", action=2_000)
    job = room_job(new_home, BELGIUM, "published/prescribing", trap=full, without_log=True)
    assert "published/prescribing/v1" in run_out_of_disk(job, words())
    assert published(new_home, BELGIUM) == before
    done(room_job(new_home, BELGIUM, "published/prescribing"), words())
    assert published(new_home, BELGIUM) == before
    assert orphans(shelf.table, settled=0) == []
