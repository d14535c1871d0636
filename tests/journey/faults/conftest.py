"""Two homes that nothing has happened to: with a delivery, and the same after the provider sent another."""

import itertools
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import thin_assets
from tests.journey.conftest import MONTH, deliver
from tests.journey.faults.processes import Job, done
from thin_assets.domain.snapshot import Snapshot

BELGIUM = Snapshot.named("BE", MONTH)
RUN = ("run", "--country", "BE", "--snapshot", MONTH)


@pytest.fixture(scope="session")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one small partition, built and published without a fault; tests copy it."""
    home = tmp_path_factory.mktemp("old") / "home"
    deliver(home, "BE", patients="40")
    thin_assets(home, "doctor", "--fix")
    done(Job(home, RUN), home.parent / "run.txt")
    return home


@pytest.fixture(scope="session")
def new(old: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home after another delivery of the same month was built as well, without a fault."""
    home = copied(old, tmp_path_factory.mktemp("new") / "home")
    deliver(home, "BE", patients="45", seed="12")
    done(Job(home, RUN), home.parent / "run.txt")
    return home


def copied(home: Path, to: Path) -> Path:
    """A copy of a home, keys and all."""
    shutil.copytree(home, to)
    for folder in ("restricted", "secrets"):
        if (to / folder).exists():
            os.chmod(to / folder, 0o700)  # noqa: PTH101
    return to


@pytest.fixture
def old_home(old: Path, tmp_path: Path) -> Path:
    """A copy of `old` to do harm to."""
    return copied(old, tmp_path / "home")


@pytest.fixture
def redelivered(old_home: Path, new: Path) -> Path:
    """A copy of `old` in which the other delivery has arrived."""
    replace_delivery(old_home, new)
    return old_home


@pytest.fixture
def new_home(new: Path, tmp_path: Path) -> Path:
    """A copy of `new` to do harm to."""
    return copied(new, tmp_path / "home")


@pytest.fixture
def words(tmp_path: Path) -> Callable[[], Path]:
    """A fresh file for the words of a process."""
    numbers = itertools.count()
    return lambda: tmp_path / f"said-{next(numbers)}.txt"


def replace_delivery(home: Path, by: Path) -> None:
    """Lay the delivery of another home in the place of that of a home."""
    folder = Path("deliveries", "BE", MONTH)
    shutil.rmtree(home / folder)
    shutil.copytree(by / folder, home / folder)
