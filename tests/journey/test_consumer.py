"""A consumer in an environment without this project reads what was published, by the lines of the page."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from deltalake import DeltaTable

from tests.conftest import ROOT
from tests.products import HAND, LUNG, publish, publish_incidence
from thin_assets.published.declared.shelf import Shelf
from thin_assets.published.record.releases import release

pytestmark = pytest.mark.journey

CONSUMER = ROOT / ".venv-consumer" / "bin" / "python"
PAGE = (ROOT / "docs" / "how-to" / "read-a-published-table.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE))

GB, FR, LATER = 30, 40, 50
"""Entries of two countries, and those with which Great Britain is replaced after the release."""

ESTIMATES = 33 * 6 + 12
"""Six estimates of every sex and band of age, both and all among them, and the settings of one result."""

EXPECTED = {
    "With this project": [("table", LATER), ("table", LATER + FR), ("table", GB + FR), ("table", ESTIMATES)],
    "polars": [("table", LATER)],
    "DuckDB": [("table", LATER)],
    "pandas": [("table", LATER)],
    "A release, without this project": [("table", GB + FR)],
}
"""Rows that each example of a section ends with, by the name that it gives them."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working folder with a home in it: two countries, a release, and one of them published again."""
    folder = tmp_path_factory.mktemp("consumer")
    home = folder / "thin-home"
    publish(home, "GB|2024-03-01", GB)
    publish(home, "FR|2024-03-01", FR)
    release(Shelf(home, LUNG), "2024Q1", "the first", HAND)
    publish(home, "GB|2024-03-01", LATER, build="b2")
    publish_incidence(home, "GB|2024-03-01")
    return folder


def blocks(section: str, language: str = "python") -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", SECTIONS[section], re.DOTALL)


def run(code: str, folder: Path, *, with_project: bool = False) -> str:
    """Run code as the reader does: in the folder of the home, with an environment of its own."""
    command = [sys.executable, "-c", code] if with_project else [str(CONSUMER), "-I", "-c", code]
    environment = {"PYTHONPATH": str(ROOT)} if with_project else {}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_example_in_python_is_known_here() -> None:
    with_python = {section: len(blocks(section)) for section in SECTIONS if blocks(section)}
    assert with_python == {section: len(expected) for section, expected in EXPECTED.items()}


def test_the_environment_of_the_consumer_holds_nothing_of_ours(folder: Path) -> None:
    code = "import importlib.util; print(importlib.util.find_spec('thin_assets'))"
    assert run(code, folder).strip() == "None"


@pytest.mark.parametrize("section", [one for one in EXPECTED if one != "With this project"])
def test_a_consumer_reads_the_table_with_what_others_made(section: str, folder: Path) -> None:
    for block, (name, rows) in zip(blocks(section), EXPECTED[section], strict=True):
        assert run(f"{block}\nprint(len({name}))", folder).split() == [str(rows)]


@pytest.mark.parametrize(
    "block", re.findall(r"```python\n(.*?)```", README, re.DOTALL)[1:], ids=["polars", "DuckDB"]
)
def test_a_consumer_reads_the_table_by_the_lines_of_the_readme(block: str, folder: Path) -> None:
    assert run(f"{block}\nprint(len(table))", folder).split() == [str(LATER + FR)]


@pytest.mark.parametrize("section", ["polars", "DuckDB", "pandas"])
def test_a_consumer_reads_an_earlier_version(section: str, folder: Path) -> None:
    (block,) = blocks(section)
    assert run(f"{block}\nprint(len(first))", folder).split() == [str(GB)]


def test_the_sql_runs_where_the_extension_is_loaded(folder: Path) -> None:
    (python,), (sql,) = blocks("DuckDB"), blocks("DuckDB", "sql")
    printed = run(f"{python}\nprint(con.sql('''{sql}''').fetchall())", folder)
    assert printed.strip() == f"[('a covariate', {LATER}, 1.0)]"


def test_the_examples_with_this_project_run(folder: Path) -> None:
    section = "With this project"
    for block, (name, rows) in zip(blocks(section), EXPECTED[section], strict=True):
        assert run(f"{block}\nprint(len({name}))", folder, with_project=True).split() == [str(rows)]


def test_the_table_asks_for_no_feature_that_a_reader_may_lack(folder: Path) -> None:
    protocol = DeltaTable(str(Shelf(folder / "thin-home", LUNG).table)).protocol()
    assert (protocol.min_reader_version, protocol.min_writer_version) == (1, 2)
    assert not protocol.reader_features


TEST_CONTRACT = """
import sys
import duckdb
from importlib.resources import files
from datacontract.data_contract import DataContract

con = duckdb.connect()
folder = files("duckdb_extension_delta").joinpath("extensions", f"v{duckdb.__version__}")
con.load_extension(str(folder / "delta.duckdb_extension"))
run = DataContract(data_contract_file=sys.argv[1], duckdb_connection=con).test()
for check in run.checks:
    print(check.result.value, "|", check.type, "|", check.name, "|", check.reason)
print(run.result.value)
"""
"""`datacontract test` for a connection of our own: the command would download the extension of DuckDB."""


def judged(contract: Path, home: Path) -> list[str]:
    """Result, type and name of every check that datacontract made, and last the result of all."""
    done = subprocess.run(
        [str(CONSUMER), "-I", "-c", TEST_CONTRACT, str(contract)],
        cwd=home,
        env={"HOME": str(home.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_datacontract_accepts_the_contract_of_a_published_table(folder: Path) -> None:
    home = folder / "thin-home"
    *checks, result = judged(Shelf(home, LUNG).contract, home)
    assert len(checks) > 30
    assert (result, {check.split(" | ")[0] for check in checks}) == ("passed", {"passed"})


def test_datacontract_accepts_every_table_that_a_backfill_published(seven_countries: Path) -> None:
    """Persons and aggregates of all countries, each by the contract beside it."""
    contracts = sorted(seven_countries.glob("*/*/contracts/*.yaml"))
    tables = [path for path in contracts if "format: delta" in path.read_text(encoding="utf-8")]
    assert tables
    for contract in tables:
        *checks, result = judged(contract, seven_countries)
        assert result == "passed", [check for check in checks if not check.startswith("passed")]


@pytest.mark.parametrize(
    ("promise", "other", "broken"),
    [
        ("logicalType: integer", "logicalType: string", "cohort_definition_id has type string"),
        ("where days_since_last < 1", "where days_since_last < 11", "nothing of the index date"),
        ("name: days_since_last", "name: days_before", "days_before"),
    ],
)
def test_datacontract_refuses_a_contract_that_the_table_does_not_keep(
    promise: str, other: str, broken: str, folder: Path, tmp_path: Path
) -> None:
    """Else its consent would say nothing."""
    home = folder / "thin-home"
    text = Shelf(home, LUNG).contract.read_text(encoding="utf-8")
    assert promise in text
    (tmp_path / "other.yaml").write_text(text.replace(promise, other), encoding="utf-8")
    *checks, result = judged(tmp_path / "other.yaml", home)
    assert result == "failed"
    assert any(broken in check for check in checks if not check.startswith("passed"))
