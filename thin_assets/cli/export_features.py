"""`thin-assets export-features`: the features of a population for learners."""

import tempfile
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from thin_assets.cli.options import Country, Month
from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import SettingsError
from thin_assets.resources.lake import Lake
from thin_assets.resources.warehouse import Warehouse
from thin_assets.settings import Settings


class Format(StrEnum):
    """What a learner reads."""

    CSR = "csr"
    ARROW = "arrow"
    MEDS = "meds"


def export_features(
    context: typer.Context,
    country: Country,
    snapshot: Month,
    out: Annotated[Path, typer.Option(help="Folder to write; must not exist yet, or be empty.")],
    population: Annotated[str, typer.Option(help="A population of the catalogue.")] = "lung_cancer",
    format: Annotated[
        Format, typer.Option(help="csr: scipy; arrow: Arrow files; meds: event streams.")
    ] = Format.CSR,
    lag: Annotated[
        int, typer.Option(min=0, help="Only what leaves out so many days before the index: 0, 90 or 365.")
    ] = 0,
) -> None:
    """Write the features of a population: for scikit-learn and LightGBM, as Arrow, or as a MEDS dataset."""
    from thin_assets.cli.export_population import export_population

    settings: Settings = context.obj
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise SettingsError("the folder is not empty", where=str(out), remedy="name a new one with --out")
    wanted = Snapshot.named(country, snapshot)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.") as folder:
        unfinished = Path(folder) / "export"
        unfinished.mkdir()
        counts = export_population(
            Lake(home=str(settings.home)),
            Warehouse.of(settings),
            wanted,
            population,
            format.value,
            lag,
            unfinished,
        )
        if out.exists():
            out.rmdir()
        unfinished.rename(out)
    told = ", ".join(f"{count:,} {name}" for name, count in counts.items())
    Console().print(f"[green]written[/] {out}: {told}")
