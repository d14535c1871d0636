"""The catalogue: a folder of static pages about everything that is published, to open without a server."""

from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path

from thin_assets.domain.zones import PUBLISHED
from thin_assets.published.card.page import draw_card
from thin_assets.published.catalogue.changes import draw_changes, draw_lineage
from thin_assets.published.catalogue.features import draw_feature, draw_features
from thin_assets.published.catalogue.pages import draw_index, draw_product
from thin_assets.published.catalogue.search_index import build_index, scripts
from thin_assets.published.catalogue.stock import Stock, take_stock
from thin_assets.published.declared.product import Product
from thin_assets.published.declared.shelf import Shelf
from thin_assets.resources.files import locked, replacing, replacing_folder

OWN = ("catalogue.js", "catalogue.css")
"""Files that every page uses; they are copied as they are."""


def folder_of(home: Path) -> Path:
    """Where the catalogue lies."""
    return home / PUBLISHED / "catalogue"


def build_catalogue(home: Path, products: Mapping[str, Product]) -> dict[str, int]:
    """Draw the cards and the catalogue anew from what stands on the shelves; returns counts.

    A reader sees the old catalogue or the new one. The same shelves give the same bytes.
    """
    with locked(folder_of(home)):
        stocks = [take_stock(Shelf(home, product)) for product in products.values()]
        for stock in stocks:
            write_card(stock)
        pages = catalogue_files(stocks)
        _put(folder_of(home), pages)
    return {
        "products": sum(bool(stock.now) for stock in stocks),
        "partitions": sum(len(stock.now) for stock in stocks),
        "features": build_index(stocks).features.height,
        "files": len(pages),
    }


def _put(folder: Path, pages: Mapping[str, str]) -> None:
    """The folder with these files and no other."""
    with replacing_folder(folder) as unfinished:
        for name, text in pages.items():
            path = unfinished / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")


def write_card(stock: Stock) -> None:
    """The card of a product on its shelf; where nothing of it is published, or no longer, there is none."""
    if not stock.now:
        stock.shelf.card.unlink(missing_ok=True)
    else:
        with replacing(stock.shelf.card) as temporary:
            temporary.write_text(draw_card(stock), encoding="utf-8")


def catalogue_files(stocks: Sequence[Stock]) -> dict[str, str]:
    """Text of every file of the catalogue by its path, sorted."""
    index = build_index(stocks)
    pages = {
        "index.html": draw_index(stocks, index),
        "features.html": draw_features(index),
        "feature.html": draw_feature(),
        "changes.html": draw_changes(stocks),
        "lineage.html": draw_lineage(stocks),
    }
    pages |= {f"products/{stock.product.name}.html": draw_product(stock) for stock in stocks}
    pages |= {f"data/{name}": text for name, text in scripts(index)}
    pages |= {name: _own(name) for name in OWN}
    return dict(sorted(pages.items()))


def _own(name: str) -> str:
    return files("thin_assets.published.catalogue").joinpath("site", name).read_text(encoding="utf-8")
