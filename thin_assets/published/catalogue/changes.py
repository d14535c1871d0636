"""Pages of the catalogue about time and origin: every version there was, and the tables behind a product."""

from collections.abc import Sequence

from thin_assets.pages import figures
from thin_assets.pages.frame import Section, paragraph
from thin_assets.pages.markup import Html, tag
from thin_assets.pages.tables import columns, flag, table
from thin_assets.published.card.lineage import picture
from thin_assets.published.card.sections import partition, told
from thin_assets.published.catalogue.pages import catalogue_page
from thin_assets.published.catalogue.stock import Stock


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
            tag("code", facts["build"], class_="id"),
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
