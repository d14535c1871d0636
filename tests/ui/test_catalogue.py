"""The catalogue in Chromium, opened from its folder: searched, walked through, on a phone and on paper."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.products import LUNG
from tests.shop import CONCEPTS, put_on_shelf
from tests.ui.browser import PHONE, VIEWPORT, opened
from thin_assets.domain.countries import COUNTRIES
from thin_assets.domain.snapshot import Snapshot
from thin_assets.published.catalogue.draw import build_catalogue, folder_of
from thin_assets.published.declared.product import products

pytestmark = pytest.mark.ui

SIZES = dict(zip(COUNTRIES, (412, 366, 158, 203, 287, 64, 31), strict=True))
MONTHS = ("2024-01", "2024-02", "2024-03")
PAGES = ("index", "features", "feature", "changes", "lineage", "products/lung_cancer_features")
COUGH = 254761102


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The catalogue of one product of seven countries and three months."""
    home = tmp_path_factory.mktemp("catalogue") / "home"
    partitions = [
        (Snapshot.named(country, month), size + 9 * number)
        for number, month in enumerate(MONTHS)
        for country, size in SIZES.items()
    ]
    put_on_shelf(home, partitions)
    build_catalogue(home, products())
    return folder_of(home)


@pytest.fixture
def asked() -> list[str]:
    """Addresses that pages asked for, and what they said."""
    return []


@pytest.fixture(params=[VIEWPORT, PHONE], ids=["desktop", "phone"])
def page(request: pytest.FixtureRequest, browser: Browser, site: Path, asked: list[str]) -> Iterator[Page]:
    with opened(browser, request.param, site / "index.html", asked) as page:
        page.on("pageerror", lambda error: asked.append(str(error)))
        yield page


def go(page: Page, site: Path, name: str, place: str = "") -> None:
    page.goto((site / f"{name}.html").as_uri() + place)


def hits(page: Page) -> list[str]:
    """Names of the features that are listed."""
    return page.locator(".features .hits li > a").all_inner_texts()


def test_the_search_finds_a_feature_and_its_page_shows_how_frequent_it_is(page: Page) -> None:
    page.get_by_role("searchbox").fill("cough")
    expect(page.get_by_role("status")).to_have_text("0 products, 0 columns, 2 features")
    page.get_by_role("link", name="Cough, 365 days before").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Cough, 365 days before")
    expect(page.get_by_role("img", name="Share of entries that have it")).to_be_visible()
    rows = page.get_by_role("region", name="Prevalence in numbers").get_by_role("row")
    assert rows.count() == 1 + len(COUNTRIES)
    for row in rows.all()[1:]:
        entries, whole = (int(cell) for cell in row.get_by_role("cell").all_inner_texts())
        assert 10 <= entries <= whole
        assert entries % 10 == whole % 10 == 0


@pytest.mark.parametrize(
    ("words", "found"),
    [("49727002", "254761 Cough"), ("rxnorm 6809", "1503297 metformin"), (str(COUGH), "254761 Cough")],
)
def test_a_code_or_an_id_is_found_too(page: Page, words: str, found: str) -> None:
    page.get_by_role("searchbox").fill(words)
    expect(page.get_by_role("status")).to_contain_text("features" if words[0] != "2" else "feature")
    assert all(found in name for name in hits(page))
    assert hits(page)


def test_the_search_finds_products_and_columns(page: Page) -> None:
    page.get_by_role("searchbox").fill("lung cancer")
    expect(page.get_by_role("heading", name="Products", level=3)).to_be_visible()
    page.get_by_role("searchbox").fill("days_since_last")
    expect(page.get_by_role("link", name="days_since_last")).to_be_visible()


def test_what_is_not_there_is_not_found(page: Page) -> None:
    page.get_by_role("searchbox").fill("a word that nobody uses")
    expect(page.get_by_role("status")).to_have_text("0 products, 0 columns, 0 features")
    assert hits(page) == []


def test_the_dictionary_is_narrowed_by_domain_and_country(page: Page, site: Path) -> None:
    go(page, site, "features")
    expect(page.get_by_role("status")).to_have_text(f"{2 * len(CONCEPTS)} features")
    page.get_by_label("Domain").select_option("Drug")
    expect(page.get_by_role("status")).to_have_text("8 features")
    page.get_by_label("Country").select_option("RO")
    expect(page.get_by_role("status")).not_to_have_text("8 features")
    assert 0 < len(hits(page)) < 8


def test_a_feature_that_is_not_published_says_so(page: Page, site: Path) -> None:
    go(page, site, "feature", "#1")
    expect(page.get_by_text("No feature of this id is published")).to_be_visible()


def test_it_is_used_by_keyboard_alone(page: Page) -> None:
    page.get_by_role("searchbox").focus()
    page.keyboard.type("asthma any")
    expect(page.get_by_role("status")).to_contain_text("1 feature")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Asthma, any time before")


def test_a_keyboard_skips_the_menu(page: Page) -> None:
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    expect(page.get_by_role("link", name="Skip to the content")).to_be_in_viewport()


def test_the_menu_leads_through_all_pages_and_says_where_one_is(page: Page) -> None:
    menu = page.get_by_role("navigation", name="Catalogue")
    for word in ("Features", "Lineage", "Changes", "Products"):
        menu.get_by_role("link", name=word).click()
        expect(menu.locator("[aria-current=page]")).to_have_text(word)


def test_the_card_of_a_product_is_reached_from_the_entry(page: Page) -> None:
    page.locator(".shelf").get_by_role("link", name=LUNG.title).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(LUNG.title)
    for link in page.get_by_role("navigation", name="Contents").get_by_role("link").all():
        link.click()
        expect(page.get_by_role("heading", name=link.inner_text(), level=2, exact=True)).to_be_in_viewport()


def test_charts_show(page: Page, site: Path) -> None:
    expect(page.get_by_role("img", name="Entries by month")).to_be_visible()
    go(page, site, "lineage")
    expect(page.get_by_role("img", name="Tables behind lung_cancer_features")).to_be_visible()


def test_nothing_is_asked_of_anybody_else_and_nothing_goes_wrong(
    page: Page, site: Path, asked: list[str]
) -> None:
    """Every page, and the search: what is loaded lies in the folder; the console stays empty."""
    page.get_by_role("searchbox").fill("diabetes")
    expect(page.get_by_role("status")).to_contain_text("features")
    for name in PAGES:
        go(page, site, name, f"#{COUGH}" if name == "feature" else "")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert [said for said in asked if not said.startswith(site.as_uri())] == []


def test_a_request_to_elsewhere_is_refused_by_the_page_itself(page: Page) -> None:
    refused = page.evaluate(
        "new Promise(done => {"
        "document.addEventListener('securitypolicyviolation', it => done(it.violatedDirective));"
        "const picture = new Image(); picture.src = 'https://example.org/a.png';})"
    )
    assert refused == "img-src"


@pytest.mark.parametrize("name", PAGES)
def test_no_page_scrolls_sideways(page: Page, site: Path, name: str) -> None:
    """Wide tables scroll by themselves."""
    go(page, site, name, f"#{COUGH}" if name == "feature" else "")
    page.wait_for_load_state()
    wide, window = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert wide <= window


@pytest.mark.parametrize("name", PAGES)
def test_letters_on_charts_can_be_read(page: Page, site: Path, name: str) -> None:
    """Letters of 11 units are at least 8.5 pixels high, on a phone too."""
    go(page, site, name, f"#{COUGH}" if name == "feature" else "")
    sizes = page.evaluate(
        "[...document.querySelectorAll('figure svg text')].map(text => 11"
        " * text.ownerSVGElement.getBoundingClientRect().width / text.ownerSVGElement.viewBox.baseVal.width)"
    )
    assert min(sizes, default=11) >= 8.5


@pytest.mark.parametrize("name", PAGES)
def test_every_link_leads_to_a_file_of_the_folder(page: Page, site: Path, name: str) -> None:
    go(page, site, name)
    targets = page.evaluate("[...document.links].map(link => link.href)")
    assert targets
    for target in targets:
        path, _, place = target.partition("#")
        assert Path(path.removeprefix("file://")).is_file(), target
        if place and path.endswith(f"/{name}.html") and name != "feature":
            assert page.locator(f"[id='{place}']").count() == 1, target


def test_on_paper_there_is_no_menu_and_no_search(page: Page) -> None:
    page.emulate_media(media="print")
    expect(page.get_by_role("navigation", name="Catalogue")).to_be_hidden()
    expect(page.get_by_role("searchbox")).to_be_hidden()
    expect(page.locator(".shelf")).to_be_visible()


def test_the_card_prints_on_a_few_pages(browser: Browser, site: Path, tmp_path: Path) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        go(page, site, PAGES[-1])
        printed = tmp_path / "card.pdf"
        page.pdf(path=printed, format="A4", print_background=True)
    assert 3 <= printed.read_bytes().count(b"/Type /Page\n") <= 12


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_can_be_told_from_their_ground(browser: Browser, site: Path, scheme: str) -> None:
    """Contrast of the text, the quieter text and links with the ground: 4.5 and more (WCAG AA)."""
    with browser.new_context(color_scheme=scheme) as context:
        page = context.new_page()
        go(page, site, "index")
        contrasts = page.evaluate(_CONTRASTS)
    assert len(contrasts) == 6
    assert min(contrasts) >= 4.5


_CONTRASTS = """() => {
  const style = getComputedStyle(document.documentElement);
  const light = name => {
    const hex = style.getPropertyValue(name).trim().replace(/^#(.)(.)(.)$/, '#$1$1$2$2$3$3');
    const parts = [1, 3, 5].map(at => parseInt(hex.slice(at, at + 2), 16) / 255)
      .map(part => part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
  };
  const contrast = (one, two) => (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
  return ['--ink', '--soft', '--blue'].flatMap(word =>
    ['--paper', '--back'].map(ground => contrast(light(word), light(ground))));
}"""
