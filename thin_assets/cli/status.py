"""`thin-assets status`: what stands, partition by partition."""

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from thin_assets.cli.survey import survey
from thin_assets.domain.rooms import ROOMS
from thin_assets.settings import Settings

_SIGNS = {"built": "[green]●[/]", "failed": "[red]●[/]", "old": "[yellow]●[/]", "absent": "[dim]·[/]"}
_LEGEND = f"rooms: {', '.join(ROOMS)}\n" + "  ".join(f"{sign} {state}" for state, sign in _SIGNS.items())


def status(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON array on standard output.")] = False,
) -> None:
    """A row per partition: state of each room, persons, rows in and out, sealed build, products published."""
    settings: Settings = context.obj
    rows = survey(settings)
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
    else:
        Console().print(_table(rows))


def _table(rows: list[dict]) -> Table:
    table = Table(title="Partitions", caption=_LEGEND, title_justify="left")
    table.add_column("partition", no_wrap=True)
    table.add_column("rooms", no_wrap=True)
    for name in ("persons", "rows in", "rejected", "rows out", "mapped %", "build", "published"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(row["partition"], "".join(_SIGNS[row["rooms"][room]] for room in ROOMS), *_figures(row))
    return table


def _figures(row: dict) -> list[str]:
    counts = [as_number(row[name]) for name in ("persons", "rows_in", "rejected", "rows_out")]
    products = as_number(len(row["published"]) or None)
    return [*counts, as_number(row["mapped_percent"], ".1f"), (row["build"] or "")[:8], products]


def as_number(value: float | None, form: str = ",") -> str:
    """A figure as people read it; nothing where there is none yet."""
    return "" if value is None else format(value, form)
