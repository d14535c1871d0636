"""The page of the prescribing observatory in Chromium: screen, phone and paper, without network."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.prescribing import SNAPSHOT, crowd
from thin_assets.studies.prescribing.page import draw

pytestmark = pytest.mark.ui


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("prescribing")
    path = folder / "index.html"
    tables = crowd(folder / "crowd", {"diazepam": 60, "apixaban": 25, "amoxicillin": 30})
    path.write_text(draw(SNAPSHOT, tables).page, encoding="utf-8")
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


def test_classes_measures_and_ages_are_drawn_with_their_numbers(page: Page) -> None:
    for title in ("Antibiotics, prescriptions per 1,000 person-years", "Users by class and age"):
        chart = page.locator("figure", has=page.get_by_text(title, exact=True)).first
        expect(chart.get_by_role("img").first).to_be_visible()
        chart.get_by_text("The numbers").click()
        expect(chart.get_by_role("table")).to_be_visible()
    expect(page.get_by_role("img", name="Psycholeptics, users per 1,000 persons")).to_be_visible()


def test_on_paper_there_is_no_menu(page: Page) -> None:
    page.emulate_media(media="print")
    expect(page.get_by_role("navigation", name="Contents")).to_be_hidden()
