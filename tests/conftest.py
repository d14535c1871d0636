"""What every kind of test may use: a home of its own, and the command line as a process."""

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings as hypothesis_settings

from tests.scheduling import pytest_xdist_make_scheduler  # noqa: F401  a hook

if TYPE_CHECKING:
    from tests.spec.builds import Build

pytest_plugins = ["tests.fault_matrix"]

os.environ.setdefault("DO_NOT_TRACK", "1")
os.environ.setdefault("DBT_SEND_ANONYMOUS_USAGE_STATS", "false")

if "THIN_PLANS" not in os.environ:  # one folder for all homes of a test run: compiling is the dearest part
    os.environ["THIN_PLANS"] = tempfile.mkdtemp(prefix="thin-plans-")
    atexit.register(shutil.rmtree, os.environ["THIN_PLANS"], ignore_errors=True)

hypothesis_settings.register_profile("ci", max_examples=25, deadline=None, derandomize=True)
hypothesis_settings.register_profile("night", max_examples=1000, deadline=None)
hypothesis_settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

ROOT = Path(__file__).parents[1]
Command = Callable[..., subprocess.CompletedProcess]


def thin_assets(home: Path, *arguments: str, check: bool = True) -> subprocess.CompletedProcess:
    """Run the command line in a process of its own; on failure show what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "thin_assets.cli", "--home", str(home), *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env=os.environ | {"COLUMNS": "200", "NO_COLOR": "1"},
    )
    if check and done.returncode:
        raise AssertionError(
            f"thin-assets {' '.join(arguments)} ended with {done.returncode}\n{done.stdout}{done.stderr}"
        )
    return done


@pytest.fixture
def command() -> Command:
    """The command line: `command(home, "status", "--json")`."""
    return thin_assets


@pytest.fixture(scope="session")
def builds(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> "dict[str, Build]":
    """Builds of the rules of `tests/spec` by country (`GB`, and `GB-shuffled`): those that the chosen tests
    ask for.
    """
    from tests.spec.builds import build_all, names_of

    asked = {name for item in request.session.items for name in getattr(item, "fixturenames", ())}
    return build_all(tmp_path_factory.mktemp("spec"), names_of(asked))
