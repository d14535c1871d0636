"""`thin-assets export-results`: a published aggregate as R's omopgenerics reads it."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from thin_assets.settings import Settings


def export_results(
    context: typer.Context,
    product: Annotated[str, typer.Option(help="Aggregate to export, such as cohort_incidence.")],
    country: Annotated[str | None, typer.Option(help="Country code; without one: all.")] = None,
    snapshot: Annotated[str | None, typer.Option(help="Month, 2024-03; without one: all.")] = None,
    release: Annotated[str | None, typer.Option(help="Name of a release; without one: as it is now.")] = None,
    out: Annotated[Path, typer.Option(help="File to write; replaced when it exists.")] = Path(
        "summarised_result.csv"
    ),
) -> None:
    """Write a published aggregate as a summarised_result: `omopgenerics::importSummarisedResult` reads it."""
    from thin_assets.published.declared.product import products
    from thin_assets.published.reading.read import read_published
    from thin_assets.published.reading.summarised import summarised_result
    from thin_assets.resources.files import replacing

    settings: Settings = context.obj
    rows = read_published(product, country=country, snapshot=snapshot, release=release, home=settings.home)
    found = summarised_result(rows, products(settings.studies_folder)[product])
    with replacing(out) as temporary:
        found.write_csv(temporary)
    Console().print(f"[green]written[/] {out}: {found.height:,} rows")
