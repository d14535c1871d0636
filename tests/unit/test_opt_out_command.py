"""`thin-assets opt-out` on a home in which nothing is published yet: the list, the register, the report."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from thin_assets.cli.main import app
from thin_assets.domain.identity import key_of, pseudonym
from thin_assets.errors import MissingSecret, SettingsError
from thin_assets.resources.register import read_register

SECRET = "a secret of the tests, known to everyone"
LIST = "pracid,patid\na6641,P0Z1\na6641,\n"


def opt_out(home: Path, file: str, text: str = ""):
    arguments = ["--home", str(home), "opt-out", "--country", "GB", "--file", file]
    return CliRunner().invoke(app, arguments, input=text)


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THIN_SECRET", SECRET)


def test_ids_are_read_from_standard_input_and_kept_as_numbers(tmp_path: Path) -> None:
    done = opt_out(tmp_path, "-", LIST)
    assert done.exit_code == 0, done.output
    number = key_of(pseudonym(SECRET.encode(), "patient", "GB", "a6641", "P0Z1"))
    assert read_register(tmp_path / "restricted" / "opted_out" / "GB.txt") == [number]
    assert "1 persons, 1 of them new" in done.output and "1 lines refused: empty" in done.output
    assert "0 of them are in a sealed build" in done.output
    assert "P0Z1" not in done.output and str(number) not in done.output


def test_the_same_list_again_adds_nobody(tmp_path: Path) -> None:
    opt_out(tmp_path, "-", LIST)
    assert "1 persons, 0 of them new" in opt_out(tmp_path, "-", LIST).output


def test_the_report_counts_and_is_for_its_owner_only(tmp_path: Path) -> None:
    opt_out(tmp_path, "-", LIST)
    (report,) = (tmp_path / "restricted" / "opted_out").glob("GB-*.json")
    assert report.stat().st_mode & 0o777 == 0o600
    told = json.loads(report.read_text())
    assert (told["asked"], told["new"], told["refused"], told["products"]) == (1, 1, {"empty": 1}, [])


def test_a_file_that_is_not_there_is_an_error_that_does_not_repeat_its_name(tmp_path: Path) -> None:
    done = opt_out(tmp_path, "a6641P0Z1")
    assert isinstance(done.exception, SettingsError) and "P0Z1" not in str(done.exception)
    assert not (tmp_path / "restricted").exists()


def test_without_the_pseudonym_key_nobody_can_be_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("THIN_SECRET")
    assert isinstance(opt_out(tmp_path, "-", LIST).exception, MissingSecret)
