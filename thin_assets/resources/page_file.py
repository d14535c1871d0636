"""A static page in the lake, and the words by which Dagster leads to it."""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

import dagster as dg

from thin_assets.domain.zones import PUBLISHED
from thin_assets.pages.markup import Html
from thin_assets.pages.picture import data_address
from thin_assets.resources.files import replacing
from thin_assets.settings import Settings

SERVED = ("lake", PUBLISHED)
"""Folders of a home that hold pages: `page_server` serves them under their names."""


def write_page(path: Path, text: str) -> dict[str, dg.MetadataValue]:
    """Write a page, atomically; returns the metadata that opens it from its asset."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
    return leads_to(path)


def leads_to(page: Path) -> dict[str, dg.MetadataValue]:
    """Metadata that opens a page from its asset: `page` in the browser, `path` on this machine.

    No browser follows a link from Dagster to a file, so `page` is where `thin-assets pages` serves it; where
    nobody serves pages (`THIN_PAGES_ADDRESS` is empty), there is the path alone.
    """
    address, path = Settings.load().pages_address, {"path": dg.MetadataValue.path(page)}
    return {"page": dg.MetadataValue.url(f"{address}/{place_of(page)}"), **path} if address else path


def place_of(page: Path) -> str:
    """The address of a page below that of its home, such as `lake/operations/page/index.html`."""
    parts = page.resolve().parts
    start = max(number for number, part in enumerate(parts) if part in SERVED)
    return quote("/".join(parts[start:]), safe="/=")


def pictures(drawings: Mapping[str, Html]) -> dict[str, dg.MetadataValue]:
    """Metadata that shows drawings beside their asset, by title."""
    return {
        title: dg.MetadataValue.md(f"![{title}]({data_address(drawing)})")
        for title, drawing in drawings.items()
    }
