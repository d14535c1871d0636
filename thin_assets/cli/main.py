"""The application: global options, the commands, and errors turned into exit codes."""

import sys
import warnings
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from thin_assets.cli import (
    audit,
    backfill,
    catalogue,
    demo,
    doctor,
    dossier,
    export,
    export_features,
    export_results,
    generate,
    mapping,
    maps,
    opt_out,
    pool,
    profile,
    quality,
    receive,
    receive_omop,
    releases,
    run,
    status,
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
app.command("status")(status.status)
app.command("quality")(quality.quality)
app.command("profile")(profile.profile)
app.command("mapping")(mapping.mapping)
app.command("dossier")(dossier.dossier)
app.command("pool")(pool.pool)
app.command("catalogue")(catalogue.catalogue)
app.command("export-duckdb")(export.export_duckdb)
app.command("export-features")(export_features.export_features)
app.command("export-results")(export_results.export_results)
app.add_typer(maps.app, name="maps")
app.command("release")(releases.release)
app.command("releases")(releases.releases)
app.command("recall")(releases.recall)
app.command("audit")(audit.audit)
app.command("opt-out")(opt_out.opt_out)
app.command("doctor")(doctor.doctor)
app.command("demo")(demo.demo)
app.command("demo-omop")(demo.demo_omop)


def main() -> None:
    """Run the command line; an error that a person can act on becomes a short panel and its exit code."""
    keep_private()
    warnings.filterwarnings("ignore", module="dagster|thin_assets")  # of preview features of Dagster
    try:
        app()
    except ThinError as error:
        text = Text.assemble(
            error.what, "\n\n", ("where   ", "dim"), error.where, "\n", ("remedy  ", "dim"), error.remedy
        )
        Console(stderr=True).print(Panel(text, title=type(error).__name__, border_style="red"))
        sys.exit(error.exit_code)
