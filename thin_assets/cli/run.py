"""`thin-assets run`: one partition, in this process, room after room."""

from collections.abc import Collection

import typer
from rich.console import Console

from thin_assets.cli.catalogue import draw
from thin_assets.cli.options import (
    Country,
    FirstRoom,
    LastRoom,
    Month,
    OneRoom,
    Room,
    read_partition,
    read_rooms,
)
from thin_assets.cli.setup import ensure_ready
from thin_assets.domain.rooms import ROOMS
from thin_assets.domain.snapshot import Snapshot
from thin_assets.resources.sharing import shared_run
from thin_assets.settings import Settings


def run(
    context: typer.Context,
    country: Country,
    snapshot: Month,
    until: LastRoom = Room.published,
    since: FirstRoom = Room.landing,
    room: OneRoom = None,
) -> None:
    """Carry one delivery through the rooms, from landing to published tables, or through one room again."""
    settings: Settings = context.obj
    wanted, rooms = read_partition(country, snapshot), read_rooms(room, until, since)
    ensure_ready(settings)
    console = Console(stderr=True)
    told = f"room {room.value}" if room else f"up to {until.value}"
    with console.status(f"{wanted.key}: building {told}"):
        run_partition(settings, wanted, rooms)
        if Room.published in rooms:
            draw(settings)
    console.print(f"[green]built[/] {wanted.key} {told}; see `thin-assets status`")


def run_partition(settings: Settings, snapshot: Snapshot, rooms: Collection[str] = ROOMS) -> None:
    """Materialise the assets of some rooms, raising the error of the room that stopped."""
    from thin_assets.definitions import build_definitions
    from thin_assets.instance.alone import alone_in
    from thin_assets.instance.config import QUIET, open_instance
    from thin_assets.instance.launcher import this_process
    from thin_assets.instance.queue import free_slots_of_the_dead
    from thin_assets.jobs import assets_of

    definitions = build_definitions(settings)
    job = definitions.resolve_implicit_global_asset_job_def()

    def told(text: str) -> None:
        Console(stderr=True).print(text, highlight=False)

    held = alone_in(settings, snapshot.key, "thin-assets run", told)
    with held, shared_run(settings.home, snapshot.key, rooms), open_instance(settings) as instance:
        free_slots_of_the_dead(instance)
        job.execute_in_process(
            instance=instance,
            partition_key=snapshot.key,
            asset_selection=assets_of(definitions.resolve_asset_graph(), rooms),
            run_config=QUIET,
            tags=this_process(),
        )
