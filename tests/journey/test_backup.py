"""A home is backed up while a run is at work, lost, and brought back: the same tables, and it goes on."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest

from tests.conftest import ROOT, thin_assets
from tests.journey.conftest import MONTH, deliver
from thin_assets.backup.bring_back import restore
from thin_assets.backup.keys import write_keys
from thin_assets.backup.store import Backup, Store
from thin_assets.backup.take import take_backup
from thin_assets.instance.config import open_instance
from thin_assets.published.record import audit
from thin_assets.settings import Settings

pytestmark = pytest.mark.journey

PRODUCT = "lung_cancer_features"
PATIENCE_SECONDS = 900


def run(home: Path, country: str, until: str) -> list[str]:
    """Arguments of a run of one partition."""
    return ["--home", str(home), "run", "--country", country, "--snapshot", MONTH, "--until", until]


def status(home: Path) -> list[dict]:
    return json.loads(thin_assets(home, "status", "--json").stdout)


def published(home: Path) -> dict[str, bytes]:
    """Every byte that readers may see."""
    return {
        path.relative_to(home).as_posix(): path.read_bytes()
        for zone in ("published", "project")
        for path in sorted((home / zone).rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A month of GB from landing to published tables; FR was delivered."""
    home = tmp_path_factory.mktemp("backed_up") / "home"
    for country in ("GB", "FR"):
        deliver(home, country, patients="40")
    thin_assets(home, "doctor", "--fix")
    thin_assets(home, *run(home, "GB", "published")[2:])
    return home


@pytest.fixture(scope="module")
def backups(home: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, Backup, Backup]:
    """One taken while FR was being built, and one when it was."""
    store = Store(tmp_path_factory.mktemp("other_disk") / "backups")
    command = [sys.executable, "-m", "thin_assets.cli", *run(home, "FR", "raw")]
    with subprocess.Popen(command, cwd=ROOT, env=os.environ, stderr=subprocess.PIPE) as at_work:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not list((home / "lake" / "reports").rglob("country=FR/**/landing.json")):
            assert at_work.poll() is None, at_work.stderr.read()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        first = take_backup(Settings(home=home), store)
        assert at_work.wait(PATIENCE_SECONDS) == 0
    return store, first, take_backup(Settings(home=home), store)


def test_what_never_changes_is_copied_once(home: Path, backups: tuple[Store, Backup, Backup]) -> None:
    """Of the second backup only what FR's run wrote is new: no build, no table that was published."""
    store, first, second = backups
    kept = [path for path in first.files if "/build=" in path or path.endswith(".parquet")]
    kept = [path for path in kept if "country=FR" not in path]
    assert len(kept) > 100
    assert [path for path in kept if first.files[path] != second.files[path]] == []
    assert store.added.unread >= len(kept)
    assert store.verify()[0] == 2


def test_a_home_that_was_lost_comes_back_and_goes_on(
    home: Path, backups: tuple[Store, Backup, Backup], tmp_path: Path
) -> None:
    store, _, second = backups
    settings, keys = Settings(home=home), tmp_path / "keys.tar"
    write_keys(settings, keys, store.folder)
    stood, bytes_before = status(home), published(home)
    lines = audit.verify(home)
    table = Settings(home=home).home / "project" / PRODUCT / "v1"
    rows = pl.read_delta(str(table))
    shutil.rmtree(home)

    done = thin_assets(home, "restore", str(store.folder), "--keys", str(keys))

    assert second.name in done.stdout
    assert status(home) == stood
    assert published(home) == bytes_before
    assert pl.read_delta(str(table)).equals(rows)
    assert audit.verify(home) == lines
    assert "ok" in thin_assets(home, "doctor").stdout
    thin_assets(home, *run(home, "FR", "text")[2:])
    rooms = {row["partition"][:2]: row["rooms"] for row in status(home)}
    assert (rooms["GB"]["published"], rooms["FR"]["text"]) == ("built", "built")


def test_a_home_from_the_midst_of_a_run_is_whole_and_the_run_is_told_as_failed(
    home: Path, backups: tuple[Store, Backup, Backup], tmp_path: Path
) -> None:
    """What was published stands as it stood; the run that was at work is failed."""
    store, first, _ = backups
    settings, keys = Settings(home=tmp_path / "home"), tmp_path / "keys.tar"
    write_keys(Settings(home=home), keys, store.folder)
    done = restore(settings, store, first.name, keys)
    assert done.failed == 1
    with open_instance(settings) as instance:
        assert {run.status.value for run in instance.get_runs()} == {"SUCCESS", "FAILURE"}
    assert done.tables == len(list(settings.home.glob("p*/*/v*/_delta_log")))
    there = {row["partition"][:2]: row for row in status(settings.home)}
    assert there["GB"]["published"]
    assert set(there["GB"]["rooms"].values()) == {"built"}
    assert published(settings.home) == published(home)
