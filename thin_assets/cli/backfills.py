"""`thin-assets backfills`: which there were, how they ended, and what each partition took."""

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from thin_assets.instance.backfills import Cost, backfills, costs
from thin_assets.instance.config import open_instance
from thin_assets.settings import Settings

_COLOURS = {"SUCCESS": "green", "FAILURE": "red", "CANCELED": "yellow"}


def list_backfills(
    context: typer.Context,
    backfill: Annotated[str | None, typer.Argument(help="One backfill: what each partition took.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many, the newest first.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON array on standard output.")] = False,
) -> None:
    """Backfills of this home, whoever asked for them: state, partitions built and failed, hours and CPU."""
    settings: Settings = context.obj
    with open_instance(settings) as instance:
        if backfill:
            found = costs(instance, backfill)
            rows, table = [asdict(one) for one in found], cost_table(found)
        else:
            rows = [
                _row(
                    one.backfill_id,
                    one.status.value,
                    one.backfill_timestamp,
                    costs(instance, one.backfill_id),
                )
                for one in backfills(instance, limit)
            ]
            table = _table(rows)
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
    else:
        Console().print(table)


def _row(backfill_id: str, status: str, asked: float, took: list[Cost]) -> dict:
    """A backfill as a row; cpu_seconds of the runs that told theirs."""
    ended = [one.status for one in took]
    return {
        "backfill": backfill_id,
        "status": status.lower(),
        "asked": dt.datetime.fromtimestamp(asked, dt.UTC).isoformat(timespec="seconds"),
        "partitions": len(took),
        "built": ended.count("SUCCESS"),
        "failed": ended.count("FAILURE"),
        "cancelled": ended.count("CANCELED"),
        "run_seconds": round(sum(one.seconds or 0 for one in took)),
        "cpu_seconds": round(sum(one.cpu_seconds or 0 for one in took)),
    }


def _table(rows: list[dict]) -> Table:
    table = Table(title="Backfills", title_justify="left")
    for name in ("backfill", "state", "asked (UTC)"):
        table.add_column(name, no_wrap=True)
    for name in ("runs", "built", "failed", "cancelled", "run s", "CPU s"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        asked = row["asked"].removesuffix("+00:00").replace("T", " ")
        table.add_row(row["backfill"], row["status"], asked, *map(str, list(row.values())[3:]))
    return table


def cost_table(took: list[Cost]) -> Table:
    """A line per partition, and the sum of all."""
    table = Table(title="What each partition took", title_justify="left", show_footer=True)
    table.add_column("partition", f"{len(took)} partitions", no_wrap=True)
    table.add_column("state", no_wrap=True)
    table.add_column("seconds", _sum(one.seconds for one in took), justify="right")
    table.add_column("CPU s", _sum(one.cpu_seconds for one in took), justify="right")
    table.add_column("peak MB", str(max((one.peak_mb or 0 for one in took), default=0)), justify="right")
    for one in took:
        state = f"[{_COLOURS.get(one.status, 'dim')}]{one.status.lower()}[/]"
        figures = (_figure(value) for value in (one.seconds, one.cpu_seconds, one.peak_mb))
        table.add_row(one.partition, state, *figures)
    return table


def _sum(values: Iterable[float | None]) -> str:
    return _figure(sum(value or 0 for value in values))


def _figure(value: float | None) -> str:
    return "" if value is None else format(value, ",.0f")
