"""The dossier in Chromium: every link is followed, on a desktop, a phone and on paper, without network."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import thin_assets
from tests.ui.browser import PHONE, VIEWPORT, opened

pytestmark = pytest.mark.ui

PAGES = ("index", "accounts", "data-quality", "mapping", "etl", "mapping-rules", "source", "cohort")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The dossier of a small partition."""
    home = tmp_path_factory.mktemp("dossier") / "home"
    partition = ("--country", "GB", "--snapshot", "2024-03")
    thin_assets(home, "doctor", "--fix")
    thin_assets(home, "generate", *partition, "--patients", "200", "--seed", "5")
    thin_assets(home, "run", *partition, "--until", "cohorts")
    out = home.parent / "dossier"
    thin_assets(home, "dossier", *partition, "--out", str(out))
    return out


@pytest.fixture
def asked() -> list[str]:
    """Addresses that pages asked for, and what they said."""
    return []


@pytest.fixture(params=[VIEWPORT, PHONE], ids=["desktop", "phone"])
def page(request: pytest.FixtureRequest, browser: Browser, folder: Path, asked: list[str]) -> Iterator[Page]:
    with opened(browser, request.param, folder / "index.html", asked) as page:
        yield page


def test_the_first_screen_sums_the_build_up(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("United Kingdom, March 2024")
    for label in ("Persons", "Records", "Checks passed", "Event records mapped", "Example cohort"):
        expect(page.locator("dt", has_text=label).first).to_be_visible()
    if page.viewport_size == VIEWPORT:
        expect(page.get_by_role("table", name="Share of records")).to_be_in_viewport(ratio=1)


def test_every_page_of_the_contents_is_there_and_leads_back(page: Page, asked: list[str]) -> None:
    links = page.locator("#contents td:nth-of-type(1) a")
    assert links.count() == 8
    for place in range(links.count()):
        links.nth(place).click()
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        if "index.html" not in page.url:
            page.get_by_role("link", name="Back to the entry page").click()
        assert page.url.partition("#")[0].endswith("index.html")
    assert [url for url in asked if not url.startswith("file://")] == []


def test_every_link_of_every_page_leads_to_a_file(page: Page, folder: Path) -> None:
    followed = set()
    for name in PAGES:
        page.goto((folder / f"{name}.html").as_uri())
        for target in page.evaluate("[...document.links].map(link => link.href)"):
            path, _, place = target.partition("#")
            followed.add(Path(path.removeprefix("file://")))
            if place and path.endswith(f"/{name}.html"):
                assert page.locator(f"[id='{place}']").count() == 1, target
    assert [path for path in followed if not path.is_file()] == []
    assert followed == {path for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", PAGES)
def test_no_page_scrolls_sideways(page: Page, folder: Path, name: str) -> None:
    """Wide tables scroll by themselves."""
    page.goto((folder / f"{name}.html").as_uri())
    wide, window = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert wide <= window


def test_words_of_a_narrow_table_do_not_cover_each_other(page: Page) -> None:
    spilled = page.evaluate(
        "[...document.querySelectorAll('#identity th, #identity td')]"
        ".filter(cell => cell.scrollWidth > cell.clientWidth + 1).map(cell => cell.textContent)"
    )
    assert spilled == []


def test_the_entry_prints_on_paper(browser: Browser, folder: Path, tmp_path: Path) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto((folder / "index.html").as_uri())
        printed = tmp_path / "index.pdf"
        page.pdf(path=printed, format="A4", print_background=True)
        page.emulate_media(media="print")
        expect(page.get_by_role("navigation", name="Contents")).to_be_hidden()
        paper = page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    content = printed.read_bytes()
    assert content.startswith(b"%PDF")
    assert 1 <= content.count(b"/Type /Page\n") <= 3
    assert paper
