"""`thin-assets pool`: what the countries of a month found, brought together, and the pages that tell it."""

from pathlib import Path

import typer
from rich.console import Console

from thin_assets.cli.options import Month
from thin_assets.cli.setup import ensure_ready
from thin_assets.domain.snapshot import parse_month
from thin_assets.settings import Settings


def pool(context: typer.Context, snapshot: Month) -> None:
    """Bring together what studies found in the countries built by now; say where the pages lie."""
    settings: Settings = context.obj
    month = parse_month(snapshot).isoformat()
    ensure_ready(settings)
    with Console(stderr=True).status(f"{month}: pooling countries"):
        pages = pool_month(settings, month)
    for page in pages:
        Console().print(f"[green]written[/] {page}", soft_wrap=True)


def pool_month(settings: Settings, month: str) -> list[Path]:
    """Run the job `pool_countries` of a month, its first day, in this process; the pages that it drew."""
    from thin_assets.definitions import build_definitions
    from thin_assets.instance import QUIET, open_instance

    job = build_definitions(settings).resolve_job_def("pool_countries")
    with open_instance(settings) as instance:
        done = job.execute_in_process(instance=instance, partition_key=month, run_config=QUIET)
    told = [event.materialization.metadata for event in done.get_asset_materialization_events()]
    return sorted(Path(one["path"].value) for one in told if "page" in one)
