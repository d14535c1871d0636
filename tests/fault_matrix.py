"""A plugin of the tests: the table of faults in the docs says what was shown, and what was shown is in it.

`pytest -m fault --write-fault-matrix` writes the table from the tests that ran, and from no others. Where the
whole suite runs, a row that no test showed fails the session.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from tests.journey.faults.declared import FAULTS, Fault

PAGE = Path(__file__).parents[1] / "docs" / "explanation" / "reliability.md"
WRITTEN = ("<!-- faults that were tried -->", "<!-- end of faults -->")
"""What the table stands between."""

_PLUGIN, _FAULT = "fault matrix", "fault"


def table(shown: Mapping[str, str]) -> str:
    """The table as Markdown.

    shown    the test that showed each fault, as a path from the repository
    """
    head = ("fault", "where", "what stands afterwards", "what to do", "shown by")
    rows = [_row(FAULTS[name], shown[name]) for name in FAULTS if name in shown]
    return "\n".join([_line(head), _line(["---"] * len(head)), *rows])


def _row(fault: Fault, test: str) -> str:
    link = f"[{Path(test).stem.removeprefix('test_')}](../../{test})"
    return _line((fault.fault, fault.where, fault.afterwards, fault.remedy, link))


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def written_table(page: Path) -> str:
    """The table that stands in a page."""
    return page.read_text(encoding="utf-8").partition(WRITTEN[0])[2].partition(WRITTEN[1])[0].strip()


def page_with(text: str, page: Path) -> str:
    """A page with another table in it."""
    before, _, rest = page.read_text(encoding="utf-8").partition(WRITTEN[0])
    return f"{before}{WRITTEN[0]}\n{text}\n{WRITTEN[1]}{rest.partition(WRITTEN[1])[2]}"


class FaultMatrix:
    """Follows the tests that are marked with a fault through a session, whichever process they run in."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._tests: dict[str, dict[str, bool]] = defaultdict(dict)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A test has passed when it was called, and nothing before or after failed."""
        if report.when == "call" or report.failed:
            for name in (value for key, value in report.user_properties if key == _FAULT):
                self._tests[name][report.nodeid] = report.passed

    def shown(self) -> dict[str, str]:
        """Faults of which every test that ran passed, with the file of the first."""
        return {
            name: sorted(tests)[0].partition("::")[0]
            for name, tests in self._tests.items()
            if all(tests.values())
        }

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the table, or hold it against what was shown."""
        to = self._config.getoption("--write-fault-matrix")
        if not (to or self._is_whole()) or session.config.option.collectonly:
            return
        lacking = [name for name in FAULTS if name not in self.shown()]
        if lacking:
            self._fail(session, f"no test that ran and passed shows: {', '.join(lacking)}")
        elif to:
            PAGE.write_text(page_with(table(self.shown()), PAGE), encoding="utf-8")
        elif table(self.shown()) != written_table(PAGE):
            self._fail(session, f"the table of {PAGE.name} is stale: write it with --write-fault-matrix")

    def _is_whole(self) -> bool:
        """Whether all tests were asked for, journeys among them, and not some by name."""
        by_default = self._config.args_source is pytest.Config.ArgsSource.TESTPATHS
        return by_default and not self._config.option.keyword and bool(self._tests)

    def _fail(self, session: pytest.Session, words: str) -> None:
        reporter = self._config.pluginmanager.get_plugin("terminalreporter")
        reporter.write_line(f"\nfault matrix: {words}", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_itemcollected(item: pytest.Item) -> None:
    """Write the fault on what is reported of the test; one that is not declared is an error."""
    for mark in item.iter_markers("fault"):
        (name,) = mark.args
        if name not in FAULTS:
            raise pytest.UsageError(f"{item.nodeid} shows {name!r}, which declared.py does not know")
        item.user_properties.append((_FAULT, name))


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option that writes the table."""
    parser.addoption("--write-fault-matrix", action="store_true", help="write the table of faults")


def pytest_configure(config: pytest.Config) -> None:
    """Follow this session."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(FaultMatrix(config), _PLUGIN)
