"""The version of an asset's code: it moves with what the asset stands on, and with nothing else."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from thin_assets import code_versions
from thin_assets.code_versions import PACKAGE, code_version, files_behind

CACHED = [one for one in vars(code_versions).values() if hasattr(one, "cache_clear")]


def names(module: str) -> set[str]:
    return {path.relative_to(PACKAGE).as_posix() for path in files_behind(module)}


def test_it_stands_on_what_it_imports_and_on_the_data_beside_that() -> None:
    found = names("thin_assets.validated.assets")
    assert {"validated/judge.py", "cdm/spec.py", "cdm/fields.csv", "domain/countries.py"} <= found
    assert {"validated/checks.csv", "validated/thresholds/GB.csv"} <= found


def test_it_does_not_stand_on_other_rooms_nor_on_hands() -> None:
    found = names("thin_assets.raw.assets")
    strange = {name for name in found if name.startswith(("omop/", "studies/", "published/", "resources/"))}
    assert strange == set()
    assert "settings.py" not in found


def test_a_study_does_not_stand_on_another() -> None:
    found = names("thin_assets.studies.long_covid.study")
    assert "studies/long_covid/symptoms.csv" in found
    assert {name for name in found if name.startswith(("studies/triple_therapy/", "studies/scan/"))} == set()


def test_a_declaration_is_the_version_of_its_own_asset_only() -> None:
    everything = names("thin_assets.cohorts.assets") | names("thin_assets.published.assets")
    assert {
        name for name in everything if name.startswith(("cohorts/definitions/", "published/products/"))
    } == set()


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A small package in the place of ours, and nothing remembered of either."""
    for name, text in {
        "room/__init__.py": "",
        "room/assets.py": "from thin_assets.room import rule\nfrom thin_assets.resources.lake import Lake\n",
        "room/rule.py": "def limit():\n    from thin_assets.room import late\n    return late.LIMIT\n",
        "room/late.py": "LIMIT = 5\n",
        "room/rules.csv": "a,1\n",
        "other/__init__.py": "",
        "other/rule.py": "LIMIT = 6\n",
        "resources/lake.py": "HOME = 1\n",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(code_versions, "PACKAGE", tmp_path)
    forget()
    yield tmp_path
    forget()


def forget() -> None:
    for function in CACHED:
        function.cache_clear()


@pytest.mark.parametrize(
    ("file", "moves"),
    [
        ("room/rule.py", True),
        ("room/late.py", True),  # imported within a function
        ("room/rules.csv", True),
        ("room/assets.py", True),
        ("other/rule.py", False),
        ("resources/lake.py", False),
    ],
)
def test_it_moves_with_what_it_stands_on_alone(package: Path, file: str, moves: bool) -> None:
    before = code_version(["thin_assets.room.assets"])
    with (package / file).open("a") as text:
        text.write("# another line\n")
    forget()
    assert (code_version(["thin_assets.room.assets"]) != before) is moves


def test_it_moves_with_what_else_decides() -> None:
    assert code_version(["thin_assets.raw.assets"], "a") != code_version(["thin_assets.raw.assets"], "b")
