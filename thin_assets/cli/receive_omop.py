"""`thin-assets receive-omop`: a folder of OMOP CDM files is laid down as a delivery."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from thin_assets.cli.options import Country, Month, read_partition
from thin_assets.settings import Settings


def receive_omop(
    context: typer.Context,
    country: Country,
    snapshot: Month,
    source: Annotated[
        Path, typer.Option(exists=True, file_okay=False, help="Folder of CDM files; never changed.")
    ],
    cdm_version: Annotated[
        str | None, typer.Option(help="5.4 or 5.3; default: the one whose columns the files have.")
    ] = None,
    unread: Annotated[
        list[str] | None,
        typer.Option(help="A column `table.column` beside the CDM's that stays unread; may be repeated."),
    ] = None,
) -> None:
    """Lay down a folder of OMOP CDM files, CSV or Parquet, with or without vocabulary, as a delivery."""
    from thin_assets.landing.omop_layout import delivery_from_folder

    settings: Settings = context.obj
    partition = read_partition(country, snapshot)
    laid = delivery_from_folder(
        source, partition, settings.deliveries, version=cdm_version, unread=unread or ()
    )
    console = Console()
    table = Table(title=f"Laid down as {laid.layout}", title_justify="left")
    table.add_column("table")
    table.add_column("files", justify="right")
    for name, files in laid.tables.items():
        table.add_row(name, str(files))
    console.print(table)
    if laid.left_out:
        console.print(f"left out, as no part of a delivery: {', '.join(laid.left_out)}")
    console.print(
        f"[green]written[/] {laid.folder}; next: thin-assets run "
        f"--country {partition.country} --snapshot {partition.folder}"
    )
