"""`thin-assets quality`: how a partition was judged, for people and as DataQualityDashboard writes it."""

import datetime as dt
import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from thin_assets.cli.options import Country, Month
from thin_assets.domain.snapshot import Snapshot
from thin_assets.resources.lake import Lake
from thin_assets.settings import Settings

if TYPE_CHECKING:
    from thin_assets.validated.judgement import Result, Summary


def quality(
    context: typer.Context,
    country: Country,
    snapshot: Month,
    as_json: Annotated[
        Path | None,
        typer.Option("--json", help="Also write them in the form of DataQualityDashboard."),
    ] = None,
) -> None:
    """Checks executed, passed, failed and not applicable in the last judgement; what failed, line by line."""
    settings: Settings = context.obj
    lake, wanted = Lake(home=str(settings.home)), Snapshot.named(country, snapshot)
    console = Console()
    console.print(summary_table(lake, wanted))
    console.print(failed_table(lake, wanted))
    for remedy in remedies(lake, wanted):
        console.print(f"[bold]what to do[/]  {escape(remedy)}\n")
    if as_json:
        write_dashboard_json(lake, wanted, as_json)
        console.print(f"[green]written[/] {as_json}")


def summary_table(lake: Lake, snapshot: Snapshot) -> Table:
    """A line per level and category, and one of all checks."""
    from thin_assets.validated.judgement import summarise

    results = _results(lake, snapshot)
    table = Table(title=f"{snapshot.key}: {_verdict(lake, snapshot)}", title_justify="left", box=SIMPLE)
    for name in ("level", "category"):
        table.add_column(name, no_wrap=True)
    for name in ("executed", "passed", "failed", "not applicable", "passed % of executed"):
        table.add_column(name, justify="right", max_width=10)
    for level, category in dict.fromkeys((result.level, result.category) for result in results):
        of_both = [result for result in results if (result.level, result.category) == (level, category)]
        table.add_row(level, category, *_figures(summarise(of_both)))
    table.add_section()
    table.add_row("all", "", *_figures(summarise(results)))
    return table


def failed_table(lake: Lake, snapshot: Snapshot) -> Table:
    """A line per failed check: counts, never rows."""
    table = Table(title="Checks that failed", title_justify="left", box=SIMPLE)
    table.add_column("check, and on what", overflow="fold")
    for name in ("violated", "of", "%", "tolerated %"):
        table.add_column(name, justify="right", max_width=9)
    for result in _failed(_results(lake, snapshot)):
        table.add_row(
            f"{_marked(result)}{result.check_name}\n{result.where}",
            f"{result.violated_rows:,}",
            f"{result.denominator_rows:,}",
            f"{result.violated_percent:.2f}",
            f"{result.threshold_percent:g}",
        )
    return table


def remedies(lake: Lake, snapshot: Snapshot) -> list[str]:
    """What to do about the checks that failed, each advice once, errors first."""
    from thin_assets.validated.catalogue import kinds

    failed = _failed(_results(lake, snapshot))
    return list(dict.fromkeys(kinds()[one.level, one.check_name].remedy for one in failed))


def write_dashboard_json(lake: Lake, snapshot: Snapshot, path: Path) -> None:
    """Write the results of a partition as DataQualityDashboard would; its viewer reads the file."""
    from thin_assets.validated.dqd_json import dashboard

    judged = lake.file("validated", "data_quality", snapshot).stat().st_mtime
    judged_at = dt.datetime.fromtimestamp(judged, dt.UTC).isoformat(timespec="seconds")
    record = dashboard(_results(lake, snapshot), _cdm_source(lake, snapshot), judged_at)
    text = json.dumps(record, indent=2, ensure_ascii=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n", encoding="utf-8")


def _cdm_source(lake: Lake, snapshot: Snapshot) -> dict[str, object]:
    """What the build that was judged says of itself: the candidate where it was refused."""
    import polars as pl

    build = lake.candidate(snapshot)[0] if _is_refused(lake, snapshot) else lake.current_build(snapshot)
    rows = pl.read_parquet(build / "cdm_source" / "data.parquet", hive_partitioning=False)
    return next(rows.iter_rows(named=True), {})


def _results(lake: Lake, snapshot: Snapshot) -> "list[Result]":
    from thin_assets.validated.contract import DATA_QUALITY
    from thin_assets.validated.results import results_of

    return results_of(lake.read("validated", DATA_QUALITY, snapshot))


def _failed(results: "Iterable[Result]") -> "list[Result]":
    from thin_assets.validated.judgement import FAILED

    return sorted((one for one in results if one.status == FAILED), key=lambda result: result.severity)


def _marked(result: "Result") -> str:
    """A word before the checks that stop the seal; all others are warnings."""
    return "[red]error[/] " if result.severity == "error" else ""


def _is_refused(lake: Lake, snapshot: Snapshot) -> bool:
    return bool((lake.reported("validated", snapshot) or {}).get("failed"))


def _verdict(lake: Lake, snapshot: Snapshot) -> str:
    return "the candidate was refused" if _is_refused(lake, snapshot) else "judged and sealed"


def _figures(summary: "Summary") -> list[str]:
    percent = "" if summary.percent_passed is None else f"{summary.percent_passed:.2f}"
    counts = (summary.executed, summary.passed, summary.failed, summary.not_applicable)
    return [*(f"{count:,}" for count in counts), percent]
