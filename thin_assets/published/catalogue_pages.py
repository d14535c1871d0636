"""The pages of the catalogue: products, features, one feature, what changed, where it comes from."""

from collections.abc import Sequence

from thin_assets.domain.countries import COUNTRIES
from thin_assets.pages import figures
from thin_assets.pages.frame import Section, Tile, page, paragraph, tiles, together
from thin_assets.pages.markup import Child, Html, tag
from thin_assets.pages.tables import columns, flag, table
from thin_assets.published.card import ROUNDED, kicker, lead, sections
from thin_assets.published.card_evidence import by_country
from thin_assets.published.card_lineage import picture
from thin_assets.published.card_sections import UNITS, by_month, partition, told
from thin_assets.published.search_index import Index
from thin_assets.published.stock import Stock

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
    entries = sum(stock.entries(snapshot) or 0 for snapshot in stock.latest.values())
    count = f"{told(entries or None)} {UNITS[product.kind]}" if stock.now else ""
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
        if stock.product.kind == "row_level" and drawn:
            found.append(Section(f"look-{stock.product.name}", stock.product.title, together(*drawn)))
    return found


def draw_product(stock: Stock) -> str:
    """The card of a product as a page of the catalogue."""
    return catalogue_page("", stock.product.title, lead(stock), sections(stock), over=kicker(stock), up="../")


def draw_features(index: Index) -> str:
    """The dictionary of features: searched by the page's script, analyses as a table for everybody."""
    text = paragraph(
        f"{index.features.height:,} covariates that at least ten persons have in a newest partition. A "
        "covariate is a concept seen through an analysis: what is counted, in which window before the index date."
    )
    picks = tag("div", _pick("domain", "Domain"), _pick("country", "Country"), class_="picks")
    parts = [
        Section("find", "Find a feature", together(picks, search_box("Name, concept, code or id"))),
        Section("analyses", "Analyses", _analyses(index)),
    ]
    return catalogue_page("features.html", "Dictionary of features", text, parts)


def _pick(name: str, label: str) -> Html:
    return tag("label", label, " ", tag("select", tag("option", "all", value=""), id=name))


def _analyses(index: Index) -> Html:
    counts = dict(index.features.group_by("analysis_id").len().iter_rows())
    rows = [
        (
            Html(f"{one['analysis_id']} " + tag("span", one["analysis_name"], class_="soft")),
            one["description"],
            window(one["start_day"], one["end_day"]),
            one["unit"] or figures.NOTHING,
            "zero" if one["missing_means_zero"] else "unknown",
            f"{counts.get(one['analysis_id'], 0):,}",
        )
        for one in index.analyses.iter_rows(named=True)
    ]
    if not rows:
        return paragraph("No feature may be shown yet: of each, fewer than ten persons have it.")
    heads = columns(
        "analysis", "what it tells", "days from the index", "unit", "a missing row is", "#features"
    )
    return table(heads, rows, "Analyses of the features that are shown")


def window(first: int | None, last: int | None) -> str:
    """A window in days from the index date.

    >>> window(-365, -1), window(None, -91)
    ('−365 to −1', 'ever to −91')
    """
    start = "ever" if first is None else figures.number(first)
    return f"{start} to {figures.number(last)}"


def draw_feature() -> str:
    """The page of one feature: the script fills it with the covariate that the address names."""
    body = together(
        tag("div", paragraph("Which feature? Its id stands behind # in the address."), id="feature"),
        tag(
            "noscript",
            paragraph("This page needs JavaScript; the features are listed in each product's table."),
        ),
    )
    return catalogue_page("feature.html", "Feature", paragraph(), [Section("about", "About it", body)])


def draw_changes(stocks: Sequence[Stock]) -> str:
    """Every version of every product, newest first, beside the releases and the contracts."""
    parts = [
        Section("releases", "Releases and recalls", _releases(stocks)),
        Section("contracts", "Contracts", _contracts(stocks)),
        Section("versions", "Versions", _versions(stocks)),
    ]
    text = paragraph("What was published when, from which build; what has a name; what was taken back.")
    return catalogue_page("changes.html", "Changes", text, parts)


def _releases(stocks: Sequence[Stock]) -> Html:
    found = [("release", stock, one, one["name"], one["notes"]) for stock in stocks for one in stock.releases]
    found += [
        ("recall", stock, one, str(one["asked"]), one["reason"]) for stock in stocks for one in stock.recalls
    ]
    if not found:
        return paragraph("No version has a name yet, and none was recalled.")
    rows = [
        (one["when"][:10], _link(stock), flag(kind, kind="good" if kind == "release" else "bad"), name, why)
        for kind, stock, one, name, why in sorted(found, key=lambda row: row[2]["when"], reverse=True)
    ]
    return table(
        columns("when", "product", "", "name", "notes or reason"), rows, "Releases and recalls, newest first"
    )


def _contracts(stocks: Sequence[Stock]) -> Html:
    rows = [
        (_link(stock), stock.product.version, ", ".join(stock.contracts) or figures.NOTHING)
        for stock in stocks
    ]
    return table(
        columns("product", "contract", "every version of it"),
        rows,
        "Contracts: a breaking change is a new major version",
    )


def _versions(stocks: Sequence[Stock]) -> Html:
    found = [(stock, facts) for stock in stocks for facts in stock.versions]
    rows = [
        (
            facts["published_at"][:16].replace("T", " "),
            _link(stock),
            partition(facts["snapshot"]),
            f"v{facts['version']}",
            told(stock.rows(facts)),
            tag("code", facts["build"]),
            facts["contract"],
        )
        for stock, facts in sorted(found, key=lambda row: row[1]["published_at"], reverse=True)
    ]
    heads = columns("published (UTC)", "product", "partition", "version", "#rows", "build", "contract")
    return table(heads, rows, f"{len(rows)} versions, newest first")


def _link(stock: Stock) -> Html:
    return tag("a", stock.product.name, href=f"products/{stock.product.name}.html")


def draw_lineage(stocks: Sequence[Stock]) -> str:
    """The tables behind every product."""
    parts = [Section(stock.product.name, stock.product.title, picture(stock)) for stock in stocks]
    text = paragraph(
        "From the delivered tables to each product, table by table; the card of a product tells it by column."
    )
    return catalogue_page("lineage.html", "Lineage", text, parts)
