"""`thin-assets worker`: this machine executes runs that a daemon elsewhere sends; `workers`: who does."""

from typing import Annotated

import typer
from rich.console import Console

from thin_assets.errors import SettingsError
from thin_assets.settings import Settings


def worker(
    context: typer.Context,
    runs: Annotated[int, typer.Option(min=1, help="Runs at once.")] = 1,
    name: Annotated[str, typer.Option(help="Tells workers of one machine apart.")] = "thin",
) -> None:
    """Take runs from the broker and execute them, until told to end; what is under way is ended first."""
    settings: Settings = context.obj
    _require_celery(settings)
    from thin_assets.instance.celery_worker import serve

    serve(settings, runs, name)


def workers(context: typer.Context) -> None:
    """List the workers that answer, and how many runs each takes at once."""
    settings: Settings = context.obj
    _require_celery(settings)
    from thin_assets.instance.broker import workers

    found = workers(settings)
    for node, runs in sorted(found.items()):
        Console().print(f"{node}  {runs} at once")
    Console().print(
        f"{len(found)} workers, {sum(found.values())} runs at once; the daemon starts "
        f"{settings.max_concurrent_runs} (THIN_MAX_CONCURRENT_RUNS)"
    )


def _require_celery(settings: Settings) -> None:
    from thin_assets.instance.launchers import HOW_TO, run_launcher

    if settings.launcher != "celery":
        raise SettingsError(
            "runs are executed beside the daemon, and a worker would get none",
            where="THIN_LAUNCHER",
            remedy=f"set THIN_LAUNCHER=celery here and for the daemon; see {HOW_TO}",
        )
    run_launcher(settings)
