"""`thin-assets maps`: reviewed maps of codes, from a checked file to the loaded vocabulary."""

import datetime as dt
import shutil
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from thin_assets.cli.map_template import template
from thin_assets.cli.setup import has_vocabulary, load_vocabulary
from thin_assets.errors import MapRefused, ThinError
from thin_assets.resources.files import replacing
from thin_assets.resources.lake import Lake
from thin_assets.settings import Settings

app = typer.Typer(help="Reviewed maps: codes that no vocabulary maps, mapped by hand.", no_args_is_help=True)
app.command("template")(template)

File = Annotated[
    Path, typer.Argument(help="Comma-delimited file of reviewed maps.", exists=True, dir_okay=False)
]


@app.command()
def check(context: typer.Context, file: File) -> None:
    """Hold a file of reviewed maps, and those added before, against the loaded vocabulary; change nothing."""
    settings: Settings = context.obj
    maps = _accepted(settings, file)
    Console().print(f"[green]ok[/] {file.name}: {maps} maps can be added")


@app.command()
def add(
    context: typer.Context,
    file: File,
    replace: Annotated[
        bool, typer.Option("--replace", help="Take the place of a file of the same name.")
    ] = False,
) -> None:
    """Check a file of reviewed maps, keep it in the folder of maps, and load the vocabulary with it."""
    settings: Settings = context.obj
    kept = settings.maps_folder / file.name
    if kept.exists() and not replace and kept.read_bytes() != file.read_bytes():
        raise MapRefused(
            "a review of this name was added before",
            where=file.name,
            remedy="give the file another name, or say --replace to take its place",
        )
    maps = _accepted(settings, file)
    _keep_and_load(settings, file, kept)
    version = Lake(home=str(settings.home)).vocabulary_version()
    console = Console()
    console.print(
        f"[green]added[/] {file.name}: {maps} maps; the vocabulary is now {version}", soft_wrap=True
    )
    console.print("the next build of a partition uses it; sealed builds stay as they are")


def _keep_and_load(settings: Settings, file: Path, kept: Path) -> None:
    """Copy and load; a bundle that cannot be loaded with the file leaves the folder as it was."""
    before = kept.read_bytes() if kept.exists() else None
    with replacing(kept) as temporary:
        shutil.copyfile(file, temporary)
    try:
        load_vocabulary(settings)
    except ThinError:
        kept.unlink() if before is None else kept.write_bytes(before)
        raise


def _accepted(settings: Settings, file: Path) -> int:
    """Maps in a file that can be used beside those of the folder. Raises MapRefused."""
    from thin_assets.resources.warehouse import connect
    from thin_assets.vocabulary import reviewed_files
    from thin_assets.vocabulary.reviewed_maps import accepted_maps

    if file.suffix.lower() != ".csv":
        raise MapRefused("not a .csv file", where=file.name, remedy="save it as comma-delimited text")
    if not has_vocabulary(settings):
        load_vocabulary(settings)
    concepts = Lake(home=str(settings.home)).vocabulary() / "concept.parquet"
    others = [path for path in reviewed_files(settings.maps_folder) if path.name != file.name]
    with connect(memory_limit=settings.memory_limit) as con:
        con.execute(f"create view concept as select * from read_parquet('{concepts}')")
        maps = accepted_maps([*others, file], con, today=dt.datetime.now(dt.UTC).date())
    return sum(one.file == file.name for one in maps)
