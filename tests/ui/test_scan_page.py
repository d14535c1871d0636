"""The page of the association scans in Chromium: on a screen, on a phone and on paper, without network."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.unit.test_scan_page_again import adjusted, doses, drawn, years

pytestmark = pytest.mark.ui

EXPOSED = {"asthma": (40, 60), "gout": (30, 90), "cough": (12, 160), "lupus": (2, 60)}
COUNTRIES = {"GB": EXPOSED, "FR": EXPOSED, "IT": EXPOSED}


def looked_at_again(told: dict) -> tuple:
    exposed = [(10 + 4 * (10 - year), 40 + year) for year in range(10)]
    return [adjusted(told)], doses(told, (20, 60), (14, 60), (15, 40)), years(told, *exposed)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("scan") / "index.html"
    path.write_text(drawn(COUNTRIES, looked_at_again), encoding="utf-8")
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


def test_what_passed_is_seen_adjusted_by_dose_and_by_year_with_its_numbers(page: Page) -> None:
    for title in ("Adjusted, lung cancer", "Dose, lung cancer", "asthma, by year before"):
        chart = page.locator("figure", has=page.get_by_text(title, exact=False)).first
        expect(chart.get_by_role("img").first).to_be_visible()
        chart.get_by_text("The numbers").click()
        expect(chart.get_by_role("table")).to_be_visible()
    assert page.get_by_text("lupus").count() == 0


def test_lines_of_cases_and_controls_are_told_apart_without_colour(page: Page) -> None:
    chart = page.get_by_role("img", name="asthma, lung cancer").first
    dashes = [path.get_attribute("stroke-dasharray") for path in chart.locator("path").all()]
    assert len(dashes) == 2 and dashes[0] != dashes[1]


def test_design_counts_lambda_and_limits_are_told(page: Page) -> None:
    for name in ("Design", "Counts and multiplicity", "Limits"):
        expect(page.get_by_role("heading", name=name, level=2)).to_be_attached()
    for words in ("lambda", "negative controls", "Bonferroni"):
        expect(page.get_by_role("columnheader", name=words, exact=True)).to_be_attached()


def test_on_paper_there_is_no_menu(page: Page) -> None:
    page.emulate_media(media="print")
    expect(page.get_by_role("navigation", name="Contents")).to_be_hidden()
