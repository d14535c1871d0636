"""`thin-assets export-duckdb`: a sealed build as one DuckDB file for OHDSI tools."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from thin_assets.cdm.spec import results_tables
from thin_assets.cli.options import Country, Month
from thin_assets.domain.snapshot import Snapshot
from thin_assets.resources.lake import Lake, build_id
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
    partition = Snapshot.named(country, snapshot)
    build = lake.current_build(partition)
    export(build, lake.vocabulary_of(build), _cohorts_of(build, lake, partition), out)
    Console().print(f"[green]written[/] {out}; its tables are {schema_in(out)}.person and so on")


def _cohorts_of(build: Path, lake: Lake, partition: Snapshot) -> dict[str, Path]:
    """Files of the cohort tables, when they were made from this build; none when from an earlier one."""
    if (lake.reported("cohorts", partition) or {}).get("build") != build_id(build):
        return {}
    return {table.name: lake.file("cohorts", table.name, partition) for table in results_tables()}
