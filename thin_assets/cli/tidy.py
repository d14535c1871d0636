"""`thin-assets tidy`: what the policy of retention lets go, shown first, removed when asked."""

import datetime as dt
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from thin_assets.cli.releases import hand_at_work
from thin_assets.settings import Settings

if TYPE_CHECKING:
    import dagster as dg

    from thin_assets.operations.retention.plan import Ground, Removal
    from thin_assets.operations.retention.versions import Vacuum


def tidy(
    context: typer.Context,
    is_applied: Annotated[
        bool, typer.Option("--apply", help="Remove it; without this, only show it.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Show what no policy, release, recall or run needs; with --apply, remove it and write it down."""
    from thin_assets.instance.config import open_instance
    from thin_assets.operations.retention.carry_out import tidying

    settings: Settings = context.obj
    with open_instance(settings) as instance, tidying(settings.home):
        ground = _ground(settings, instance)
        found = list(_found(ground, settings))
        gone = list(_remove_all(found, ground, instance)) if is_applied else []
    rows = [_row(one, settings) | {"removed": one in gone} for one in found]
    busy = {snapshot.key: run for snapshot, run in ground.needs.busy.items()}
    if as_json:
        typer.echo(json.dumps({"found": rows, "left to runs": busy}, indent=2))
        return
    Console().print(_table(rows, is_applied) if rows else "nothing may go")
    if busy:
        Console().print(f"left alone, because runs work on them: {', '.join(sorted(busy))}")
    if not is_applied and rows:
        Console().print("nothing was removed; [bold]thin-assets tidy --apply[/] does it")


def _ground(settings: Settings, instance: "dg.DagsterInstance") -> "Ground":
    from thin_assets.operations.retention.needs import needs
    from thin_assets.operations.retention.plan import Ground
    from thin_assets.operations.retention.policy import Policy
    from thin_assets.published.declared.product import products

    needed = needs(settings.home, products(settings.studies_folder), instance)
    return Ground(settings.home, Policy.load(settings.retention), needed, dt.datetime.now(dt.UTC))


def _found(ground: "Ground", settings: Settings) -> Iterator["Removal | Vacuum"]:
    from thin_assets.operations.retention.plan import plan
    from thin_assets.operations.retention.versions import plan_versions
    from thin_assets.published.declared.product import products
    from thin_assets.published.declared.shelf import Shelf

    yield from plan(ground)
    for product in products(settings.studies_folder).values():
        yield from plan_versions(Shelf(settings.home, product), ground.policy.published, ground.now)


def _remove_all(
    found: "list[Removal | Vacuum]", ground: "Ground", instance: "dg.DagsterInstance"
) -> Iterator["Removal | Vacuum"]:
    """Carry a plan out; what went."""
    from thin_assets.operations.retention.carry_out import carry_out, carry_out_versions, marks
    from thin_assets.operations.retention.needs import runs_at_work
    from thin_assets.operations.retention.versions import Vacuum

    named, done = ground.needs.builds, marks(ground.home)
    for one in found:
        if isinstance(one, Vacuum):
            went = carry_out_versions(one, ground, hand_at_work())
        else:
            went = carry_out(one, ground, hand_at_work(), lambda: runs_at_work(instance, named), done)
        if went:
            yield one


def _row(one: "Removal | Vacuum", settings: Settings) -> dict:
    from thin_assets.operations.retention.versions import Vacuum

    if isinstance(one, Vacuum):
        partition = one.partition.key if one.partition else None
        what, why = "version", f"{one.files} files that no reader, release or recall can ask for"
        path = one.table / partition / one.version if partition else one.table
        return _told(what, partition, str(path.relative_to(settings.home)), one.bytes, why)
    return _told(one.kind, one.partition, str(one.path.relative_to(settings.home)), one.bytes, one.why)


def _told(what: str, partition: str | None, path: str, size: int, why: str) -> dict:
    return {"what": what, "partition": partition, "path": path, "bytes": size, "why": why}


def _table(rows: list[dict], is_applied: bool) -> Table:
    """A line for each kind and partition; `--json` tells every path."""
    size = sum(row["bytes"] for row in rows if row["removed"] or not is_applied)
    title = f"{'Removed' if is_applied else 'May go'}: {size / 1e6:,.1f} MB"
    table = Table(title=title, title_justify="left")
    for name in ("what", "partition", "how many", "MB", "why"):
        table.add_column(name, justify="right" if name in ("how many", "MB") else "left", overflow="fold")
    groups: dict[tuple[str, str, str], list[int]] = {}
    for row in rows:
        kept = is_applied and not row["removed"]
        why = "needed by now, and left alone" if kept else row["why"]
        groups.setdefault((row["what"], row["partition"] or "", why), []).append(row["bytes"])
    for (what, partition, why), sizes in groups.items():
        table.add_row(what, partition, str(len(sizes)), f"{sum(sizes) / 1e6:,.1f}", why)
    return table
