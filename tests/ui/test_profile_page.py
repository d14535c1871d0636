"""The profile page in Chromium: read, walked through, on a phone and on paper, without network."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import thin_assets
from tests.ui.browser import PHONE, VIEWPORT, opened

pytestmark = pytest.mark.ui

BUILT = [("GB", "2024-02"), ("GB", "2024-03"), ("FR", "2024-03")]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a small partition, beside the month before and another country."""
    home = tmp_path_factory.mktemp("profile") / "home"
    thin_assets(home, "doctor", "--fix")
    for country, month in BUILT:
        partition = ("--country", country, "--snapshot", month)
        thin_assets(home, "generate", *partition, "--patients", "200", "--seed", "5")
        thin_assets(home, "run", *partition, "--until", "evidence")
    out = home.parent / "profile.html"
    thin_assets(home, "profile", "--country", "GB", "--snapshot", "2024-03", "--out", str(out))
    return out


@pytest.fixture
def asked(file: Path) -> list[str]:
    """Addresses that the page asked for."""
    return []


@pytest.fixture(params=[VIEWPORT, PHONE], ids=["desktop", "phone"])
def page(request: pytest.FixtureRequest, browser: Browser, file: Path, asked: list[str]) -> Iterator[Page]:
    with opened(browser, request.param, file, asked) as page:
        yield page


def test_the_page_loads_nothing_but_itself(page: Page, file: Path, asked: list[str]) -> None:
    assert asked == [file.as_uri()]


def test_the_first_thing_read_is_what_the_page_is_about(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("Profile of United Kingdom, March 2024")
    for label in ("persons", "records of events", "median observation", "mapped"):
        expect(page.locator("dt", has_text=label).first).to_be_visible()


def test_every_entry_of_the_contents_leads_to_its_section(page: Page) -> None:
    links = page.get_by_role("navigation", name="Contents").get_by_role("link")
    assert links.count() == 13
    for link in links.all():
        name = link.inner_text()
        link.click()
        expect(page.get_by_role("heading", name=name, level=2, exact=True)).to_be_in_viewport()


def test_the_page_never_scrolls_sideways(page: Page) -> None:
    """Wide tables scroll by themselves."""
    wide, window = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert wide <= window


def test_every_chart_says_what_it_shows_and_has_its_numbers(page: Page) -> None:
    figures = page.locator("figure")
    assert figures.count() >= 15
    for figure in figures.all():
        assert figure.get_by_role("img").first.get_attribute("aria-label")
        figure.get_by_text("The numbers").click()
        expect(figure.get_by_role("table")).to_be_visible()
        assert figure.get_by_role("row").count() > 1


def test_letters_on_charts_can_be_read(page: Page) -> None:
    """Letters of 11 units are at least 8.5 pixels high, on a phone too."""
    smallest = page.evaluate(
        "Math.min(...[...document.querySelectorAll('figure svg text')].map("
        "text => 11 * text.ownerSVGElement.getBoundingClientRect().width"
        " / text.ownerSVGElement.viewBox.baseVal.width))"
    )
    assert smallest >= 8.5


def test_other_country_and_builds_are_named(page: Page) -> None:
    table = page.get_by_role("table", name="Builds that this page compares")
    for words in ("this profile", "the month before", "same month", "France", "February 2024"):
        expect(table.get_by_text(words).first).to_be_attached()


def test_on_paper_there_is_no_menu_and_colours_are_kept(page: Page) -> None:
    page.emulate_media(media="print")
    expect(page.get_by_role("navigation", name="Contents")).to_be_hidden()
    adjust = page.locator(".bar").first.evaluate("bar => getComputedStyle(bar).printColorAdjust")
    assert adjust == "exact"
