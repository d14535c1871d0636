"""`thin-assets run`: one partition, in this process, room after room."""

from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console

from thin_assets.cli.catalogue import draw
from thin_assets.cli.options import Country, Month, read_partition
from thin_assets.cli.setup import ensure_ready
from thin_assets.domain.rooms import ROOMS
from thin_assets.domain.snapshot import Snapshot
from thin_assets.settings import Settings

Room = StrEnum("Room", ROOMS)


def run(
    context: typer.Context,
    country: Country,
    snapshot: Month,
    until: Annotated[Room, typer.Option(help="Last room to build.")] = Room.published,
) -> None:
    """Carry one delivery through the rooms, from landing to published tables."""
    settings: Settings = context.obj
    wanted = read_partition(country, snapshot)
    ensure_ready(settings)
    console = Console(stderr=True)
    with console.status(f"{wanted.key}: building up to {until.value}"):
        run_partition(settings, wanted, until.value)
        if until is Room.published:
            draw(settings)
    console.print(f"[green]built[/] {wanted.key} up to {until.value}; see `thin-assets status`")


def run_partition(settings: Settings, snapshot: Snapshot, until: str = "published") -> None:
    """Materialise every room up to one, raising the error of the room that stopped."""
    from thin_assets.definitions import build_definitions
    from thin_assets.instance import QUIET, open_instance
    from thin_assets.jobs import partitioned_assets

    definitions = build_definitions(settings)
    rooms = ROOMS[: ROOMS.index(until) + 1]
    assets = [key for key in partitioned_assets(definitions.resolve_asset_graph()) if key.path[0] in rooms]
    job = definitions.resolve_implicit_global_asset_job_def()
    with open_instance(settings) as instance:
        job.execute_in_process(
            instance=instance,
            partition_key=snapshot.key,
            asset_selection=assets,
            run_config=QUIET,
        )
