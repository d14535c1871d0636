"""`thin-assets status`: what stands, partition by partition."""

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from thin_assets.domain.countries import COUNTRIES
from thin_assets.domain.rooms import ROOMS
from thin_assets.operations.disk import EVERYWHERE, disk_use
from thin_assets.operations.survey import survey
from thin_assets.settings import Settings

_SIGNS = {"built": "[green]●[/]", "failed": "[red]●[/]", "old": "[yellow]●[/]", "absent": "[dim]·[/]"}
_LEGEND = f"rooms: {', '.join(ROOMS)}\n" + "  ".join(f"{sign} {state}" for state, sign in _SIGNS.items())


def status(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON array on standard output.")] = False,
    by_disk: Annotated[
        bool, typer.Option("--disk", help="Instead: how much disk each room uses, by country.")
    ] = False,
) -> None:
    """A row per partition: state of each room, persons, rows in and out, sealed build, products published."""
    settings: Settings = context.obj
    if by_disk:
        _show_disk(settings, as_json)
        return
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
    carries = any(row["carried_percent"] is not None for row in rows)
    if carries:
        table.add_column("carried %", justify="right", no_wrap=True)
    if any("store" in row for row in rows):
        table.add_column("store", no_wrap=True)
    for row in rows:
        rooms = "".join(_SIGNS[row["rooms"][room]] for room in ROOMS)
        table.add_row(row["partition"], rooms, *_figures(row, carries))
    return table


def _figures(row: dict, carries: bool) -> list[str]:
    counts = [as_number(row[name]) for name in ("persons", "rows_in", "rejected", "rows_out")]
    products = as_number(len(row["published"]) or None)
    carried = [as_number(row["carried_percent"], ".1f")] if carries else []
    shared = [row["store"]] if "store" in row else []
    built = [as_number(row["mapped_percent"], ".1f"), (row["build"] or "")[:8]]
    return [*counts, *built, products, *carried, *shared]


def _show_disk(settings: Settings, as_json: bool) -> None:
    """Bytes as one JSON object, or megabytes as a table: rooms down, countries across."""
    use = disk_use(settings.home)
    if as_json:
        typer.echo(json.dumps(use, indent=2))
        return
    countries = [code for code in (*COUNTRIES, EVERYWHERE) if any(code in of for of in use.values())]
    table = Table(title="Disk, in megabytes", title_justify="left")
    table.add_column("room", no_wrap=True)
    for name in (*countries, "together"):
        table.add_column(name, justify="right", no_wrap=True)
    for room, of in use.items():
        sizes = [of.get(code, 0) for code in countries]
        table.add_row(room, *(_megabytes(size) for size in [*sizes, sum(sizes)]))
    sums = [sum(of.get(code, 0) for of in use.values()) for code in countries]
    table.add_section()
    table.add_row("together", *(_megabytes(size) for size in [*sums, sum(sums)]))
    Console().print(table)


def _megabytes(size: int) -> str:
    return as_number(size / 1e6 if size else None, ",.1f")


def as_number(value: float | None, form: str = ",") -> str:
    """A figure as people read it; nothing where there is none yet."""
    return "" if value is None else format(value, form)
