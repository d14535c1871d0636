"""Two runs of one partition at once: one waits for the other, or is refused where it may not wait."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.journey.faults.conftest import BELGIUM, RUN
from tests.journey.faults.processes import Job, Running, Trap, room_job, start, wait_for
from tests.journey.faults.seen import lake_bytes, left_behind
from thin_assets.errors import PartitionBusy

pytestmark = pytest.mark.journey

IN_RAW = Trap("os.mkdir", r"lake/raw/medical/", action="hold")
UNTIL_RAW = (*RUN, "--until", "raw")


@pytest.fixture
def first(redelivered: Path, words: Callable[[], Path]) -> Running:
    """A run that is held in the middle of raw."""
    running = start(Job(redelivered, UNTIL_RAW, trap=IN_RAW), words())
    running.holds()
    return running


@pytest.mark.fault("two runs, one waits")
def test_the_second_waits_and_says_for_whom(
    first: Running, redelivered: Path, new: Path, words: Callable[[], Path]
) -> None:
    second = start(Job(redelivered, UNTIL_RAW), words())
    wait_for(lambda: "waiting for it to end" in second.said or not second.process.is_alive())
    assert f"thin-assets run (process {first.process.pid})" in second.said
    assert second.process.is_alive()
    first.go_on()
    assert (first.end(), second.end()) == (0, 0), first.said + second.said
    assert lake_bytes(redelivered, "raw") == lake_bytes(new, "raw")
    assert left_behind(redelivered) == []


@pytest.mark.fault("two runs, one is refused")
def test_without_patience_the_second_is_refused_and_the_first_goes_on(
    first: Running, redelivered: Path, new: Path, words: Callable[[], Path]
) -> None:
    """Another country's run meets nobody."""
    impatient = {"THIN_PARTITION_PATIENCE": "0"}
    second = start(Job(redelivered, UNTIL_RAW, environment=impatient), words())
    assert second.end() == PartitionBusy.exit_code, second.said
    assert f"BE|2024-03-01 is being built by thin-assets run (process {first.process.pid})" in second.said
    assert "wait until it has ended" in second.said
    first.go_on()
    assert first.end() == 0, first.said
    assert lake_bytes(redelivered, "raw") == lake_bytes(new, "raw")


def test_a_run_that_is_killed_gives_the_partition_back(
    first: Running, redelivered: Path, new: Path, words: Callable[[], Path]
) -> None:
    """Its lock ends with it, whatever is written in the file."""
    first.kill()
    assert first.end() == -9
    second = start(room_job(redelivered, BELGIUM, "raw"), words())
    assert second.end() == 0, second.said
    assert "cleared away" in second.said
    assert lake_bytes(redelivered, "raw") == lake_bytes(new, "raw")
    assert left_behind(redelivered) == []
