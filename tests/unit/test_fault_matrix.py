"""The plugin that writes the table of faults: from tests that ran and passed, in whichever process."""

from pathlib import Path

import pytest

from tests import fault_matrix
from tests.fault_matrix import WRITTEN, FaultMatrix, page_with, table, written_table
from tests.journey.faults.declared import FAULTS

FIRST, SECOND = list(FAULTS)[:2]


class Session:
    """As much of a session of pytest as the plugin looks at."""

    def __init__(self, *, write: bool = False, whole: bool = True, keyword: str = "") -> None:
        self.config = self
        self.option = self
        self.pluginmanager = self
        self.collectonly, self.keyword, self.write = False, keyword, write
        source = pytest.Config.ArgsSource
        self.args_source = source.TESTPATHS if whole else source.ARGS
        self.exitstatus, self.said = 0, ""

    def getoption(self, name: str) -> bool:
        return self.write

    def get_plugin(self, name: str) -> "Session":
        return self

    def write_line(self, words: str, *, red: bool) -> None:
        self.said += words


class Report:
    """What is reported of one phase of a test."""

    def __init__(
        self, fault: str, *, test: str = "tests/x.py::test", when: str = "call", passed: bool = True
    ):
        self.user_properties, self.nodeid = [("fault", fault)], test
        self.when, self.passed, self.failed = when, passed, not passed


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A page with an empty table; two faults are declared."""
    page = tmp_path / "page.md"
    page.write_text(f"before\n{WRITTEN[0]}\n{WRITTEN[1]}\nafter\n")
    monkeypatch.setattr(fault_matrix, "PAGE", page)
    monkeypatch.setattr(fault_matrix, "FAULTS", {name: FAULTS[name] for name in (FIRST, SECOND)})
    return page


def finished(session: Session, *reports: Report) -> Session:
    matrix = FaultMatrix(session)
    for report in reports:
        matrix.pytest_runtest_logreport(report)
    matrix.pytest_sessionfinish(session)
    return session


def test_the_table_is_written_when_every_fault_was_shown(page: Path) -> None:
    assert finished(Session(write=True), Report(FIRST), Report(SECOND)).exitstatus == 0
    assert written_table(page) == table(dict.fromkeys((FIRST, SECOND), "tests/x.py"))
    assert page.read_text().startswith("before\n") and page.read_text().endswith("\nafter\n")


@pytest.mark.parametrize(
    "reports",
    [
        [Report(FIRST)],
        [Report(FIRST), Report(SECOND, passed=False)],
        [Report(FIRST), Report(SECOND), Report(SECOND, when="teardown", passed=False)],
        [Report(FIRST), Report(SECOND), Report(SECOND, test="tests/y.py::test", when="setup", passed=False)],
    ],
    ids=["not run", "failed", "failed afterwards", "one of two failed"],
)
def test_a_fault_that_was_not_shown_fails_the_session(page: Path, reports: list[Report]) -> None:
    before = page.read_text()
    for session in (Session(write=True), Session()):
        assert finished(session, *reports).exitstatus == pytest.ExitCode.TESTS_FAILED
        assert SECOND in session.said
    assert page.read_text() == before


def test_a_table_that_says_something_else_fails_the_whole_suite(page: Path) -> None:
    shown = [Report(FIRST), Report(SECOND)]
    assert "stale" in finished(Session(), *shown).said
    page.write_text(page_with(table(dict.fromkeys((FIRST, SECOND), "tests/x.py")), page))
    assert finished(Session(), *shown).exitstatus == 0


@pytest.mark.parametrize(
    ("session", "reports"),
    [(Session(whole=False), [Report(FIRST)]), (Session(keyword="raw"), [Report(FIRST)]), (Session(), [])],
    ids=["files", "names", "no journeys"],
)
def test_some_tests_alone_are_not_asked_for_the_others(
    page: Path, session: Session, reports: list[Report]
) -> None:
    assert finished(session, *reports).exitstatus == 0
