"""One run at a time for a partition, whoever asks: processes, jobs of Dagster, the command line."""

import multiprocessing
import os
import signal
from multiprocessing.synchronize import Event
from pathlib import Path

import dagster as dg
import pytest

from tests.unit.test_lake import MARCH
from thin_assets.errors import PartitionBusy
from thin_assets.instance.alone import alone_in
from thin_assets.instance.executor import executor_of
from thin_assets.partitions import GRID
from thin_assets.resources.alone import alone, held, is_held, lock_file
from thin_assets.resources.lake import Lake
from thin_assets.settings import Settings

PARTITION = MARCH.key


def take(home: Path, patience: float = 0, told: list[str] | None = None) -> alone:
    return alone(home, PARTITION, "run 2", patience, (told if told is not None else []).append)


def hold(home: Path, taken: Event, enough: Event) -> None:
    with alone(home, PARTITION, "run 1", 0, print):
        taken.set()
        enough.wait(600)


@pytest.fixture
def other(tmp_path: Path) -> tuple[multiprocessing.Process, Event]:
    """Another process, which builds the partition until it is told that it is enough."""
    context = multiprocessing.get_context("fork")
    taken, enough = context.Event(), context.Event()
    process = context.Process(target=hold, args=(tmp_path, taken, enough))
    process.start()
    assert taken.wait(600)
    yield process, enough
    if process.is_alive():  # one that was killed while it waited would never say that it woke
        enough.set()
    process.join()


def test_a_second_run_is_refused_and_told_who_is_at_work(tmp_path: Path, other: tuple) -> None:
    process, _ = other
    with (
        pytest.raises(PartitionBusy, match=rf"being built by run 1 \(process {process.pid}\)"),
        take(tmp_path),
    ):
        pass


def test_a_second_run_waits_for_the_first(tmp_path: Path, other: tuple) -> None:
    _, enough = other

    def waiting(other: str) -> None:
        enough.set()  # the first ends because the second waits

    with alone(tmp_path, PARTITION, "run 2", 60, waiting):
        assert is_held(tmp_path, PARTITION)
    assert not is_held(tmp_path, PARTITION)


def test_a_killed_run_holds_nothing(tmp_path: Path, other: tuple) -> None:
    process, _ = other
    assert held(tmp_path) == ["GB_2024-03-01"]
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    with take(tmp_path):
        assert "run 2" in lock_file(tmp_path, PARTITION).read_text()


def test_other_partitions_are_free(tmp_path: Path, other: tuple) -> None:
    with alone(tmp_path, "GB|2024-02-01", "run 2", 0, print):
        pass


def test_after_an_error_the_partition_is_free(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), take(tmp_path):
        raise RuntimeError
    assert not is_held(tmp_path, PARTITION)


def test_a_run_clears_away_what_a_killed_one_left(tmp_path: Path) -> None:
    lake, told = Lake(home=str(tmp_path)), []
    left = lake.file("raw", "medical", MARCH).with_name(".data.parquet.0123abcd")
    left.parent.mkdir(parents=True)
    left.touch()
    with alone_in(Settings(home=tmp_path), PARTITION, "run 3", told.append):
        assert not left.exists()
    assert told == [f"{PARTITION}: cleared away 1 leftovers of a run that was stopped"]


@dg.asset(partitions_def=GRID)
def told_of_the_lock(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Who holds the partition while a step works."""
    home = Path(os.environ["THIN_HOME"])
    assert is_held(home, context.partition_key)
    return dg.MaterializeResult(metadata={"lock": lock_file(home, context.partition_key).read_text()})


def job_of_a_home() -> dg.JobDefinition:
    """A job with the executor that all jobs have."""
    job = dg.define_asset_job("job", executor_def=executor_of(Settings.load()))
    return dg.Definitions([told_of_the_lock], jobs=[job]).resolve_job_def("job")


def test_every_job_of_dagster_is_alone_in_its_partition(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, other: tuple
) -> None:
    """Refused while another is at work; afterwards it holds the partition itself."""
    process, enough = other
    monkeypatch.setenv("THIN_HOME", str(tmp_path))
    monkeypatch.setenv("THIN_PARTITION_PATIENCE", "0")
    job, tags = dg.reconstructable(job_of_a_home), {"dagster/partition": PARTITION}
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        refused = dg.execute_job(job, instance, tags=tags)
        enough.set()
        process.join()
        done = dg.execute_job(job, instance, tags=tags)
    (failure,) = (one for one in refused.all_events if one.event_type_value == "PIPELINE_FAILURE")
    assert "is being built by run 1" in str(failure.job_failure_data.error)
    (built,) = done.asset_materializations_for_node("told_of_the_lock")
    assert f"run {done.run_id[:8]}" in built.metadata["lock"].text
