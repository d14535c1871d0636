"""A user's own definitions: what is wrong with one is told when it is run, and harms no other."""

import shutil
from pathlib import Path

import dagster as dg
import pytest

from thin_assets.cohorts.definition import DEFINITIONS, load_definitions
from thin_assets.cohorts.own import Own, load_own
from thin_assets.definitions import build_definitions
from thin_assets.settings import Settings


def loaded(folder: Path) -> Own:
    return load_own(folder, load_definitions().values())


def lay(folder: Path, *names: str) -> Path:
    """The lung-cancer definition under other names."""
    folder.mkdir(exist_ok=True)
    for name in names:
        shutil.copy(DEFINITIONS / "lung_cancer.json", folder / name)
    return folder


def test_no_folder_is_no_definition(tmp_path: Path) -> None:
    assert loaded(tmp_path / "absent") == Own({}, {})


def test_an_exported_file_is_a_definition_under_its_name(tmp_path: Path) -> None:
    own = loaded(lay(tmp_path / "own", "my_cohort.json"))
    assert list(own.definitions) == ["my_cohort"]
    assert own.definitions["my_cohort"].where == f"{tmp_path / 'own'}/my_cohort.json"
    assert own.refused == {}


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("lung_cancer.json", "has the cohort id of lung_cancer"),
        ("My cohort 3.json", "cannot be the name of a cohort"),
        ("cohort.json", "cannot be the name of a cohort"),
        ("mine_attrition.json", "cannot be the name of a cohort"),
    ],
)
def test_a_name_that_cannot_be_is_refused_and_the_others_stand(tmp_path: Path, name: str, why: str) -> None:
    own = loaded(lay(tmp_path / "own", "good.json", name))
    assert list(own.definitions) == ["good"]
    (refused,) = own.refused.values()
    assert why in str(refused)
    assert name in str(refused)


def test_what_is_no_expression_is_refused_by_name(tmp_path: Path) -> None:
    folder = lay(tmp_path / "own", "good.json")
    (folder / "broken.json").write_text("{")
    (folder / "latin.json").write_bytes('{"Title": "é"}'.encode("latin-1"))
    own = loaded(folder)
    assert list(own.definitions) == ["good"]
    assert set(own.refused) == {"own_broken", "own_latin"}


def test_own_definitions_are_assets_of_a_step_of_their_own(tmp_path: Path) -> None:
    """A refused one is an asset too, so that it is seen: it says in its description what is wrong."""
    folder = lay(tmp_path / "own", "mine.json")
    (folder / "broken.json").write_text("{")
    graph = build_definitions(Settings(home=tmp_path, cohorts=folder)).resolve_asset_graph()
    mine, broken = (dg.AssetKey(["cohorts", name]) for name in ("mine", "own_broken"))
    assert graph.get(mine).code_version
    assert graph.get(broken).description.startswith("Refused: not an ATLAS expression")
    assert dg.AssetKey(["cohorts", "mine"]) in graph.get(dg.AssetKey(["cohorts", "cohort"])).parent_keys
    assert broken not in graph.get(dg.AssetKey(["cohorts", "cohort"])).parent_keys


def test_the_folder_is_that_of_the_setting_or_lies_in_the_home(tmp_path: Path) -> None:
    assert Settings(home=tmp_path).cohorts_folder == tmp_path / "cohorts"
    assert Settings(home=tmp_path, cohorts=tmp_path / "x").cohorts_folder == tmp_path / "x"
