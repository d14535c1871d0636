"""The docs cannot lag: pages are fresh, links lead somewhere, every command and setting is there."""

import re
from pathlib import Path

import pytest

from docs.generate import REFERENCE, stale_pages
from tests.unit.test_command_line import COMMANDS
from thin_assets.settings import PREFIX, Settings

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "deploy").rglob("*.md")])
SOURCES = sorted([*(ROOT / "thin_assets").rglob("*.py"), *(ROOT / "dbt_project" / "models").rglob("*.sql")])


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_the_generated_pages_are_fresh() -> None:
    assert stale_pages() == [], "run `python -m docs.generate`"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_and_picture_leads_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8"))
    local = [target for target in targets if not target.startswith("http")]
    assert [target for target in local if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_table_has_a_head(page: Path) -> None:
    """A blank line within a table ends it: what comes after is shown as text."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    tables = re.findall(r"(?:^\|.*\n?)+", text, re.MULTILINE)
    headless = [table for table in tables if not re.match(r"\|.*\n\|[ :|-]+\|\n", table)]
    assert [table.splitlines()[0] for table in headless] == []


def test_every_page_that_an_error_or_a_docstring_points_to_exists() -> None:
    named = {
        found
        for path in SOURCES
        for found in re.findall(r"docs/[\w/-]+\.md", path.read_text(encoding="utf-8"))
    }
    assert named
    assert [page for page in sorted(named) if not (ROOT / page).exists()] == []


def test_every_command_is_documented() -> None:
    page = (REFERENCE / "cli.md").read_text(encoding="utf-8")
    assert [command for command in COMMANDS if f"## {command}\n" not in page] == []


def test_every_setting_is_documented() -> None:
    page = (REFERENCE / "settings.md").read_text(encoding="utf-8")
    assert [field for field in Settings.model_fields if f"`{PREFIX}{field.upper()}`" not in page] == []


def test_every_python_block_of_the_docs_compiles() -> None:
    blocks = [
        (page, block)
        for page in PAGES
        for block in re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    ]
    assert len(blocks) >= 3
    for page, block in blocks:
        compile(block, str(page), "exec")
