"""`thin-assets receive`: files that a provider handed over are laid down as a delivery."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from thin_assets.cli.options import Country, Month, read_partition
from thin_assets.settings import Settings


def receive(
    context: typer.Context,
    country: Country,
    snapshot: Month,
    source: Annotated[
        Path, typer.Option(exists=True, file_okay=False, help="Folder of practice files; never changed.")
    ],
) -> None:
    """Lay down the United Kingdom's own practice files, fixed width or those of 2022, as a delivery."""
    from thin_assets.landing.native_layout import delivery_from_practice_files

    settings: Settings = context.obj
    folder = delivery_from_practice_files(source, read_partition(country, snapshot), settings.deliveries)
    Console().print(f"[green]written[/] {folder}")
