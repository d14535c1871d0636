"""Which tests run in one process when there are several: those that share what is dear to make.

pytest-xdist hands out files (`--dist loadfile`); files that ask for the same home of a session go together,
or each process would build it.
"""

from functools import cache
from pathlib import Path

import pytest
from xdist.scheduler import LoadFileScheduling

SHARED = ("seven_countries", "doors: Doors", "from tests.journey.faults.processes")
"""Fixtures of a session that take minutes to make; all tests of faults copy the same two homes."""


class ByWhatIsShared(LoadFileScheduling):
    """A unit of work is a file, or all files that ask for the same of `SHARED`."""

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return _shared(self.config.rootpath / file) or file


@cache
def _shared(file: Path) -> str | None:
    text = file.read_text(encoding="utf-8")
    return next((name for name in SHARED if name in text), None)


def pytest_xdist_make_scheduler(config: pytest.Config, log) -> ByWhatIsShared | None:
    """For xdist: our way of handing out, where files are asked for."""
    return ByWhatIsShared(config, log) if config.getvalue("dist") == "loadfile" else None
