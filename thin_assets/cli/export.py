"""`thin-assets export-duckdb`: a sealed build as one DuckDB file for OHDSI tools."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from thin_assets.cli.options import Country, Month
from thin_assets.domain.snapshot import Snapshot
from thin_assets.resources.lake import Lake
from thin_assets.settings import Settings


def export_duckdb(
    context: typer.Context,
    country: Country,
    snapshot: Month,
    out: Annotated[Path, typer.Option(help="File to write; replaced when it exists.")] = Path("omop.duckdb"),
) -> None:
    """Write the sealed CDM and its vocabulary to a DuckDB file, in schema `cdm`."""
    from thin_assets.published.export import export_duckdb as export
    from thin_assets.published.export import schema_in

    settings: Settings = context.obj
    lake = Lake(home=str(settings.home))
    build = lake.current_build(Snapshot.named(country, snapshot))
    export(build, lake.vocabulary_of(build), out)
    Console().print(f"[green]written[/] {out}; its tables are {schema_in(out)}.person and so on")
