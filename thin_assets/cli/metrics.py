"""`thin-assets metrics`: what runs cost, room by room."""

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from thin_assets.settings import Settings


def metrics(
    context: typer.Context,
    country: Annotated[str | None, typer.Option(help="Only this country.")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Every room of every run, as one JSON array on standard output.")
    ] = False,
) -> None:
    """Costs of the rooms over all ended runs: seconds, CPU, memory, bytes written, rows rejected."""
    import polars as pl

    from thin_assets.instance.config import open_instance
    from thin_assets.operations.costs import costs_by_room
    from thin_assets.operations.runs import write_runs

    settings: Settings = context.obj
    with open_instance(settings) as instance:
        runs = write_runs(instance, settings.home)
    if country is not None:
        runs = runs.filter(pl.col("partition").str.starts_with(f"{country.upper()}|"))
    if as_json:
        typer.echo(json.dumps(runs.rows(named=True), indent=2, default=str))
    else:
        Console().print(_table(costs_by_room(runs).rows(named=True)))


def _table(costs: list[dict]) -> Table:
    table = Table(title="Costs of the rooms", title_justify="left", caption="medians; peak: the highest")
    for name in ("room", "runs", "failed", "seconds", "CPU s", "peak MB", "written MB", "rejected"):
        table.add_column(name, justify="left" if name == "room" else "right", no_wrap=True)
    for one in costs:
        table.add_row(
            *(one["room"], str(one["runs"]), str(one["failed"])),
            *(_figure(one[name]) for name in ("seconds", "cpu_seconds")),
            *(_megabytes(one[name]) for name in ("peak_bytes", "written_bytes")),
            f"{one['rejected']:,}",
        )
    return table


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:,.2f}"


def _megabytes(value: int | None) -> str:
    return "" if value is None else f"{value / 1e6:,.1f}"
