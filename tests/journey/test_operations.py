"""Operations with real runs: a line for each room, a build tidied away, a killed tidying, an alert."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import dagster as dg
import pytest

from tests.conftest import ROOT, thin_assets
from tests.journey.conftest import deliver
from tests.receivers import posts
from thin_assets.definitions import build_definitions
from thin_assets.domain.snapshot import Snapshot
from thin_assets.instance.backfills import submit_backfill
from thin_assets.instance.config import open_instance
from thin_assets.instance.daemon import daemon
from thin_assets.operations.retention.plan import REMOVED
from thin_assets.operations.room_log import read
from thin_assets.resources.files import write_json
from thin_assets.resources.lake import Lake
from thin_assets.settings import Settings

pytestmark = pytest.mark.journey

GB = Snapshot.named("GB", "2024-03")
OF_GB = ("--country", GB.country, "--snapshot", GB.folder)
PATIENCE_SECONDS = 240


def told(home: Path, *command: str) -> list | dict:
    return json.loads(thin_assets(home, *command, "--json").stdout)


def until(happens: Callable[[], object], what: str) -> None:
    """Wait for an event, however slow the machine is."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not happens():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.2)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one partition, built as far as the seal."""
    home = tmp_path_factory.mktemp("operations") / "home"
    thin_assets(home, "doctor", "--fix")
    deliver(home, GB.country, GB.folder, patients="30", seed="1")
    thin_assets(home, "run", *OF_GB, "--until", "validated")
    return home


@pytest.fixture
def home(base: Path, tmp_path: Path) -> Path:
    """A copy of it, to do harm to."""
    shutil.copytree(base, tmp_path / "home")
    return tmp_path / "home"


def test_every_room_leaves_a_line_that_agrees_with_its_report(base: Path) -> None:
    (status,) = told(base, "status")
    lines = {line["room"]: line for line in read(base) if line["partition"] == GB.key}
    assert list(lines) == ["landing", "raw", "text", "omop", "validated"]
    assert {line["outcome"] for line in lines.values()} == {"built"}
    assert (lines["raw"]["rows_in"], lines["validated"]["rejected"]) == (
        status["rows_in"],
        status["rejected"],
    )
    assert lines["validated"]["rows_out"] == status["rows_out"]
    assert lines["omop"]["child_peak_bytes"] > 50e6  # dbt
    assert lines["omop"]["cpu_seconds"] > lines["landing"]["cpu_seconds"] > 0
    assert lines["raw"]["written_bytes"] > sum(
        path.stat().st_size for path in (base / "lake" / "raw").rglob("*.parquet")
    )
    rows = [row for row in told(base, "metrics") if row["partition"] == GB.key]
    assert {row["room"]: row["cpu_seconds"] for row in rows} == {
        room: line["cpu_seconds"] for room, line in lines.items()
    }


def test_a_build_that_was_tidied_away_is_gone_and_can_be_built_again(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (before,) = told(home, "status")
    lake = Lake(home=str(home))
    shutil.copytree(lake.build_folder(GB, before["build"]), lake.build_folder(GB, "0123456789abcdef"))
    write_json(lake.sealed(GB) / "current.json", {"build": "0123456789abcdef"})
    assert told(home, "tidy")["found"] == []
    policy = tmp_path / "policy.yaml"
    text = (ROOT / "thin_assets/operations/retention/policy.yaml").read_text()
    policy.write_text(text.replace("earlier: 1", "earlier: 0", 1))
    monkeypatch.setenv("THIN_RETENTION", str(policy))
    (found,) = told(home, "tidy")["found"]
    assert (found["what"], found["removed"]) == ("build", False)
    assert found["path"].endswith(f"build={before['build']}")
    assert (home / found["path"]).is_dir()
    (gone,) = told(home, "tidy", "--apply")["found"]
    assert gone["removed"]
    assert not (home / found["path"]).exists()
    thin_assets(home, "audit", "--verify")
    thin_assets(home, "run", *OF_GB, "--until", "validated")
    assert told(home, "status") == [before]
    assert (home / found["path"]).is_dir()


def test_a_tidying_that_is_killed_is_ended_by_the_next(tmp_path: Path) -> None:
    lake = Lake(home=str(tmp_path))
    for number in range(150):
        folder = lake.build_folder(GB, f"b{number:03}")
        (folder / "person").mkdir(parents=True)
        (folder / "person" / "data.parquet").write_bytes(b"x" * 100)
        write_json(folder / "build.json", {"build": folder.name, "identity": {}})
    write_json(lake.sealed(GB) / "current.json", {"build": "b149"})
    audit = tmp_path / "audit" / "audit.jsonl"
    command = [sys.executable, "-m", "thin_assets.cli", "--home", str(tmp_path), "tidy", "--apply"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=ROOT, env=os.environ)
    until(lambda: audit.exists() and audit.read_bytes().count(b"\n") > 5, "the first removals")
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=60)
    left = len(list(lake.sealed(GB).glob("build=*")))
    assert 2 < left < 150
    thin_assets(tmp_path, "tidy", "--apply")
    assert len(list(lake.sealed(GB).glob("build=*"))) == 2
    assert list(lake.sealed(GB).glob(f"{REMOVED}*")) == []
    lines = told(tmp_path, "audit")
    removed = [line["build"] for line in lines if line["counts"].get("what") == "build"]
    leftovers = [line for line in lines if line["counts"].get("what") == "leftover"]
    assert len(removed) == len(set(removed))
    assert len(removed) + len(leftovers) == 148
    thin_assets(tmp_path, "audit", "--verify")


def test_a_run_of_the_daemon_that_failed_is_told_to_a_webhook_and_leaves_its_line(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with posts() as receiver:
        monkeypatch.setenv("THIN_ALERT_WEBHOOK", receiver.url)
        settings = Settings.load(home)
        graph = build_definitions(settings).resolve_asset_graph()
        with open_instance(settings) as instance, daemon(settings, instance):
            until(lambda: _has_looked(instance), "the first look of the sensor")
            next(Lake(home=str(home)).delivery(GB).rglob("*.csv.gz")).unlink()
            submit_backfill(instance, graph, [dg.AssetKey(["landing", "inspection"])], [GB.key])
            until(lambda: receiver.received, "the alert")
    (alert,) = receiver.received
    assert alert["kind"] == "failure"
    assert alert["what"].startswith("MissingFiles: ")
    assert alert["where"].startswith("GB|2024-03-01, landing__inspection")
    assert "docs/how-to/handle-a-rejected-delivery.md" in alert["remedy"]
    (line,) = [line for line in read(home) if line["run"] == alert["run"]]
    assert (line["room"], line["outcome"], line["exit_code"]) == ("landing", "failed", 21)


def _has_looked(instance: object) -> bool:
    states = [state for state in instance.all_instigator_state() if state.instigator_name == "alerts"]
    return any(state.instigator_data and state.instigator_data.cursor for state in states)
