"""`thin-assets calendar`: what each country owes by today."""

import datetime as dt
import json
from typing import Annotated

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from thin_assets.resources.lake import Lake
from thin_assets.settings import Settings


def calendar(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Deliveries that are missing and builds that are late, by country; the days are data."""
    from thin_assets.landing.calendar import as_report
    from thin_assets.landing.calendar_assets import look
    from thin_assets.resources.calendar import Calendar

    settings: Settings = context.obj
    today = dt.datetime.now(dt.UTC).date()
    days = Calendar(due=str(settings.due_file), release_day=settings.release_day)
    lines = look(Lake(home=str(settings.home)), days, today)
    if as_json:
        typer.echo(json.dumps(as_report(lines, today), indent=2))
        return
    table = Table(title=f"Due by {today}", title_justify="left", box=SIMPLE)
    for name in ("country", "deliveries", "sealed builds"):
        table.add_column(name, overflow="fold")
    for one in lines:
        said = (one.delivered.sentence("delivered", today), one.sealed.sentence("sealed", today))
        late = (one.delivered.missing, one.sealed.missing)
        table.add_row(
            one.country, *(f"[red]{text}[/]" if due else text for text, due in zip(said, late, strict=True))
        )
    Console().print(table)
