"""`thin-assets dossier`: what a data partner shows of a sealed build, as one folder to hand over."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from thin_assets.cli.options import Country, Month
from thin_assets.domain.snapshot import Snapshot
from thin_assets.resources.files import replacing_folder
from thin_assets.resources.lake import Lake
from thin_assets.settings import Settings

EXAMPLE = "type_2_diabetes"


def dossier(
    context: typer.Context,
    country: Country,
    snapshot: Month,
    out: Annotated[
        Path | None, typer.Option(help="Folder to write or replace; default `dossier-GB-2024-03` here.")
    ] = None,
    cohort: Annotated[str, typer.Option(help="Name of the example cohort.")] = EXAMPLE,
) -> None:
    """Write the certification dossier of a partition; counts of 1 to 9 are hidden in every file."""
    from thin_assets.cli.dossier_sources import gather
    from thin_assets.evidence.dossier_files import CHECKSUMS, dossier_files

    settings: Settings = context.obj
    wanted = Snapshot.named(country, snapshot)
    folder = out or Path(f"dossier-{wanted.country}-{wanted.folder}")
    _refuse_foreign(folder, CHECKSUMS)
    files = dossier_files(*gather(Lake(home=str(settings.home)), wanted, cohort))
    with replacing_folder(folder) as temporary:
        for name, content in files.items():
            path = temporary / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    Console().print(f"[green]written[/] {folder}: {len(files)} files; open index.html in a browser")


def _refuse_foreign(folder: Path, mark: str) -> None:
    """A folder is replaced as a whole: only one that is a dossier, or empty. Raises SettingsError."""
    from thin_assets.errors import SettingsError

    if folder.exists() and not (folder.is_dir() and ((folder / mark).is_file() or not any(folder.iterdir()))):
        raise SettingsError(
            "not the folder of a dossier: it would be replaced as a whole",
            where=str(folder),
            remedy="name another folder with --out, or remove this one",
        )
