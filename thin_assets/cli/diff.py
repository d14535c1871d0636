"""`thin-assets diff`: what a sealed build holds otherwise than the one before it."""

import json
from typing import Annotated

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from thin_assets.cli.options import Country, Month
from thin_assets.domain.snapshot import Snapshot
from thin_assets.resources.lake import Lake, build_id
from thin_assets.resources.warehouse import Warehouse
from thin_assets.settings import Settings

Build = Annotated[str | None, typer.Option(help="Id of a sealed build; status shows the current one.")]


def diff(
    context: typer.Context,
    country: Country,
    snapshot: Month,
    before: Build = None,
    now: Build = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object on standard output, counts exact.")
    ] = False,
) -> None:
    """Rows added, removed and changed by table, current build against the one before; 1 to 9 shown as <10."""
    from thin_assets.evidence.build_diff import what_differs
    from thin_assets.evidence.diff_assets import compare, is_different

    settings: Settings = context.obj
    lake, wanted = Lake(home=str(settings.home)), Snapshot.named(country, snapshot)
    new, old, rows = compare(lake, Warehouse.of(settings), wanted, before, now)
    differs = what_differs(lake.identity_of(old), lake.identity_of(new)) if old else []
    told = {"build": build_id(new), "before": old and build_id(old), "made_from_other": differs}
    if as_json:
        typer.echo(json.dumps(told | {"tables": rows.to_dicts()}, indent=2))
        return
    console = Console()
    if old is None:
        console.print(f"{wanted.key}: {told['build']} is the first build; nothing to compare with")
        return
    console.print(f"{wanted.key}: {told['before']} -> {told['build']}", highlight=False)
    console.print(f"made from other: {', '.join(differs) or 'nothing; the content alone differs'}")
    console.print(_table(rows.filter(is_different()).to_dicts()))


def _table(rows: list[dict]) -> Table:
    from thin_assets.evidence.diff_assets import COUNTS, shown_row

    table = Table(title="Tables that differ", title_justify="left", box=SIMPLE)
    table.add_column("table", no_wrap=True)
    for name in COUNTS:
        table.add_column(name.replace("_", " "), justify="right")
    table.add_column("columns that changed", overflow="fold")
    for row in rows:
        table.add_row(*shown_row(row))
    return table
