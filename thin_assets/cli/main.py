"""The application: global options, the commands, and errors turned into exit codes."""

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from thin_assets.cli import (
    alerts,
    audit,
    backfill,
    backfills,
    backup,
    calendar,
    catalogue,
    demo,
    diff,
    doctor,
    dossier,
    export,
    export_features,
    export_results,
    generate,
    history,
    mapping,
    maps,
    metrics,
    operations,
    opt_out,
    pages,
    pool,
    profile,
    quality,
    receive,
    receive_omop,
    release_month,
    releases,
    run,
    status,
    store,
    tidy,
    worker,
)
from thin_assets.errors import ThinError
from thin_assets.resources.modes import keep_private
from thin_assets.settings import Settings

app = typer.Typer(
    name="thin-assets",
    help="Data products from primary-care records: deliveries to OMOP CDM v5.4 to published feature tables.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


@app.callback()
def home_option(
    context: typer.Context,
    home: Annotated[
        Path | None,
        typer.Option(envvar="THIN_HOME", help="Folder of deliveries, lake, published tables and instance."),
    ] = None,
) -> None:
    """Where everything is kept."""
    context.obj = Settings.load(home)


app.command("generate")(generate.generate)
app.command("receive")(receive.receive)
app.command("receive-omop")(receive_omop.receive_omop)
app.command("run")(run.run)
app.command("backfill")(backfill.backfill)
app.command("calendar")(calendar.calendar)
app.command("backfills")(backfills.list_backfills)
app.command("status")(status.status)
app.command("operations")(operations.operations)
app.command("metrics")(metrics.metrics)
app.command("quality")(quality.quality)
app.command("diff")(diff.diff)
app.command("profile")(profile.profile)
app.command("mapping")(mapping.mapping)
app.command("dossier")(dossier.dossier)
app.command("pages")(pages.pages)
app.command("pool")(pool.pool)
app.command("catalogue")(catalogue.catalogue)
app.command("export-duckdb")(export.export_duckdb)
app.command("export-features")(export_features.export_features)
app.command("export-results")(export_results.export_results)
app.add_typer(maps.app, name="maps")
app.command("release")(releases.release)
app.command("release-month")(release_month.release_month)
app.command("releases")(releases.releases)
app.command("recall")(releases.recall)
app.command("audit")(audit.audit)
app.command("opt-out")(opt_out.opt_out)
app.command("alerts")(alerts.alerts)
app.command("tidy")(tidy.tidy)
app.add_typer(store.app, name="store")
app.command("backup")(backup.backup)
app.command("restore")(backup.restore)
app.command("forget-runs")(history.forget_runs)
app.command("worker")(worker.worker)
app.command("workers")(worker.workers)
app.command("doctor")(doctor.doctor)
app.command("demo")(demo.demo)
app.command("demo-omop")(demo.demo_omop)


def main() -> None:
    """Run the command line."""
    keep_private()
    warnings.filterwarnings("ignore", module="dagster|thin_assets")  # of preview features of Dagster
    with exit_as_told():
        app()


@contextmanager
def exit_as_told() -> Iterator[None]:
    """An error that a person can act on becomes a short panel and its exit code."""
    try:
        yield
    except ThinError as error:
        text = Text.assemble(
            error.what, "\n\n", ("where   ", "dim"), error.where, "\n", ("remedy  ", "dim"), error.remedy
        )
        Console(stderr=True).print(Panel(text, title=type(error).__name__, border_style="red"))
        sys.exit(error.exit_code)
