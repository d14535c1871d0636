"""Who may know whom: imports point downwards, rooms meet through data."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from thin_assets.domain.rooms import ROOMS

PACKAGE = Path(__file__).parents[2] / "thin_assets"
SHELLS = ("assets.py", "checks.py")
"""Doors of a room; one with several kinds of asset has several: `profile_assets.py`."""


def modules(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (PACKAGE / folder).rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def name(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


@pytest.mark.parametrize("path", modules("domain", "cdm"), ids=name)
def test_the_words_of_the_trade_need_no_library(path: Path) -> None:
    known = {"thin_assets.domain", "thin_assets.cdm", "thin_assets.errors"}
    foreign = [
        module
        for module in imports(path)
        if module.split(".")[0]
        in {"dagster", "dbt", "polars", "duckdb", "ibis", "pandera", "numpy", "pandas"}
        or (module.startswith("thin_assets.") and ".".join(module.split(".")[:2]) not in known)
    ]
    assert foreign == []


@pytest.mark.parametrize("room", ROOMS)
def test_room_logic_knows_neither_dagster_nor_the_environment_nor_the_lake(room: str) -> None:
    banned = (
        "dagster",
        "os.environ",
        "thin_assets.resources.lake",
        "thin_assets.settings",
        "thin_assets.partitions",
    )
    found = [
        f"{name(path)} imports {module}"
        for path in modules(room)
        if not path.name.endswith(SHELLS)
        for module in imports(path)
        if module.startswith(banned)
    ]
    assert found == []


@pytest.mark.parametrize("room", ROOMS)
def test_rooms_meet_through_data_not_through_imports(room: str) -> None:
    """A room may read the contract of an earlier room, and nothing else of another room."""
    earlier = ROOMS[: ROOMS.index(room)]
    allowed = {f"thin_assets.{other}.contract" for other in earlier}
    others = tuple(f"thin_assets.{other}" for other in ROOMS if other != room)
    found = [
        f"{name(path)} imports {module}"
        for path in modules(room)
        for module in imports(path)
        if module.startswith(others) and module not in allowed
    ]
    assert found == []


@pytest.mark.parametrize("path", modules("pages"), ids=name)
def test_what_draws_pages_knows_no_data(path: Path) -> None:
    """Pages are drawn from values: every room may use what draws, and it knows no room, table or engine."""
    known = ("thin_assets.pages", "thin_assets.domain")
    foreign = [
        module
        for module in imports(path)
        if module.startswith("thin_assets.")
        and not module.startswith(known)
        or module.split(".")[0]
        in {"dagster", "polars", "duckdb", "ibis", "pandera", "pandas", "os", "pathlib"}
    ]
    assert foreign == []


@pytest.mark.parametrize("path", modules("disclosure"), ids=name)
def test_disclosure_control_knows_no_room_no_lake_and_no_frame(path: Path) -> None:
    """It hides cells of sums that it is given: every room may use it, on whatever the room counts."""
    foreign = [
        module
        for module in imports(path)
        if (
            module.startswith("thin_assets.")
            and not module.startswith(("thin_assets.disclosure", "thin_assets.domain"))
        )
        or module.split(".")[0]
        in {"dagster", "polars", "duckdb", "ibis", "pandera", "pandas", "os", "pathlib"}
    ]
    assert foreign == []


@pytest.mark.parametrize("path", modules("rollups"), ids=name)
def test_what_a_concept_stands_for_knows_no_room_and_no_lake(path: Path) -> None:
    """It reads the tables of words that it is given: every room after the transformation may use it."""
    foreign = [
        module
        for module in imports(path)
        if (module.startswith("thin_assets.") and not module.startswith("thin_assets.rollups"))
        or module.split(".")[0] in {"dagster", "polars", "duckdb", "pandera", "pandas", "os", "pathlib"}
    ]
    assert foreign == []


def test_no_room_knows_what_watches_it() -> None:
    """Rooms are measured, alerted of and tidied up after from outside."""
    found = [
        f"{name(path)} imports {module}"
        for path in modules(*ROOMS, "domain", "cdm", "resources", "pages")
        for module in imports(path)
        if module.startswith("thin_assets.operations")
    ]
    assert found == []


def test_nothing_imports_the_assembly() -> None:
    tops = ("thin_assets.definitions", "thin_assets.jobs", "thin_assets.sensors", "thin_assets.schedules")
    files, folders = {"definitions.py", "jobs.py"}, {"sensors", "schedules", "instance", "cli"}
    found = [
        f"{name(path)} imports {module}"
        for path in PACKAGE.rglob("*.py")
        if path.name not in files and path.parent.name not in folders
        for module in imports(path)
        if module.startswith(tops)
    ]
    assert found == []
