"""`thin-assets maps`: a check changes nothing, what is added is loaded, what is refused leaves no trace."""

from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner, Result

from tests.unit.test_vocabulary_reviewed_maps import write_review
from thin_assets.cli import app
from thin_assets.errors import MapRefused
from thin_assets.resources.lake import Lake

RUNNER = CliRunner(env={"COLUMNS": "200", "NO_COLOR": "1"})
ASTHMA = "Read,XXASTHMA,Asthma of the other kind,317009,general practitioner,2024-03-05,asked for by a reader"


def maps(home: Path, *arguments: str | Path) -> Result:
    return RUNNER.invoke(app, ["--home", str(home), "maps", *map(str, arguments)])


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which the demo vocabulary is loaded and no map was added yet."""
    home = tmp_path_factory.mktemp("maps") / "home"
    assert RUNNER.invoke(app, ["--home", str(home), "doctor", "--fix"]).exit_code == 0
    return home


def mapped(home: Path, code: str) -> list[tuple]:
    file = Lake(home=str(home)).vocabulary() / "source_to_concept_map.parquet"
    query = f"select target_concept_id, invalid_reason from '{file}' where source_code = ? order by all"
    return duckdb.execute(query, [code]).fetchall()


def test_a_check_counts_the_maps_and_changes_nothing(home: Path, tmp_path: Path) -> None:
    before = Lake(home=str(home)).vocabulary_version()
    shown = maps(home, "check", write_review(tmp_path / "march.csv", ASTHMA))
    assert "march.csv: 1 maps can be added" in shown.stdout
    assert (Lake(home=str(home)).vocabulary_version(), mapped(home, "XXASTHMA")) == (before, [])


def test_a_refused_file_is_not_kept(home: Path, tmp_path: Path) -> None:
    shown = maps(home, "add", write_review(tmp_path / "bad.csv", ASTHMA.replace("317009", "1")))
    assert isinstance(shown.exception, MapRefused)
    assert "bad.csv, line 2: Read XXASTHMA: target 1 is not in the vocabulary" in str(shown.exception)
    assert not (home / "maps" / "bad.csv").exists()


def test_only_csv_files_are_added(home: Path, tmp_path: Path) -> None:
    assert isinstance(maps(home, "add", write_review(tmp_path / "a.txt", ASTHMA)).exception, MapRefused)


def test_an_added_review_is_kept_loaded_and_told_from_the_one_before(home: Path, tmp_path: Path) -> None:
    before = Lake(home=str(home)).vocabulary_version()
    review = write_review(tmp_path / "april.csv", ASTHMA)
    shown = maps(home, "add", review)
    now = Lake(home=str(home)).vocabulary_version()
    assert shown.exit_code == 0, shown.exception
    assert now in shown.stdout
    assert now != before
    assert (home / "maps" / "april.csv").read_bytes() == review.read_bytes()
    assert mapped(home, "XXASTHMA") == [(317009, None)]

    again = maps(home, "add", review)
    assert (again.exit_code, Lake(home=str(home)).vocabulary_version()) == (0, now)

    corrected = write_review(tmp_path / "new" / "april.csv", ASTHMA.replace("317009", "255573"))
    assert isinstance(maps(home, "add", corrected).exception, MapRefused)
    assert maps(home, "add", corrected, "--replace").exit_code == 0
    assert mapped(home, "XXASTHMA") == [(255573, None)]

    other = write_review(tmp_path / "may.csv", ASTHMA)
    assert "is mapped by another review in april.csv" in str(maps(home, "check", other).exception)


def test_a_folder_of_maps_may_be_named_by_the_settings(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THIN_MAPS", str(tmp_path / "shared"))
    assert maps(home, "add", write_review(tmp_path / "june.csv", ASTHMA)).exit_code == 0
    assert (tmp_path / "shared" / "june.csv").is_file()
    assert mapped(home, "XXASTHMA") == [(317009, None)]
