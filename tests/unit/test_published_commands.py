"""The command line of what is published: release, releases, recall, audit."""

import json
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from tests.products import LUNG, publish
from thin_assets.cli import app
from thin_assets.errors import AuditBroken, NothingPublished, Recalled, SettingsError
from thin_assets.published.declared.shelf import Shelf
from thin_assets.published.record.audit import audit_file

RUNNER = CliRunner(env={"COLUMNS": "200", "NO_COLOR": "1"})


def run(home: Path, *words: str) -> Result:
    return RUNNER.invoke(app, ["--home", str(home), *words])


@pytest.fixture
def home(tmp_path: Path) -> Path:
    publish(tmp_path, "GB|2024-03-01", 3)
    publish(tmp_path, "FR|2024-03-01", 4)
    return tmp_path


def audited(home: Path, *words: str) -> list[dict]:
    return json.loads(run(home, "audit", "--json", *words).stdout)


def test_a_release_is_made_listed_and_recorded(home: Path) -> None:
    made = run(home, "release", LUNG.name, "--name", "2024Q1", "--notes", "the first")
    assert (made.exit_code, made.stdout) == (0, f"released {LUNG.name} 2024Q1: 2 partitions\n")
    listed = run(home, "releases", LUNG.name).stdout
    assert all(word in listed for word in ("2024Q1", LUNG.version, "the first"))
    assert "2024Q1" in Shelf(home, LUNG).card.read_text(encoding="utf-8")
    told = json.loads(run(home, "releases", LUNG.name, "--json").stdout)
    assert [one["name"] for one in told["releases"]] == ["2024Q1"]
    last = audited(home)[-1]
    assert (last["event"], last["reason"]) == ("released", "the first")
    assert last["counts"] == {"release": "2024Q1", "partitions": 2, "version": 2}


def test_a_recall_is_told_listed_and_recorded(home: Path) -> None:
    run(home, "release", LUNG.name, "--name", "2024Q1", "--notes", "the first")
    publish(home, "GB|2024-03-01", 5, build="b2")
    done = run(home, "recall", LUNG.name, "--version", "3", "--reason", "wrong unit")
    assert done.stdout == f"recalled {LUNG.name} 3: 1 partitions put back, 0 withdrawn\n"
    assert "wrong unit" in run(home, "releases", LUNG.name).stdout
    assert "wrong unit" in Shelf(home, LUNG).card.read_text(encoding="utf-8")
    last = audited(home)[-1]
    assert (last["event"], last["reason"]) == ("recalled", "wrong unit")
    assert last["counts"]["partitions put back"] == 1


def test_a_recalled_release_is_marked(home: Path) -> None:
    run(home, "release", LUNG.name, "--name", "2024Q1", "--notes", "the first")
    run(home, "recall", LUNG.name, "--release", "2024Q1", "--reason", "wrong unit")
    assert "recalled the first" in run(home, "releases", LUNG.name).stdout
    again = run(home, "release", LUNG.name, "--name", "2024Q2", "--notes", "nothing is left")
    assert isinstance(again.exception, NothingPublished)


@pytest.mark.parametrize("which", [[], ["--version", "1", "--release", "2024Q1"]])
def test_a_recall_is_of_a_version_or_of_a_release(home: Path, which: list[str]) -> None:
    shown = run(home, "recall", LUNG.name, "--reason", "a slip", *which)
    assert isinstance(shown.exception, SettingsError)


@pytest.mark.parametrize(
    "words",
    [["release", "--name", "r", "--notes", "n"], ["releases"], ["recall", "--version", "1", "--reason", "r"]],
)
def test_a_product_that_is_not_declared_is_an_error_that_says_which_are(
    tmp_path: Path, words: list[str]
) -> None:
    shown = run(tmp_path, words[0], "no_product", *words[1:])
    assert isinstance(shown.exception, NothingPublished)
    assert LUNG.name in str(shown.exception)


def test_the_record_is_shown_by_product_and_country(home: Path) -> None:
    both = ["GB|2024-03-01"] * 2 + ["FR|2024-03-01"] * 2
    assert [one["partition"] for one in audited(home)] == both
    assert [one["partition"] for one in audited(home, "--country", "fr")] == both[2:]
    assert audited(home, "--product", "cohort_report") == []
    assert "GB|2024-03-01" in run(home, "audit").stdout


def test_the_record_shows_what_was_kept_back_and_reasons_as_they_are_written(home: Path) -> None:
    publish(home, "GB|2024-03-01", 5, suppressed={"small": 3, "linked": 0})
    run(home, "recall", LUNG.name, "--version", "3", "--reason", "unit [kg] was [lb]")
    shown = run(home, "audit").stdout
    assert "kept back: 3 small" in shown and "linked" not in shown
    assert "unit [kg] was [lb]" in shown


def test_the_record_is_verified(home: Path) -> None:
    assert run(home, "audit", "--verify").stdout == "whole 4 lines, each follows the one before\n"
    path = audit_file(home)
    path.write_bytes(path.read_bytes().replace(b"GB|", b"DE|"))
    assert isinstance(run(home, "audit", "--verify").exception, AuditBroken)


def test_the_exit_codes_of_what_is_refused_are_their_own() -> None:
    assert (Recalled.exit_code, AuditBroken.exit_code) == (35, 36)
