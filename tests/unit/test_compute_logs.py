"""What runs print, kept in an object store: shown to others while a run works, whole after, and deleted."""

import sys
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import fsspec
import pytest
from dagster._core.storage.compute_log_manager import ComputeIOType

from thin_assets.instance.compute_logs import FsspecComputeLogManager
from thin_assets.instance.config import open_instance
from thin_assets.settings import Settings

KEY = ["a_run", "compute_logs", "a_step"]
OUT, ERR = ComputeIOType.STDOUT, ComputeIOType.STDERR


@pytest.fixture(params=["memory", "file"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    yield "memory://logs" if request.param == "memory" else f"file://{tmp_path}/store"
    memory = fsspec.filesystem("memory")
    if memory.exists("/logs"):
        memory.rm("/logs", recursive=True)


def manager(url: str, folder: Path) -> FsspecComputeLogManager:
    return FsspecComputeLogManager(url, str(folder))


def test_what_a_step_prints_is_read_on_another_machine(url: str, tmp_path: Path) -> None:
    here, there = manager(url, tmp_path / "here"), manager(url, tmp_path / "there")
    with here.capture_logs(KEY):
        print("seen")
        print("heard", file=sys.stderr)
    assert not list((tmp_path / "here").rglob("*.out"))
    assert there.is_capture_complete(KEY)
    assert there.get_log_data_for_type(KEY, OUT, 0, None)[0] == b"seen\n"
    assert there.get_log_data_for_type(KEY, ERR, 0, None)[0] == b"heard\n"
    assert there.get_log_keys_for_log_key_prefix(KEY[:2], OUT) == [KEY]


def test_it_is_read_while_the_step_works(url: str, tmp_path: Path) -> None:
    here, there = manager(url, tmp_path / "here"), manager(url, tmp_path / "there")
    with here.capture_logs(KEY):
        print("so far", flush=True)
        here.on_progress(KEY)
        assert not there.is_capture_complete(KEY)
        assert there.get_log_data_for_type(KEY, OUT, 0, None)[0] == b"so far\n"


def test_the_user_interface_is_told_where_it_lies_and_gets_no_link(url: str, tmp_path: Path) -> None:
    told = manager(url, tmp_path / "here").get_log_metadata(KEY)
    assert told.stdout_location == f"{url}/a_run/compute_logs/a_step.out"
    assert told.stdout_download_url is None


@pytest.mark.parametrize("what", [{"log_key": KEY}, {"prefix": KEY[:1]}])
def test_it_is_deleted_in_the_store_too(url: str, tmp_path: Path, what: dict) -> None:
    here = manager(url, tmp_path / "here")
    with here.capture_logs(KEY):
        print("seen")
    here.delete_logs(**what)
    assert not here.cloud_storage_has_logs(KEY, OUT)
    assert here.get_log_data_for_type(KEY, OUT, 0, None) == (None, 0)
    here.delete_logs(**what)


def test_a_run_of_dagster_keeps_its_logs_there(tmp_path: Path) -> None:
    @dg.op
    def speak() -> None:
        print("from a run")

    @dg.job(executor_def=dg.in_process_executor)
    def spoken() -> None:
        speak()

    settings = Settings(home=tmp_path / "home", compute_logs=f"file://{tmp_path}/store")
    with open_instance(settings) as instance:
        done = spoken.execute_in_process(instance=instance)
    texts = [path.read_text() for path in (tmp_path / "store" / done.run_id).rglob("*.out")]
    assert any("from a run" in text for text in texts)
