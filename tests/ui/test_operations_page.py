"""The operations page in Chromium: a screen and a phone, without network."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.operations_facts import MONTHS, facts
from thin_assets.operations.page import draw_page

pytestmark = pytest.mark.ui


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("operations") / "index.html"
    path.write_text(draw_page(facts("https://dagster.example.org")), encoding="utf-8")
    return path


def test_the_page_asks_for_nothing_and_fits_the_screen(
    static_page: Page, file: Path, asked: list[str]
) -> None:
    assert set(asked) == {file.as_uri()}
    wide = static_page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert wide


def test_the_grid_shows_what_went_wrong_beside_what_did_not(static_page: Page) -> None:
    rows = static_page.locator("table.rooms tbody tr")
    expect(rows).to_have_count(len(MONTHS))
    newest = rows.first
    expect(newest.locator("th")).to_have_text("2024-06")
    expect(newest.get_by_text("failed", exact=True)).to_be_visible()
    failed = newest.get_by_role("img", name="IT 2024-06: failed")
    expect(failed.locator("i.failed")).to_have_count(1)
    heights = failed.locator("i").evaluate_all("all => all.map(one => one.getBoundingClientRect().height)")
    assert heights[0] > heights[-1] > 0


def test_marks_of_a_field_stay_inside_it(static_page: Page) -> None:
    outside = static_page.locator("table.rooms td .strip").evaluate_all(
        "all => all.filter(one => one.lastChild && one.lastChild.getBoundingClientRect().right"
        " > one.parentElement.getBoundingClientRect().right + 0.5).length"
    )
    assert outside == 0


def test_the_contents_lead_to_every_part_and_the_numbers_open(static_page: Page) -> None:
    for name in ("What is late", "What failed last", "From month to month", "What rooms cost", "Disk"):
        static_page.get_by_role("navigation").get_by_role("link", name=name).click()
        expect(static_page.get_by_role("heading", name=name, level=2)).to_be_in_viewport()
    static_page.locator("figure summary").first.click()
    expect(static_page.locator("figure details table").first).to_be_visible()
