"""`thin-assets catalogue`: the pages about everything that is published, drawn anew."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from thin_assets.settings import Settings


def catalogue(
    context: typer.Context,
    is_opened: Annotated[
        bool, typer.Option("--open", help="Open it in the browser of this machine.")
    ] = False,
) -> None:
    """Draw the catalogue of data products from what is published by now, and say where it lies."""
    page = draw(context.obj)
    Console().print(f"[green]written[/] {page}", soft_wrap=True)
    if is_opened:
        typer.launch(page.resolve().as_uri())


def draw(settings: Settings) -> Path:
    """Build the catalogue of a home; its entry page."""
    from thin_assets.published.catalogue.draw import build_catalogue, folder_of
    from thin_assets.published.declared.product import products

    build_catalogue(settings.home, products(settings.studies_folder))
    return folder_of(settings.home) / "index.html"
