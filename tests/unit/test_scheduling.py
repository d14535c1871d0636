"""Tests that share what is dear to make run in one process."""

import pytest

from tests.conftest import ROOT
from tests.scheduling import ByWhatIsShared


@pytest.fixture
def scheduler(pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch) -> ByWhatIsShared:
    monkeypatch.setattr(ByWhatIsShared, "__init__", lambda self, config: setattr(self, "config", config))
    return ByWhatIsShared(pytestconfig)


def test_files_that_ask_for_the_seven_countries_are_one_unit(scheduler: ByWhatIsShared) -> None:
    asking = [
        path.relative_to(ROOT)
        for path in ROOT.glob("tests/journey/test_*.py")
        if "seven_countries" in path.read_text()
    ]
    assert len(asking) > 1
    assert {scheduler._split_scope(f"{path}::test_it") for path in asking} == {"seven_countries"}


def test_other_files_are_units_of_their_own(scheduler: ByWhatIsShared) -> None:
    assert scheduler._split_scope("tests/unit/test_settings.py::test_it") == "tests/unit/test_settings.py"
