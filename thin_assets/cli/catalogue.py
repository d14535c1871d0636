"""`thin-assets catalogue`: the pages about everything that is published, drawn anew."""

from pathlib import Path

import typer

from thin_assets.cli.page import Opened, tell_page
from thin_assets.resources.shared_products import shared_catalogue
from thin_assets.settings import Settings


def catalogue(
    context: typer.Context,
    is_opened: Opened = False,
) -> None:
    """Draw the catalogue of data products from what is published by now, and say where it lies."""
    tell_page(draw(context.obj), is_opened)


def draw(settings: Settings) -> Path:
    """Build the catalogue of a home; its entry page."""
    from thin_assets.published.catalogue.draw import build_catalogue, folder_of
    from thin_assets.published.declared.product import products

    declared = products(settings.studies_folder)
    with shared_catalogue(settings.home, [(one.zone, one.name) for one in declared.values()]):
        build_catalogue(settings.home, declared)
    return folder_of(settings.home) / "index.html"
