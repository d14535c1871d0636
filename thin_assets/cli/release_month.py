"""`thin-assets release-month`: one release of every product, named after the month."""

from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from thin_assets.cli.options import Month
from thin_assets.cli.releases import hand_at_work
from thin_assets.domain.snapshot import parse_month
from thin_assets.errors import NothingPublished
from thin_assets.resources.lake import Lake
from thin_assets.settings import Settings


def release_month(
    context: typer.Context,
    snapshot: Month,
    now: Annotated[
        bool, typer.Option("--now", help="Wait neither for countries that are missing nor for the deadline.")
    ] = False,
    name: Annotated[
        str | None, typer.Option(help="Name of the release; default: the month. A name is given once.")
    ] = None,
) -> None:
    """Release every product once all countries of a month are published; say who is missing."""
    from thin_assets.landing.arrivals import complete_deliveries
    from thin_assets.published.month_assets import make_releases, month_of
    from thin_assets.resources.calendar import Calendar

    settings: Settings = context.obj
    lake, hand = Lake(home=str(settings.home)), hand_at_work()
    days = Calendar(due=str(settings.due_file), release_day=settings.release_day)
    month = month_of(lake, days, parse_month(snapshot), complete_deliveries(lake.deliveries))
    if not now:
        month.require_due(hand.when.date())
    made = make_releases(lake, month, hand, name)
    if not made:
        raise NothingPublished(
            f"nothing of {month.name} is published that is not released as {name or month.name}",
            where="release of a month",
            remedy="see `thin-assets status`; for another release of the month give --name",
        )
    for product, one in made.items():
        Console().print(f"[green]released[/] {product} {one.name}: {escape(one.notes)}", soft_wrap=True)
