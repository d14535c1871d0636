"""The data card: what a product is, what it was made from, what is known of it and of its limits."""

from thin_assets.pages.frame import Section, page, paragraph
from thin_assets.pages.markup import Html, tag
from thin_assets.published.card.evidence import attrition, drift, quality
from thin_assets.published.card.lineage import columns_of, lineage
from thin_assets.published.card.prevalence import prevalence
from thin_assets.published.card.sections import about, made_from, partitions
from thin_assets.published.card.terms import limits, protection, releases
from thin_assets.published.card.use import citing, reading
from thin_assets.published.catalogue.stock import Stock

ROUNDED = (
    "Here, counts of persons and of rows about persons are told to the nearest ten, and below ten not at "
    "all: “<10” may be none. Shares come from such counts."
)
_SECTIONS = (
    *(about, partitions, made_from, attrition, prevalence, quality, drift, limits, protection),
    *(releases, columns_of, lineage, reading, citing),
)


def sections(stock: Stock) -> list[Section]:
    """The parts of a card; a part that a product of this kind cannot have is left out."""
    return [found for section in _SECTIONS if (found := section(stock))]


def lead(stock: Stock) -> Html:
    """What a reader should know first."""
    return paragraph(stock.product.description, " ", tag("span", ROUNDED, class_="rounded"))


def kicker(stock: Stock) -> str:
    """What kind of page it is."""
    return f"Data card · {stock.product.name} · contract {stock.product.version}"


def draw_card(stock: Stock) -> str:
    """The card as one HTML file that needs no other; the same facts give the same bytes."""
    foot = paragraph("thin-assets; drawn from the facts that were counted at each publication.")
    return page(stock.product.title, lead(stock), sections(stock), kicker=kicker(stock), foot=foot)
