"""Pages of the catalogue: the frame of all of them, the entry, and a product."""

from collections.abc import Sequence

from thin_assets.domain.countries import COUNTRIES
from thin_assets.pages import figures
from thin_assets.pages.frame import Section, Tile, page, paragraph, tiles, together
from thin_assets.pages.markup import Child, Html, tag
from thin_assets.pages.tables import flag
from thin_assets.published.card.page import ROUNDED, kicker, lead, sections
from thin_assets.published.card.prevalence import by_country
from thin_assets.published.card.sections import UNITS, by_month, total_of
from thin_assets.published.catalogue.search_index import Index
from thin_assets.published.catalogue.stock import Stock

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'"
)
"""What a page may load: scripts and styles that lie beside it, and nothing from elsewhere."""

_PLACES = {
    "index.html": "Products",
    "features.html": "Features",
    "lineage.html": "Lineage",
    "changes.html": "Changes",
}
MOST = 10
"""Covariates whose prevalence stands on the entry."""

_KINDS = {"row_level": "rows of persons", "aggregate": "aggregate", "report": "report", "model": "model"}
_FOOT = paragraph("thin-assets. ", ROUNDED, " Nothing here asks for anything from elsewhere.")


def catalogue_page(
    name: str, title: str, lead_text: Child, parts: Sequence[Section], *, over: str = "", up: str = ""
) -> str:
    """A page of the catalogue.

    name    its own file, for the menu
    over    kicker; default the catalogue's
    up      way from the page to the top folder: `../` below it
    """
    head = (
        tag("meta", http_equiv="Content-Security-Policy", content=POLICY),
        tag("meta", name="color-scheme", content="light dark"),
        tag("link", rel="stylesheet", href=f"{up}catalogue.css"),
        tag("script", "", src=f"{up}catalogue.js", defer="defer"),
        tag("script", "", src=f"{up}data/index.js", defer="defer"),
    )
    return page(
        title,
        lead_text,
        parts,
        kicker=over or "Catalogue of data products",
        foot=_FOOT,
        head=head,
        above=_menu(name, up),
    )


def _menu(name: str, up: str) -> Html:
    places = [
        tag("li", tag("a", word, href=f"{up}{file}", aria_current="page" if file == name else None))
        for file, word in _PLACES.items()
    ]
    skip = tag("a", "Skip to the content", href="#main", class_="skip")
    return together(skip, tag("nav", tag("ul", places), aria_label="Catalogue", class_="menu"))


def search_box(label: str) -> Html:
    """The field that `catalogue.js` listens to, and where it puts what it finds."""
    field = tag(
        "input", id="search", type="search", autocomplete="off", spellcheck="false", aria_controls="results"
    )
    return together(
        tag("form", tag("label", label, for_="search"), field, role="search", id="ask"),
        tag("p", "", id="found", role="status"),
        tag("div", "", id="results"),
        tag("noscript", paragraph("Searching needs JavaScript; all else on these pages does not.")),
    )


def draw_index(stocks: Sequence[Stock], index: Index) -> str:
    """The entry: search, the products, and what is published of them."""
    parts = [
        Section("find", "Find", search_box("A product, a column, a feature, a concept or a code")),
        Section(
            "products",
            "Products",
            together(_summary(stocks, index), tag("ul", map(_shelf, stocks), class_="shelf")),
        ),
        *_charts(stocks),
    ]
    text = paragraph("What is published, for whom, in which version, and what it is made of.")
    return catalogue_page("index.html", "Data products", text, parts)


def _summary(stocks: Sequence[Stock], index: Index) -> Html:
    published = [stock for stock in stocks if stock.now]
    countries = {code for stock in published for code in stock.countries}
    months = sorted({month for stock in published for month in stock.months})
    return tiles(
        [
            Tile("products", str(len(published)), f"of {len(stocks)} declared"),
            Tile(
                "countries", str(len(countries)), ", ".join(code for code in COUNTRIES if code in countries)
            ),
            Tile("newest month", figures.month(months[-1]) if months else figures.NOTHING),
            Tile("features", f"{index.features.height:,}", "that ten persons or more have"),
        ]
    )


def _shelf(stock: Stock) -> Html:
    product = stock.product
    newest = (
        f"{figures.month(stock.months[-1])}, {', '.join(stock.countries)}"
        if stock.now
        else "not published yet"
    )
    count = f"{UNITS[product.kind]}: {total_of(stock)}" if stock.now else ""
    marks = (
        flag(_KINDS[product.kind], kind="good" if product.zone == "published" else "watch"),
        " ",
        *_recalled(stock),
    )
    return tag(
        "li",
        tag("h3", tag("a", product.title, href=f"products/{product.name}.html")),
        paragraph(*marks, tag("code", product.name), f" {product.version}"),
        paragraph(product.purpose),
        paragraph(newest, f" · {count}" if count else "", class_="soft"),
    )


def _recalled(stock: Stock) -> tuple[Html, ...]:
    return (flag("versions recalled", kind="bad"), Html(" ")) if stock.recalls else ()


def _charts(stocks: Sequence[Stock]) -> list[Section]:
    found = []
    for stock in stocks:
        drawn = [part for part in (by_month(stock), by_country(stock, most=MOST)) if part]
        if "covariate_id" in stock.product.schema and drawn:
            found.append(Section(f"look-{stock.product.name}", stock.product.title, together(*drawn)))
    return found


def draw_product(stock: Stock) -> str:
    """The card of a product as a page of the catalogue."""
    return catalogue_page("", stock.product.title, lead(stock), sections(stock), over=kicker(stock), up="../")
