"""A backfill that is cancelled leaves the home whole; the same command again builds what is not built."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import pytest

from tests.conftest import ROOT, thin_assets
from tests.journey.conftest import deliver
from thin_assets.domain.pools import POOLS, TEXT
from thin_assets.domain.snapshot import Snapshot
from thin_assets.instance.config import open_instance
from thin_assets.resources.leftovers import all_leftovers
from thin_assets.settings import Settings

pytestmark = pytest.mark.journey

PARTITIONS = [f"{country}|2024-0{month}-01" for country in ("FR", "GB") for month in (2, 3)]
ASKED = (
    *("backfill", "--countries", "FR,GB", "--snapshots", "2024-02..2024-03"),
    *("--until", "text", "--max-concurrent", "1"),
)
PATIENCE_SECONDS = 400


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with four small deliveries, of which the first is built."""
    home = tmp_path_factory.mktemp("resumed") / "home"
    for key in PARTITIONS:
        snapshot = Snapshot.of(key)
        deliver(home, snapshot.country, snapshot.folder, patients="30")
    thin_assets(home, "doctor", "--fix")
    thin_assets(home, "run", "--country", "FR", "--snapshot", "2024-02", "--until", "text")
    return home


@pytest.fixture
def instance(home: Path) -> Iterator[dg.DagsterInstance]:
    with open_instance(Settings.load(home)) as instance:
        yield instance


def until(holds: Callable[[], object], process: subprocess.Popen) -> None:
    """Wait for something to be so, for as long as a process is there."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.5)


def runs(instance: dg.DagsterInstance, *statuses: str) -> list[str]:
    """Partitions of the runs in some states."""
    wanted = dg.RunsFilter(statuses=[dg.DagsterRunStatus[name] for name in statuses])
    found = (run.tags.get("dagster/partition") for run in instance.get_runs(wanted))
    return sorted(key for key in found if key)


def rooms(home: Path) -> dict[str, dict[str, str]]:
    return {
        row["partition"]: row["rooms"] for row in json.loads(thin_assets(home, "status", "--json").stdout)
    }


@contextmanager
def text_is_taken(instance: dg.DagsterInstance) -> Iterator[None]:
    """Somebody holds every slot of the pool text, so that a run which comes there waits."""
    storage = instance.event_log_storage
    for step in range(storage.get_concurrency_info(TEXT).slot_count):
        assert storage.claim_concurrency_slot(TEXT, "somebody", str(step)).is_claimed
    yield
    storage.free_concurrency_slots_for_run("somebody")


@pytest.fixture(scope="module")
def cancelled(home: Path) -> tuple[str, str, int]:
    """A backfill that was cancelled while one run waited for a slot and two in the queue.

    Its id, what its command said, and what it returned.
    """
    with open_instance(Settings.load(home)) as instance, text_is_taken(instance):
        process = subprocess.Popen(
            [sys.executable, "-m", "thin_assets.cli", "--home", str(home), *ASKED],
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=os.environ | {"COLUMNS": "200", "NO_COLOR": "1"},
        )
        until(lambda: instance.event_log_storage.get_concurrency_info(TEXT).pending_step_count, process)
        (backfill,) = instance.get_backfills()
        refused = thin_assets(home, *ASKED, check=False)
        assert refused.returncode == 40
        assert f"--cancel {backfill.backfill_id}" in refused.stderr
        thin_assets(home, "backfill", "--cancel", backfill.backfill_id)
        _, said = process.communicate(timeout=PATIENCE_SECONDS)
    return backfill.backfill_id, said, process.returncode


def test_a_cancelled_backfill_says_what_is_not_built_and_how_to_go_on(
    cancelled: tuple[str, str, int],
) -> None:
    backfill, said, code = cancelled
    assert code == 45
    assert f"backfill {backfill} ended as canceled" in said
    assert "same command again" in " ".join(said.split()).replace("│ ", "")


def test_none_of_its_runs_is_left_and_none_keeps_a_slot(
    cancelled: tuple[str, str, int], instance: dg.DagsterInstance
) -> None:
    assert runs(instance, "QUEUED", "STARTING", "STARTED", "CANCELING") == []
    told = [instance.event_log_storage.get_concurrency_info(pool) for pool in POOLS]
    assert [one.active_slot_count + one.pending_step_count for one in told] == [0, 0, 0]


def test_what_it_built_is_whole_and_what_it_did_not_is_absent(
    cancelled: tuple[str, str, int], home: Path, instance: dg.DagsterInstance
) -> None:
    assert runs(instance, "CANCELED") == PARTITIONS[1:]
    for partition, states in rooms(home).items():
        assert {states[room] for room in ("landing", "raw", "text")} <= {"built", "absent"}
        assert states["text"] == ("built" if partition == PARTITIONS[0] else "absent")
    assert [path for path in all_leftovers(home, settled=0) if path.is_relative_to(home / "lake")] == []


def test_the_same_command_builds_what_is_not_built_and_shows_what_it_took(
    cancelled: tuple[str, str, int], home: Path, instance: dg.DagsterInstance
) -> None:
    said = thin_assets(home, *ASKED).stderr
    assert "1 of 4 partitions are built and current" in said
    assert runs(instance, "SUCCESS") == PARTITIONS, "nothing was built twice"
    assert re.search(r"3 partitions +│ +│ +\d+ │ +\d+ │ +\d+", said)


def test_a_third_time_there_is_nothing_to_do_unless_it_is_wanted_again(
    home: Path, instance: dg.DagsterInstance
) -> None:
    assert "4 of 4 partitions are built and current" in thin_assets(home, *ASKED).stderr
    assert runs(instance, "SUCCESS") == PARTITIONS
    one = ("backfill", "--countries", "GB", "--snapshots", "2024-03", "--room", "landing", "--again")
    thin_assets(home, *one)
    assert runs(instance, "SUCCESS").count("GB|2024-03-01") == 2


def test_backfills_are_listed_with_their_end(cancelled: tuple[str, str, int], home: Path) -> None:
    told = json.loads(thin_assets(home, "backfills", "--json").stdout)
    assert [one["status"] for one in told] == ["completed_success", "completed_success", "canceled"]
    assert told[-1]["backfill"] == cancelled[0]
    took = json.loads(thin_assets(home, "backfills", told[0]["backfill"], "--json").stdout)
    assert [one["partition"] for one in took] == ["GB|2024-03-01"]
    assert took[0]["cpu_seconds"] > 0 and took[0]["peak_mb"] > 100
