"""Tutorials work as they are written: every command and every Python block, in order, in an empty folder."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from thin_assets import read_published
from thin_assets.domain.snapshot import Snapshot
from thin_assets.published.declared.product import products
from thin_assets.published.declared.shelf import Shelf
from thin_assets.published.record.releases import open_book
from thin_assets.resources.lake import Lake, build_id

pytestmark = pytest.mark.journey

BLOCK = re.compile(r"```(console|python)\n(.*?)```", re.DOTALL)


def run(language: str, block: str, folder: Path) -> None:
    if language == "python":
        commands = [[sys.executable, "-c", block]]
    else:
        lines = [shlex.split(line) for line in block.splitlines() if line]
        assert all(line[0] == "thin-assets" for line in lines)
        commands = [[sys.executable, "-m", "thin_assets.cli", *line[1:]] for line in lines]
    for command in commands:
        done = subprocess.run(
            command,
            cwd=folder,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"


def follow(tutorial: str, folder: Path) -> None:
    page = ROOT / "docs" / "tutorials" / tutorial
    blocks = BLOCK.findall(page.read_text(encoding="utf-8"))
    assert len(blocks) >= 6
    for language, block in blocks:
        run(language, block, folder)


def test_the_tutorial_of_the_first_partition(tmp_path: Path) -> None:
    follow("first-partition.md", tmp_path)
    assert (tmp_path / "my-home" / "omop.duckdb").is_file()


def test_the_tutorial_of_the_first_month(tmp_path: Path) -> None:
    """Afterwards Romania has two builds, and the release holds both countries, Romania's newer build."""
    follow("first-month.md", tmp_path)
    home = tmp_path / "my-month"
    released = read_published("lung_cancer_features", release="2024-03", home=home)
    assert set(released["country"]) <= {"GB", "RO"}
    lake = Lake(home=str(home))
    romania = Snapshot.named("RO", "2024-03")
    assert len(list(lake.sealed(romania).glob("build=*"))) == 2
    book = open_book(Shelf(home, products()["lung_cancer_features"]).releases)
    (made,) = book.releases
    assert made.partitions[romania.key].build == build_id(lake.current_build(romania))
    assert "missing: FR, ES, IT, DE, BE" in made.notes
