"""`thin-assets store`: bring partitions from the store that homes share, and put what a home has."""

from typing import Annotated

import typer
from rich.console import Console

from thin_assets.cli.options import Countries, Months, read_grid
from thin_assets.errors import SettingsError
from thin_assets.resources.shared import WorkingCopy, working_copy
from thin_assets.settings import Settings

app = typer.Typer(no_args_is_help=True, help="The store that homes share (THIN_STORE).")


@app.command("fetch")
def fetch(
    context: typer.Context,
    snapshots: Months,
    countries: Countries = "all",
    with_raw: Annotated[bool, typer.Option("--with-raw", help="The raw and text rooms as well.")] = False,
    with_tables: Annotated[
        bool, typer.Option("--with-tables", help="Published tables as files: to leave the store.")
    ] = False,
) -> None:
    """Bring partitions, the vocabulary and what is published to what stands in the store."""
    from thin_assets.resources.shared_products import pull_product
    from thin_assets.resources.sharing import fetch_vocabularies, pull_partition
    from thin_assets.resources.tables import fetch_table
    from thin_assets.resources.units import DELTA_LOG

    settings: Settings = context.obj
    copy = _copy_of(settings)
    for snapshot in read_grid(countries, snapshots):
        pull_partition(copy, snapshot, with_raw=with_raw)
    fetch_vocabularies(copy)
    for zone, name in _products(settings):
        pull_product(copy, zone, name)
        for log in (copy.home / zone / name).glob(f"v*/{DELTA_LOG}") if with_tables else ():
            fetch_table(log.parent)
    Console(stderr=True).print(f"[green]fetched[/] from {copy.store.address}; see `thin-assets status`")


@app.command("put")
def put(context: typer.Context) -> None:
    """Put everything that this home has and never put: once, when a home begins to share a store."""
    from thin_assets.resources.first_put import put_everything

    settings: Settings = context.obj
    copy = _copy_of(settings)
    done = put_everything(copy, _products(settings))
    Console(stderr=True).print(f"[green]put[/] {', '.join(done) or 'nothing: all of it is there'}")


def _copy_of(settings: Settings) -> WorkingCopy:
    copy = working_copy(settings.home)
    if copy is None:
        raise SettingsError("homes share no store", where="THIN_STORE", remedy="set it to s3://bucket/prefix")
    return copy


def _products(settings: Settings) -> list[tuple[str, str]]:
    from thin_assets.published.declared.product import products

    return [(one.zone, one.name) for one in products(settings.studies_folder).values()]
