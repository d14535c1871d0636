"""`thin-assets backfill`: a Dagster backfill of many partitions, followed to its end."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from thin_assets.cli.catalogue import draw
from thin_assets.cli.options import Countries, Months, read_grid
from thin_assets.cli.setup import ensure_ready
from thin_assets.settings import Settings

_ENDED = {"SUCCESS", "FAILURE", "CANCELED"}


def backfill(
    context: typer.Context,
    countries: Countries = "all",
    snapshots: Months = ...,
    max_concurrent: Annotated[int | None, typer.Option(min=1, help="Partition runs at once.")] = None,
) -> None:
    """Build every room of the partitions through a Dagster backfill on this home's instance; wait for it."""
    settings: Settings = context.obj
    if max_concurrent is not None:
        settings = settings.model_copy(update={"max_concurrent_runs": max_concurrent})
    keys = [snapshot.key for snapshot in read_grid(countries, snapshots)]
    ensure_ready(settings)
    run_backfill(settings, keys)
    Console(stderr=True).print(f"what is published: {draw(settings)}", soft_wrap=True)


def run_backfill(settings: Settings, keys: list[str]) -> dict[str, float]:
    """Submit, follow with a progress bar, return the seconds of each partition's run. Raises RunFailed."""
    from thin_assets.definitions import build_definitions
    from thin_assets.instance import daemon, open_instance, run_seconds, submit_backfill, wait_for_backfill
    from thin_assets.jobs import partitioned_assets

    definitions = build_definitions(settings)
    graph = definitions.resolve_asset_graph()
    with open_instance(settings) as instance, daemon(settings, instance), _progress(len(keys)) as on_change:
        backfill_id = submit_backfill(instance, graph, partitioned_assets(graph), keys)
        wait_for_backfill(instance, backfill_id, on_change)
        return run_seconds(instance, backfill_id)


@contextmanager
def _progress(total: int) -> Iterator:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("waiting for the daemon", total=total)

        def on_change(states: dict[str, str]) -> None:
            ended = sum(state in _ENDED for state in states.values())
            active = sorted(key for key, state in states.items() if state == "STARTED")
            progress.update(task, completed=ended, description=", ".join(active) or "queue")

        yield on_change
