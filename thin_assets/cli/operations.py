"""`thin-assets operations`: the page about the platform, drawn anew."""

import datetime as dt
from pathlib import Path

import typer

from thin_assets.cli.page import Opened, tell_page
from thin_assets.settings import Settings


def operations(
    context: typer.Context,
    is_opened: Opened = False,
) -> None:
    """Draw the page of partitions, lateness, failures, trends, costs and disk, and say where it lies."""
    tell_page(draw(context.obj), is_opened)


def draw(settings: Settings) -> Path:
    """Draw the page of a home; its file."""
    from thin_assets.instance.config import open_instance
    from thin_assets.operations.assets import draw_operations, page_file

    with open_instance(settings) as instance:
        draw_operations(instance, settings, dt.datetime.now(dt.UTC))
    return page_file(settings.home)
