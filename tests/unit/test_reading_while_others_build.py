"""What is read of a partition that another run builds: the old, the new, or a short wait; never an error."""

import multiprocessing
import os
import signal
import time
from multiprocessing.synchronize import Event
from pathlib import Path

import polars as pl
import pytest

from tests.unit.test_lake import MARCH
from thin_assets.errors import DamagedFile
from thin_assets.resources.alone import alone, outlast_writers
from thin_assets.resources.lake import Lake

OLD, NEW = pl.DataFrame({"persons": [1]}), pl.DataFrame({"persons": [2]})
TABLES = ("prescribing", "prescribing_changes")


def replace(home: Path, begun: Event, go_on: Event) -> None:
    """A run that says which tables it replaces, and comes to the last of them when it is told to."""
    lake = Lake(home=str(home))
    with alone(home, MARCH.key, "run 1", 0, print):
        lake.begin("studies", MARCH, *TABLES)
        begun.set()
        go_on.wait(600)
        for table in TABLES:
            lake.write("studies", table, MARCH, NEW)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """Where both tables were built before."""
    lake = Lake(home=str(tmp_path))
    for table in TABLES:
        lake.write("studies", table, MARCH, OLD)
    return lake


@pytest.fixture
def writer(lake: Lake) -> tuple[multiprocessing.Process, Event]:
    """Another process in the midst of replacing the tables."""
    context = multiprocessing.get_context("spawn")  # a fork has polars without its threads
    begun, go_on = context.Event(), context.Event()
    process = context.Process(target=replace, args=(Path(lake.home), begun, go_on))
    process.start()
    assert begun.wait(600)
    yield process, go_on
    if process.is_alive():
        go_on.set()
    process.join()


def test_countries_are_pooled_once_another_run_has_replaced_its_tables(
    lake: Lake, writer: tuple, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other goes on because the reader waits: without a wait this fails."""
    _, go_on = writer
    sleep = time.sleep

    def waiting(seconds: float) -> None:
        go_on.set()
        sleep(seconds)

    monkeypatch.setattr(time, "sleep", waiting)
    assert [lake.read("studies", table, MARCH).item() for table in TABLES] == [2, 2]


def test_what_a_killed_run_left_half_done_is_refused(lake: Lake, writer: tuple) -> None:
    process, _ = writer
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    with pytest.raises(DamagedFile, match="a run ended while it replaced this table"):
        lake.read("studies", TABLES[0], MARCH)


def test_a_writer_that_takes_too_long_is_not_waited_for(lake: Lake, writer: tuple) -> None:
    """The reader of tables waits a minute; here no time at all."""
    looked = []

    def look() -> None:
        looked.append(1)
        raise DamagedFile("not yet", where="here", remedy="wait")

    with pytest.raises(DamagedFile):
        outlast_writers(Path(lake.home), MARCH.key, look, patience=0)
    assert len(looked) == 1


@pytest.mark.parametrize("of_a_step", [False, True], ids=["in_the_run", "in_a_step_of_the_run"])
def test_a_run_does_not_wait_for_itself(lake: Lake, monkeypatch: pytest.MonkeyPatch, of_a_step: bool) -> None:
    """Its own half-done table is looked at twice, and refused: nobody else will end it."""
    waited = []
    with alone(Path(lake.home), MARCH.key, "run 1", 0, print):
        lake.begin("studies", MARCH, *TABLES)
        monkeypatch.setattr(time, "sleep", waited.append)
        if of_a_step:
            run = os.getpid()
            monkeypatch.setattr(os, "getpid", lambda: -1)
            monkeypatch.setattr(os, "getppid", lambda: run)
        with pytest.raises(DamagedFile):
            lake.read("studies", TABLES[0], MARCH)
    assert waited == [0]
