"""The tutorial works as it is written: every command and every Python block, in order, in an empty folder."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

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


def test_the_tutorial_of_the_first_partition(tmp_path: Path) -> None:
    page = ROOT / "docs" / "tutorials" / "first-partition.md"
    blocks = BLOCK.findall(page.read_text(encoding="utf-8"))
    assert len(blocks) >= 6
    for language, block in blocks:
        run(language, block, tmp_path)
    assert (tmp_path / "my-home" / "omop.duckdb").is_file()
