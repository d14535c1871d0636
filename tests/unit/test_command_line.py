"""The command line: what it asks for, what it refuses, and the exit code of every error."""

import inspect
from pathlib import Path

import pytest
from typer.testing import CliRunner

from thin_assets import errors
from thin_assets.cli import app
from thin_assets.cli.options import read_countries, read_grid, read_months, read_partition
from thin_assets.errors import SettingsError

RUNNER = CliRunner(env={"COLUMNS": "120", "NO_COLOR": "1"})
COMMANDS = [
    *("generate", "receive", "receive-omop", "run", "backfill", "backfills", "status", "quality", "profile"),
    *("calendar", "diff"),
    *("mapping", "dossier", "maps template"),
    *("release", "release-month", "releases", "recall", "audit"),
    *("export-duckdb", "export-features", "export-results", "catalogue", "pool"),
    *("maps check", "maps add", "doctor", "demo", "demo-omop"),
    *("metrics", "operations", "tidy", "alerts"),
    *("store fetch", "store put"),
]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    shown = RUNNER.invoke(app, [*command.split(), "--help"])
    assert shown.exit_code == 0
    assert "Usage" in shown.stdout


def test_without_a_command_the_help_lists_all_of_them() -> None:
    shown = RUNNER.invoke(app, ["--help"]).stdout
    assert [command for command in COMMANDS if command.split()[0] not in shown] == []


def test_a_range_of_months_holds_both_ends() -> None:
    assert read_months("2023-11..2024-02") == ["2023-11", "2023-12", "2024-01", "2024-02"]


def test_months_may_be_named_one_by_one() -> None:
    assert read_months("2024-01, 2024-03") == ["2024-01", "2024-03"]


@pytest.mark.parametrize("text", ["2024-13", "March", "2024-03..2024-01", ""])
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(SettingsError):
        read_months(text)


def test_countries_are_read_in_any_case_and_all_means_seven() -> None:
    assert read_countries("gb,FR") == ["GB", "FR"]
    assert len(read_countries("all")) == 7


def test_an_unknown_country_is_named() -> None:
    with pytest.raises(SettingsError, match="XX"):
        read_countries("GB,XX")


def test_a_grid_is_every_country_in_every_month() -> None:
    keys = [snapshot.key for snapshot in read_grid("GB,FR", "2024-01..2024-02")]
    assert keys == ["GB|2024-01-01", "FR|2024-01-01", "GB|2024-02-01", "FR|2024-02-01"]


@pytest.mark.parametrize("month", ["2022-12", "2999-01"])
def test_a_month_outside_the_grid_is_refused_with_the_months_there_are(month: str) -> None:
    with pytest.raises(SettingsError, match="2023-01"):
        read_partition("GB", month)


def test_an_empty_home_has_no_partitions(tmp_path: Path) -> None:
    shown = RUNNER.invoke(app, ["--home", str(tmp_path), "status", "--json"])
    assert (shown.exit_code, shown.stdout.strip()) == (0, "[]")


def test_a_home_that_is_not_fit_is_told_how_to_become_so(tmp_path: Path) -> None:
    shown = RUNNER.invoke(app, ["--home", str(tmp_path / "none"), "doctor"])
    assert isinstance(shown.exception, SettingsError)
    assert "doctor --fix" in shown.stdout


def test_a_run_without_a_key_is_refused_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("THIN_SECRET", raising=False)
    shown = RUNNER.invoke(app, ["--home", str(tmp_path), "run", "--country", "GB", "--snapshot", "2024-03"])
    assert isinstance(shown.exception, errors.MissingSecret)
    assert list(tmp_path.iterdir()) == []


def all_errors() -> list[type[errors.ThinError]]:
    kinds = [kind for _, kind in inspect.getmembers(errors, inspect.isclass)]
    return [kind for kind in kinds if issubclass(kind, errors.ThinError) and kind is not errors.ThinError]


def test_every_error_has_an_exit_code_of_its_own() -> None:
    codes = [kind.exit_code for kind in all_errors()]
    assert len(set(codes)) == len(codes)


@pytest.mark.parametrize("kind", all_errors(), ids=lambda kind: kind.__name__)
def test_the_tree_in_the_docstring_names_every_error_and_its_code(kind: type[errors.ThinError]) -> None:
    line = next(line for line in errors.__doc__.splitlines() if kind.__name__ in line)
    assert line.split()[-1] == str(kind.exit_code)
