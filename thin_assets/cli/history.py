"""`thin-assets forget-runs`: what would be forgotten of old runs, and forgetting it."""

import datetime as dt
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from thin_assets.settings import Settings


def forget_runs(
    context: typer.Context,
    older_than: Annotated[
        int | None, typer.Option(min=1, help="Days; default: THIN_KEEP_RUNS_DAYS.", show_default=False)
    ] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Forget them; without it, only count.")] = False,
) -> None:
    """Runs that ended long ago, with their events and logs; those that built what stands now stay."""
    from thin_assets.instance.config import open_instance
    from thin_assets.instance.history import forget, old_runs

    settings: Settings = context.obj
    console = Console(stderr=True)
    days = older_than or settings.keep_runs_days
    with open_instance(settings) as instance:
        old = old_runs(instance, dt.datetime.now(dt.UTC) - dt.timedelta(days=days))
        stay = f"{len(old.standing)} of that age built what stands now, and stay"
        if not apply:
            console.print(f"{len(old.forgettable)} runs older than {days} days would be forgotten; {stay}")
            console.print("add --apply to forget them", style="dim")
            return
        done = forget(instance, old.forgettable)
        count = sum(1 for _ in track(done, "forgetting", len(old.forgettable), console=console))
    console.print(f"[green]forgotten[/] {count} runs older than {days} days; {stay}")
