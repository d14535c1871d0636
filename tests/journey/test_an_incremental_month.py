"""A month that starts from the month before, through Dagster: the same build as without, and it says so."""

import json
import shutil
from pathlib import Path

import pytest

from tests.conftest import thin_assets
from tests.journey.conftest import deliver
from thin_assets.domain.snapshot import Snapshot
from thin_assets.omop import carried
from thin_assets.resources.lake import Lake, build_id

pytestmark = pytest.mark.journey

MARCH, APRIL = "2024-03", "2024-04"


def built_up_to_the_seal(home: Path, month: str) -> Path:
    """The sealed build of a month, made by a run in a process of its own."""
    thin_assets(home, "run", "--country", "GB", "--snapshot", month, "--until", "validated")
    return Lake(home=str(home)).current_build(Snapshot.named("GB", month))


def test_an_incremental_month_is_the_same_build_and_says_what_it_took_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """April starts from March; in a copy of the home, in which nothing is taken over, its id is the same."""
    home, other = tmp_path / "home", tmp_path / "other"
    for month in (MARCH, APRIL):
        deliver(home, "GB", month, patients="40", seed="5")
    thin_assets(home, "doctor", "--fix")
    monkeypatch.setenv("THIN_INCREMENTAL", "true")
    march = built_up_to_the_seal(home, MARCH)
    shutil.copytree(home, other)
    april = built_up_to_the_seal(home, APRIL)
    told = {
        month: Lake(home=str(home)).reported("omop", Snapshot.named("GB", month)) for month in (MARCH, APRIL)
    }
    assert told[MARCH]["incremental"]["why_not"] == "no sealed build of the month before"
    assert told[APRIL]["incremental"]["from"] == build_id(march)
    assert 0 < told[APRIL]["incremental"]["carried"] < told[APRIL]["incremental"]["persons"]
    shown = {row["partition"]: row for row in json.loads(thin_assets(home, "status", "--json").stdout)}
    assert [shown[f"GB|{month}-01"]["carried_percent"] > 0 for month in (MARCH, APRIL)] == [False, True]
    monkeypatch.setenv("THIN_INCREMENTAL", "false")
    full = built_up_to_the_seal(other, APRIL)
    assert build_id(april) == build_id(full)
    assert [(build / carried.FOLDER).is_dir() for build in (march, april, full)] == [True, True, False]
