"""`thin-assets pool`: what the countries of a month found, brought together, and the pages that tell it."""

import datetime as dt
from pathlib import Path

import typer
from rich.console import Console

from thin_assets.cli.options import Month
from thin_assets.cli.setup import ensure_ready
from thin_assets.domain.snapshot import parse_month
from thin_assets.errors import NothingSealed
from thin_assets.resources.lake import Lake
from thin_assets.resources.sharing import shared_run
from thin_assets.settings import Settings


def pool(context: typer.Context, snapshot: Month) -> None:
    """Bring together what studies found in the countries built by now; say where the pages lie."""
    settings: Settings = context.obj
    month = parse_month(snapshot)
    ensure_ready(settings)
    _require_a_country(settings, month)
    with Console(stderr=True).status(f"{month}: pooling countries"):
        pages = pool_month(settings, month.isoformat())
    for page in pages:
        Console().print(f"[green]written[/] {page}", soft_wrap=True)


def _require_a_country(settings: Settings, month: dt.date) -> None:
    if not Lake(home=str(settings.home)).built("studies", "association_scan", month):
        raise NothingSealed(
            f"no country has studies of {month}",
            where="--snapshot",
            remedy="build one first: `thin-assets run --country GB --snapshot 2024-03`",
        )


def pool_month(settings: Settings, month: str) -> list[Path]:
    """Run the job `pool_countries` of a month, its first day, in this process; the pages that it drew."""
    from thin_assets.definitions import build_definitions
    from thin_assets.instance.alone import alone_in
    from thin_assets.instance.config import QUIET, open_instance
    from thin_assets.instance.launcher import this_process

    job = build_definitions(settings).resolve_job_def("pool_countries")
    held = alone_in(settings, month, "thin-assets pool", Console(stderr=True).print)
    with held, shared_run(settings.home, month, ["studies"]), open_instance(settings) as instance:
        done = job.execute_in_process(
            instance=instance, partition_key=month, run_config=QUIET, tags=this_process()
        )
    told = [event.materialization.metadata for event in done.get_asset_materialization_events()]
    return sorted(Path(one["path"].value) for one in told if "page" in one)
