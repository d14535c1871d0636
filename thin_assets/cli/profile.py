"""`thin-assets profile`: what a sealed build holds, as one HTML page to open or to send."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from thin_assets.cli.options import Country, Month
from thin_assets.domain.snapshot import Snapshot
from thin_assets.resources.files import replacing
from thin_assets.resources.lake import Lake
from thin_assets.resources.warehouse import Warehouse
from thin_assets.settings import Settings


def profile(
    context: typer.Context,
    country: Country,
    snapshot: Month,
    out: Annotated[
        Path | None, typer.Option(help="File to write; default `profile-GB-2024-03.html` in this folder.")
    ] = None,
) -> None:
    """Draw the profile of a partition beside last month and every other country that is built by now."""
    from thin_assets.evidence.profile_assets import draw_page

    settings: Settings = context.obj
    wanted = Snapshot.named(country, snapshot)
    page = draw_page(Lake(home=str(settings.home)), Warehouse.of(settings), wanted)
    path = out or Path(f"profile-{wanted.country}-{wanted.folder}.html")
    with replacing(path) as temporary:
        temporary.write_text(page, encoding="utf-8")
    Console().print(f"[green]written[/] {path}; open it in a browser")
