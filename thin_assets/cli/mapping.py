"""`thin-assets mapping`: how the codes of a sealed build were mapped, as one HTML page to open or to send."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from thin_assets.cli.options import Country, Month
from thin_assets.domain.snapshot import Snapshot
from thin_assets.resources.files import replacing
from thin_assets.resources.lake import Lake
from thin_assets.settings import Settings


def mapping(
    context: typer.Context,
    country: Country,
    snapshot: Month,
    out: Annotated[
        Path | None, typer.Option(help="File to write; default `mapping-GB-2024-03.html` in this folder.")
    ] = None,
) -> None:
    """Draw the mapping report of a partition from its tables in the lake."""
    from thin_assets.evidence.mapping_assets import mapping_scene
    from thin_assets.evidence.mapping_page import draw_mapping

    settings: Settings = context.obj
    wanted = Snapshot.named(country, snapshot)
    page = draw_mapping(mapping_scene(Lake(home=str(settings.home)), wanted))
    path = out or Path(f"mapping-{wanted.country}-{wanted.folder}.html")
    with replacing(path) as temporary:
        temporary.write_text(page, encoding="utf-8")
    Console().print(f"[green]written[/] {path}; open it in a browser")
