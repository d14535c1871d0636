"""The report of the risk models in Chromium: on a screen, on a phone and on paper, without network."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.unit.test_risk_page import judged
from thin_assets.studies.risk.page import draw_report

pytestmark = pytest.mark.ui


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("risk") / "index.html"
    path.write_text(draw_report(judged()), encoding="utf-8")
    return path


@pytest.fixture
def page(static_page: Page) -> Page:
    return static_page


def test_the_page_loads_nothing_but_itself_and_complains_of_nothing(
    page: Page, file: Path, asked: list[str]
) -> None:
    assert set(asked) == {file.as_uri()}


def test_it_never_scrolls_sideways(page: Page) -> None:
    wide, window = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert wide <= window


def test_calibration_is_drawn_before_and_after_and_told_apart_without_colour(page: Page) -> None:
    chart = page.get_by_role("img", name="lung cancer, learned in FR, judged in GB").first
    expect(chart).to_be_visible()
    dashes = [path.get_attribute("stroke-dasharray") for path in chart.locator("path").all()]
    assert len(dashes) == 4 and len(set(dashes)) == 4
    expect(page.get_by_role("img", name="Decision curve of lung cancer", exact=False).first).to_be_visible()


def test_a_reader_opens_what_is_folded(page: Page) -> None:
    found = page.get_by_text("All models, learners and horizons").first
    cell = page.get_by_text("0.71 (0.61 to 0.81)").first
    expect(cell).to_be_hidden()
    found.click()
    expect(cell).to_be_visible()


def test_an_item_of_tripod_leads_to_what_it_tells_of(page: Page) -> None:
    page.locator("#tripod a").last.click()
    expect(page.locator("#limits")).to_be_in_viewport()


def test_on_paper_there_is_no_menu(page: Page) -> None:
    page.emulate_media(media="print")
    expect(page.get_by_role("navigation", name="Contents")).to_be_hidden()
