"""A partition is walked room by room, each with its floor; a walk that was left goes on."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.scale.walk import STEPS
from tests.conftest import ROOT

pytestmark = pytest.mark.journey

PATIENTS = 60
LEFT, LAST = "landing", "raw"


def walk(home: Path, figures: Path, until: str) -> list[dict]:
    asked = ["--patients", str(PATIENTS), "--home", str(home), "--memory", "4GB", "--until", until]
    command = [sys.executable, "-m", "benchmarks.scale", *asked, "--json", str(figures)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(figures.read_text())


def test_a_walk_goes_on_where_it_was_left_and_each_room_has_figures_and_a_floor(tmp_path: Path) -> None:
    """Nothing is timed, for a test that depends on a load says nothing."""
    home, figures = tmp_path / "home", tmp_path / "figures.json"
    first = walk(home, figures, LEFT)
    assert [one["step"] for one in first] == ["generate", "landing"]
    found = walk(home, figures, LAST)
    assert found[:2] == first
    assert [one["step"] for one in found] == list(STEPS[: STEPS.index(LAST) + 1])
    for one in found:
        assert one["patients"] == PATIENTS
        assert min(one[name] for name in ("cpu", "wall", "peak_mb", "floor_wall", "floor_peak_mb")) > 0
    rooms = {one["step"]: one for one in found}
    delivered = rooms["generate"]["rows_written"]
    assert delivered > 100 * PATIENTS
    assert rooms["landing"]["rows_read"] == rooms["raw"]["rows_read"] == delivered
    assert rooms["raw"]["bytes_read"] == rooms["landing"]["bytes_read"] > 0
    assert delivered / 2 < rooms["raw"]["rows_written"] < 2 * delivered
    other = subprocess.run(
        [sys.executable, "-m", "benchmarks.scale", "--patients", "61", "--home", str(home)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert other.returncode != 0 and "name another home" in other.stderr
