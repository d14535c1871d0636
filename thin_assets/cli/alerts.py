"""`thin-assets alerts`: who is told when something goes wrong, and whether telling them works."""

import datetime as dt
from typing import Annotated

import typer
from rich.console import Console

from thin_assets.settings import Settings


def alerts(
    context: typer.Context,
    is_tried: Annotated[bool, typer.Option("--try", help="Send an alert that says it is none.")] = False,
) -> None:
    """Show where alerts go; with --try, send one there to see that it arrives."""
    from thin_assets.operations.alerts.alert import FAILURE, Alert
    from thin_assets.operations.alerts.channels import channels
    from thin_assets.operations.alerts.send import send

    settings: Settings = context.obj
    console, ways = Console(), [way.name for way in channels(settings)]
    console.print(f"alerts go to: {', '.join(ways) or 'nobody; see docs/how-to/set-alerts.md'}")
    if is_tried:
        now = dt.datetime.now(dt.UTC)
        key = f"try:{now.isoformat()}"
        alert = Alert(FAILURE, "a trial, nothing failed", "thin-assets alerts --try", "none", "no run", key)
        console.print(f"[green]sent[/] {send(settings, [alert], now)} messages")
