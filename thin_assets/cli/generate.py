"""`thin-assets generate`: write one synthetic delivery."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from thin_assets.cli.options import Country, Effects, Enrichments, Month
from thin_assets.domain.layout import LAYOUT_THIN
from thin_assets.domain.native import NATIVE_LAYOUTS
from thin_assets.domain.snapshot import Snapshot
from thin_assets.settings import Settings
from thin_assets.synthetic.spoil import DeliveryFault


def generate(
    context: typer.Context,
    country: Country,
    snapshot: Month,
    patients: Annotated[int, typer.Option(min=20, help="Patients ever registered.")] = 2000,
    seed: Annotated[int, typer.Option(help="The same seed writes the same bytes.")] = 7,
    defects: Annotated[
        bool, typer.Option(help="Inject the defects of real deliveries, counted in the truth.")
    ] = True,
    spoil: Annotated[
        DeliveryFault | None, typer.Option(help="Spoil the whole delivery, so that landing refuses it.")
    ] = None,
    layout: Annotated[
        str, typer.Option(help=f"{LAYOUT_THIN}, or for GB one of {', '.join(NATIVE_LAYOUTS)}.")
    ] = LAYOUT_THIN,
    text: Annotated[
        bool, typer.Option(help="Write a restricted text bundle too; see THIN_TEXT_BUNDLES.")
    ] = False,
    effect: Effects = None,
    enrich: Enrichments = None,
    enrich_times: Annotated[
        int, typer.Option(min=2, help="How many times as large the population is that `--enrich` draws from.")
    ] = 20,
    wide: Annotated[
        int, typer.Option(min=0, help="Add so many factors under local codes, nearly all without an effect.")
    ] = 0,
) -> None:
    """Write a synthetic delivery, with the truth about it beside the deliveries."""
    from thin_assets.synthetic.delivery import write_delivery
    from thin_assets.synthetic.texts import write_texts

    settings: Settings = context.obj
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("simulating lives")
        folder = write_delivery(
            Snapshot.named(country, snapshot),
            patients=patients,
            seed=seed,
            deliveries=settings.deliveries,
            truth=settings.home / "truth",
            defects=defects,
            effects=effect or (),
            enrich=enrich or (),
            enrich_times=enrich_times,
            wide=wide,
            spoil=spoil,
            layout=layout,
            progress=lambda done, total: progress.update(task, completed=done, total=total),
        )
    Console().print(f"[green]written[/] {folder}")
    if wide:
        bundle = _bundle_with_factors(settings, wide)
        Console().print(f"[green]written[/] {bundle}; THIN_VOCABULARY={bundle} knows its codes")
    if text:
        bundle = write_texts(
            folder,
            Snapshot.named(country, snapshot),
            seed=seed,
            bundles=settings.text_bundles or settings.home / "texts",
            truth=settings.home / "truth",
        )
        Console().print(f"[green]written[/] {bundle}; THIN_TEXT_BUNDLES={bundle.parents[1]} takes it in")


def _bundle_with_factors(settings: Settings, wide: int) -> Path:
    """The demo vocabulary with the local concepts of so many factors, in a folder of its own."""
    from thin_assets.synthetic.codes.factors import VOCABULARY, local_concepts
    from thin_assets.vocabulary import DEMO
    from thin_assets.vocabulary.local_bundle import write_local_bundle

    return write_local_bundle(DEMO, settings.home / f"bundle-wide-{wide}", VOCABULARY, local_concepts(wide))
