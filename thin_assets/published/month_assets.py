"""The release of a month in Dagster: one asset over all products, a partition per month."""

import datetime as dt
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import dagster as dg

from thin_assets.domain.pools import PUBLISHER
from thin_assets.domain.snapshot import Snapshot, parse_month
from thin_assets.partitions import SNAPSHOT, of_every_country
from thin_assets.published.catalogue.draw import build_catalogue
from thin_assets.published.declared.product import products
from thin_assets.published.declared.shelf import Shelf
from thin_assets.published.record.audit import Hand
from thin_assets.published.record.months import Month, release_month, waiting_shelves
from thin_assets.published.record.releases import Release
from thin_assets.resources.calendar import Calendar
from thin_assets.resources.lake import Lake
from thin_assets.resources.shared_products import published_together
from thin_assets.resources.standing import done
from thin_assets.settings import Settings

KEY = dg.AssetKey(["published", "month_release"])


def month_release_asset(own: Path | None) -> dg.AssetsDefinition:
    """The release of a month, of all products, those of a folder of one's own among them."""

    @dg.asset(
        key=KEY,
        group_name="published",
        partitions_def=SNAPSHOT,
        deps=[of_every_country("published", name) for name in products(own)],
        owners=["team:data-products"],
        kinds={"json"},
        pool=PUBLISHER,
    )
    def month_release(
        context: dg.AssetExecutionContext, lake: Lake, calendar: Calendar
    ) -> dg.MaterializeResult:
        """One release of every product, named after the month, with who is missing.

        Grain   one release per product.

        Rule    once all countries that are waited for are published, or the deadline has passed; a name is
                given once, and whoever is late is in the next release; docs/how-to/run-a-month.md
        """
        now = dt.datetime.now(dt.UTC)
        month = month_of(lake, calendar, parse_month(context.partition_key))
        month.require_due(now.date())
        made = make_releases(lake, month, Hand(f"dagster run {context.run_id}", now))
        notes = sorted({one.notes for one in made.values()})
        context.log.info("released %s of %d products", month.name, len(made))
        return dg.MaterializeResult(
            metadata={
                "products released": len(made),
                "waited for": ", ".join(month.expected),
                "not done": ", ".join(month.waiting) or "none",
                "notes": dg.MetadataValue.md("\n".join(f"- {text}" for text in notes) or "released before"),
            }
        )

    return month_release


def month_of(
    lake: Lake, calendar: Calendar, month: dt.date, arrived: Mapping[Snapshot, str] | None = None
) -> Month:
    """A month that is to be released, and who is not done.

    arrived    deliveries that are there; None: those that were looked at, so that one that arrived a moment
               ago is not waited for
    """
    expected = tuple(calendar.countries())
    partitions = [Snapshot(country, month) for country in expected]
    deliveries = inspected(lake, partitions) if arrived is None else arrived
    ready = {one.country for one in done(lake, partitions, shelves_of(lake), deliveries)}
    waiting = tuple(country for country in expected if country not in ready)
    return Month(month, expected, waiting, calendar.deadline(month))


def inspected(lake: Lake, partitions: list[Snapshot]) -> dict[Snapshot, str]:
    """The deliveries that were looked at last, by partition."""
    told = {one: lake.reported("landing", one) for one in partitions}
    return {one: report["delivery"] for one, report in told.items() if report}


def shelves_of(lake: Lake) -> dict[str, Shelf]:
    """The shelf of every product, by name."""
    home = Path(lake.home)
    declared = products(Settings.load(home).studies_folder)
    return {name: Shelf(home, product) for name, product in declared.items()}


def waits_to_be_made(lake: Lake, month: Month) -> list[str]:
    """Products of which something of the month is published, and that are not released as that month."""
    return [one.product.name for one in waiting_shelves(shelves_of(lake).values(), month, month.name)]


def make_releases(lake: Lake, month: Month, hand: Hand, name: str | None = None) -> dict[str, Release]:
    """Release what is not released yet, and draw cards and catalogue anew: they name releases."""
    shelves, made = shelves_of(lake), {}
    for shelf in shelves.values():
        act = partial(release_month, [shelf], month, hand, name)
        made |= published_together(shelf.home, shelf.product.zone, shelf.product.name, act)
    if made:
        build_catalogue(Path(lake.home), {name: shelf.product for name, shelf in shelves.items()})
    return made
