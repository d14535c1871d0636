"""A static page in the lake, and the words by which Dagster leads to it."""

from collections.abc import Mapping
from pathlib import Path

import dagster as dg

from thin_assets.pages.markup import Html
from thin_assets.pages.picture import data_address
from thin_assets.resources.files import replacing


def write_page(path: Path, text: str) -> dict[str, dg.MetadataValue]:
    """Write a page, atomically; returns the metadata that opens it from its asset."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
    return leads_to(path)


def leads_to(page: Path) -> dict[str, dg.MetadataValue]:
    """Metadata that opens a page from its asset: `page` in the browser, `path` on this machine."""
    return {"page": dg.MetadataValue.url(page.resolve().as_uri()), "path": dg.MetadataValue.path(page)}


def pictures(drawings: Mapping[str, Html]) -> dict[str, dg.MetadataValue]:
    """Metadata that shows drawings beside their asset, by title."""
    return {
        title: dg.MetadataValue.md(f"![{title}]({data_address(drawing)})")
        for title, drawing in drawings.items()
    }
