"""`thin-assets audit`: what was published, refused, released and recalled, by whom and when."""

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from thin_assets.settings import Settings


def audit(
    context: typer.Context,
    product: Annotated[str | None, typer.Option(help="Only this product.")] = None,
    country: Annotated[str | None, typer.Option(help="Only this country.")] = None,
    verify: Annotated[
        bool, typer.Option("--verify", help="Hold every line against the one before; exit 36 at a gap.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON array on standard output.")] = False,
) -> None:
    """The record of what left the house, oldest first: who, what, from which build, what was kept back."""
    from thin_assets.published.record import audit as record

    settings: Settings = context.obj
    if verify:
        Console().print(f"[green]whole[/] {record.verify(settings.home)} lines, each follows the one before")
        return
    found = [
        one
        for one in record.entries(settings.home)
        if product in (None, one["product"]) and _is_of(one, country)
    ]
    if as_json:
        typer.echo(json.dumps(found, indent=2))
    else:
        Console().print(_table(found))


def _is_of(entry: dict, country: str | None) -> bool:
    return country is None or (entry["partition"] or "").startswith(f"{country.upper()}|")


def _table(found: list[dict]) -> Table:
    table = Table(title="Audit record", title_justify="left")
    for name in ("when", "event", "of", "what", "who"):
        table.add_column(name, overflow="fold")
    for one in found:
        of = f"{one['product']} {one['contract']}\n{one['partition'] or ''}".strip()
        table.add_row(one["when"][:19].replace("T", " "), one["event"], of, _what(one), one["who"])
    return table


def _what(entry: dict) -> str:
    """Build, counts, what was kept back and the reason, as far as there are any."""
    build = f"build {entry['build'][:8]}" if entry["build"] else ""
    counts = ", ".join(f"{name} {count}" for name, count in entry["counts"].items())
    kept_back = ", ".join(f"{count} {rule}" for rule, count in entry["suppressed"].items() if count)
    lines = (build, counts, f"kept back: {kept_back}" if kept_back else "", escape(entry["reason"] or ""))
    return "\n".join(line for line in lines if line)
