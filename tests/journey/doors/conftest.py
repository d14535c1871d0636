"""One home behind two doors, and what an operator has asked for there: no daemon runs, so that it waits."""

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from dagster._core.execution.backfill import BulkActionStatus

from tests.doors import Doors, opened_doors
from thin_assets.instance.config import environment, open_instance, prepare_instance
from thin_assets.settings import Settings

REPOSITORY = {"repositoryLocationName": "thin_assets", "repositoryName": "__repository__"}
LOAD_VOCABULARY = {"selector": {**REPOSITORY, "jobName": "load_vocabulary"}, "runConfigData": {}}
LAUNCH = """mutation($run: ExecutionParams!) { launchRun(executionParams: $run) {
    __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }"""
ONE_PARTITION = {
    "assetSelection": [{"path": ["landing", "delivery"]}],
    "partitionNames": ["GB|2024-03-01"],
}
BACKFILL = """mutation($backfill: LaunchBackfillParams!) {
    launchPartitionBackfill(backfillParams: $backfill) {
    __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }"""


@dataclass(frozen=True)
class Waiting:
    """What an operator asked for, and nobody works on: a run, a backfill, and one that ended; ids."""

    run: str
    backfill: str
    ended: str


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("behind") / "home"
    prepare_instance(Settings.load(home))
    return home


@pytest.fixture(scope="session")
def doors(home: Path) -> Iterator[Doors]:
    """The doors as shipped, in front of the home."""
    folder = Path(tempfile.mkdtemp(prefix="doors-"))  # a socket's path may be no longer than 107 characters
    try:
        with opened_doors(folder, home, environment(Settings.load(home))) as doors:
            yield doors
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def waiting(doors: Doors, home: Path) -> Waiting:
    """An operator launches a run and two backfills through the operators' door; one is said to be over."""
    run = doors.graphql("operators", LAUNCH, "olga", {"run": LOAD_VOCABULARY}).json()["data"]["launchRun"]
    assert run["__typename"] == "LaunchRunSuccess", run
    first, second = (backfill(doors) for _ in range(2))
    with open_instance(Settings.load(home)) as instance:
        ended = instance.get_backfill(second).with_status(BulkActionStatus.COMPLETED_FAILED)
        instance.update_backfill(ended)
    return Waiting(run["run"]["runId"], first, second)


def backfill(doors: Doors) -> str:
    """Launch a backfill of one partition; its id."""
    asked = doors.graphql("operators", BACKFILL, "olga", {"backfill": ONE_PARTITION}).json()
    told = asked["data"]["launchPartitionBackfill"]
    assert told["__typename"] == "LaunchBackfillSuccess", told
    return told["backfillId"]
