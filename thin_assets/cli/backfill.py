"""`thin-assets backfill`: a Dagster backfill of many partitions, followed to its end."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Annotated

import dagster as dg
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from thin_assets.cli.backfills import cost_table
from thin_assets.cli.catalogue import draw
from thin_assets.cli.options import Countries, LastRoom, Months, OneRoom, Room, read_grid, read_rooms
from thin_assets.cli.setup import ensure_ready
from thin_assets.domain.rooms import ROOMS
from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import SettingsError
from thin_assets.instance.backfills import (
    Cost,
    Progress,
    cancel_backfill,
    costs,
    require_going_on,
    submit_backfill,
    unfinished,
    wait_for_backfill,
)
from thin_assets.instance.config import open_instance
from thin_assets.instance.daemon import daemon
from thin_assets.settings import Settings

INTERRUPTED = 130
_SPEED_OVER_SECONDS = 3600


def backfill(
    context: typer.Context,
    countries: Countries = "all",
    snapshots: Months | None = None,
    until: LastRoom = Room.published,
    room: OneRoom = None,
    again: Annotated[bool, typer.Option("--again", help="Build also what is built and current.")] = False,
    max_concurrent: Annotated[int | None, typer.Option(min=1, help="Partition runs at once.")] = None,
    resume: Annotated[str | None, typer.Option(help="Go on with this backfill, or follow it.")] = None,
    cancel: Annotated[str | None, typer.Option(help="End this backfill and its runs.")] = None,
) -> None:
    """Build many partitions through a Dagster backfill on this home's instance; wait for it.

    What is built from the current delivery with the current code is left out.
    """
    settings: Settings = context.obj
    if max_concurrent is not None:
        settings = settings.model_copy(update={"max_concurrent_runs": max_concurrent})
    if cancel:
        end_backfill(settings, cancel)
        return
    wanted = None if resume else _read_wanted(countries, snapshots)
    ensure_ready(settings)
    rooms = read_rooms(room, until)
    if wanted is None:
        follow_backfill(settings, resume)
    else:
        run_backfill(settings, wanted, rooms, again=again)
    if Room.published in rooms:
        Console(stderr=True).print(f"what is published: {draw(settings)}", soft_wrap=True)


def _read_wanted(countries: str, snapshots: str | None) -> list[Snapshot]:
    if snapshots is None:
        raise SettingsError(
            "no month is named", where="--snapshots", remedy="name one, or a range 2024-01..2024-03"
        )
    return read_grid(countries, snapshots)


def run_backfill(
    settings: Settings, wanted: list[Snapshot], rooms: Collection[str] = ROOMS, *, again: bool = False
) -> list[Cost]:
    """Build some rooms of partitions, those that are built and current aside; what each partition took.

    Raises RunFailed when a partition failed, SettingsError when another backfill is to build one of them.
    """
    from thin_assets.definitions import build_definitions
    from thin_assets.instance.gaps import unbuilt
    from thin_assets.jobs import assets_of
    from thin_assets.resources.lake import Lake

    graph = build_definitions(settings).resolve_asset_graph()
    assets, lake = assets_of(graph, rooms), Lake(home=str(settings.home))
    with open_instance(settings) as instance:
        due = wanted if again else unbuilt(instance, graph, lake, assets, wanted)
        keys = [snapshot.key for snapshot in due]
        if len(due) < len(wanted):
            _say(f"{len(wanted) - len(due)} of {len(wanted)} partitions are built and current")
        if not keys:
            return []
        _require_free(keys, unfinished(instance))
        with daemon(settings, instance) as ours:
            backfill_id = submit_backfill(instance, graph, assets, keys)
            return _follow(instance, backfill_id, len(keys), ours=ours)


def follow_backfill(settings: Settings, backfill_id: str) -> list[Cost]:
    """Go on with a backfill that stands still, or follow one that is going on; what each partition took."""
    with open_instance(settings) as instance:
        require_going_on(instance, backfill_id)
        total = len(unfinished(instance)[backfill_id])
        with daemon(settings, instance) as ours:
            return _follow(instance, backfill_id, total, ours=ours)


def end_backfill(settings: Settings, backfill_id: str) -> None:
    """Cancel a backfill and wait until none of its runs is left."""
    with open_instance(settings) as instance:
        require_going_on(instance, backfill_id)
        with daemon(settings, instance), _bar(None) as on_change:
            cancel_backfill(instance, backfill_id, on_change)
    _say(f"backfill {backfill_id} is cancelled; the same command again builds what it did not")


def _require_free(keys: list[str], others: dict[str, set[str]]) -> None:
    for other, theirs in others.items():
        if shared := sorted(theirs.intersection(keys)):
            raise SettingsError(
                f"backfill {other} has not ended, and is to build {', '.join(shared[:3])}"
                + (f" and {len(shared) - 3} more" if len(shared) > 3 else ""),
                where="backfill",
                remedy=f"go on with it (--resume {other}) or end it (--cancel {other})",
            )


def _follow(instance: dg.DagsterInstance, backfill_id: str, total: int, *, ours: bool) -> list[Cost]:
    """Wait with a progress bar, and show what each partition took, whatever the end."""
    _say(f"backfill {backfill_id}: {total} partitions")
    try:
        with _bar(total) as on_change:
            wait_for_backfill(instance, backfill_id, on_change)
    except KeyboardInterrupt:
        state = "stands still, for its daemon ends with this command" if ours else "goes on"
        _say(
            f"backfill {backfill_id} {state}: `thin-assets backfill --resume {backfill_id}` follows it, "
            f"`--cancel {backfill_id}` ends it"
        )
        raise typer.Exit(INTERRUPTED) from None
    finally:
        Console(stderr=True).print(cost_table(costs(instance, backfill_id)))
    return costs(instance, backfill_id)


@contextmanager
def _bar(total: int | None) -> Iterator[Callable[[Progress], None]]:
    columns = (
        *(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()),
        *(TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn()),
    )
    console = Console(stderr=True)
    with Bar(*columns, console=console, speed_estimate_period=_SPEED_OVER_SECONDS) as bar:
        task = bar.add_task("waiting for the daemon", total=total)

        def on_change(now: Progress) -> None:
            bar.update(task, completed=now.built + now.failed, description=_told(now))

        yield on_change


def _told(now: Progress) -> str:
    failed = f"[red]{now.failed} failed[/], " if now.failed else ""
    return f"{failed}{now.queued} queued, {len(now.running)} running {' '.join(now.running)}"


def _say(text: str) -> None:
    Console(stderr=True).print(text, soft_wrap=True, highlight=False)
