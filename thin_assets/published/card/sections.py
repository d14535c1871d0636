"""Parts of a card about the product itself: for whom, what is published, from what, how protected."""

import datetime as dt
from collections.abc import Mapping, Sequence

from thin_assets.domain.countries import COUNTRIES
from thin_assets.domain.snapshot import Snapshot
from thin_assets.pages import charts, figures
from thin_assets.pages.frame import (
    Section,
    Tile,
    figure,
    paragraph,
    tiles,
    together,
)
from thin_assets.pages.markup import Html, tag
from thin_assets.pages.tables import Column, columns, table
from thin_assets.published.catalogue.stock import Stock
from thin_assets.published.writing.facts import Facts

KINDS = {
    "row_level": "rows of persons, under pseudonyms of one project",
    "aggregate": "aggregates, small numbers kept back",
    "report": "a report to read",
    "model": "a model to apply",
}
ZONES = {
    "project": "the secure environment of its project",
    "published": "everybody",
}
UNITS = {"row_level": "entries", "aggregate": "rows", "report": "files", "model": "files"}
"""What `entries` counts in a product of each kind."""

Rows = Mapping[Snapshot, Sequence[str]]
"""Cells of a table by partition."""


NEVER = paragraph("Nothing of it is published yet.")


def told(count: int | None) -> str:
    """A count as facts tell it: None is fewer than ten."""
    return figures.FEW if count is None else f"{count:,}"


def about(stock: Stock) -> Section:
    """The few figures, then what it is and for whom."""
    product = stock.product
    unit = UNITS[product.kind]
    shown = [
        Tile("countries", str(len(stock.countries)), ", ".join(stock.countries)),
        Tile("months", str(len(stock.months)), _span(stock.months)),
        Tile(f"{unit}, newest months", total_of(stock), "of all countries"),
        Tile("contract", product.version, product.kind.replace("_", " ")),
    ]
    rows = [
        ("What a row is", product.grain),
        ("Purpose", product.purpose),
        ("For whom", f"{ZONES[product.zone]}{f' ({product.project})' if product.project else ''}"),
        ("What it holds", KINDS[product.kind]),
        ("Owner", product.owner),
        ("Made from", tag("code", product.source)),
        ("Ready", f"{product.ready_within_days} days after a build is sealed"),
        ("Kept for", f"{product.retention_months} months"),
    ]
    facts = table(columns("", "what this product promises"), rows, "The product in words")
    return Section("about", "What it is", together(tiles(shown), facts))


def total_of(stock: Stock) -> str:
    """Entries of the newest month of every country, as they may be shown."""
    if not stock.now:
        return figures.NOTHING
    total = sum(stock.entries(snapshot) or 0 for snapshot in stock.latest.values())
    return told(total or None) if stock.product.kind == "row_level" else f"{total:,}"


def _span(months: list[dt.date]) -> str:
    if not months:
        return "none yet"
    first, last = figures.month(months[0]), figures.month(months[-1])
    return first if first == last else f"{first} to {last}"


def partitions(stock: Stock) -> Section:
    """Which country and month stands in which version, and how many entries by month."""
    title, key = "What is published", "partitions"
    if not stock.now:
        return Section(key, title, NEVER)
    rows = [
        (COUNTRIES[code].name, *(_cell(stock, Snapshot(code, month)) for month in stock.months))
        for code in stock.countries
    ]
    heads = columns("country", *(f"#{month:%Y-%m}" for month in stock.months))
    unit = UNITS[stock.product.kind]
    grid = table(heads, rows, f"{unit.capitalize()} and version of every partition")
    return Section(key, title, together(grid, by_month(stock) if stock.product.kind == "row_level" else None))


def _cell(stock: Stock, snapshot: Snapshot) -> Html | str:
    facts = stock.now.get(snapshot)
    if facts is None:
        return figures.NOTHING
    count = stock.entries(snapshot)
    shown = told(count) if stock.product.kind == "row_level" else f"{count:,}"
    return together(shown, tag("span", f"v{facts['version']}", class_="soft"))


def by_month(stock: Stock) -> Html | None:
    """Entries of each country over the months; None before there are two months."""
    if len(stock.months) < 2:
        return None
    place = {month: float(number) for number, month in enumerate(stock.months)}
    every = max(1, len(stock.months) // 5)
    series = {
        COUNTRIES[code].name: [
            (x, _as_number(stock.entries(Snapshot(code, month)))) for month, x in place.items()
        ]
        for code in stock.countries
    }
    labels = {x: f"{month:%b %y}" for month, x in place.items() if x % every == 0}
    drawing = charts.lines("Entries by month", series, labels=labels, unit="entries, to the nearest ten")
    return figure(
        "Entries by month", drawing, note="a gap is a month that is not published, or fewer than ten"
    )


def _as_number(count: int | None) -> float | None:
    return None if count is None else float(count)


def by_partition(stock: Stock, heads: Sequence[Column], rows: Rows, caption: str) -> Html:
    """A row per partition: the newest of each country, and the earlier ones behind a line that opens."""
    newest = [row for snapshot, row in rows.items() if snapshot in stock.latest.values()]
    earlier = [row for snapshot, row in sorted(rows.items(), key=_newest_first) if row not in newest]
    shown = table(heads, newest, caption)
    if not earlier:
        return shown
    behind = table(heads, earlier, f"{caption}: earlier months")
    return together(shown, tag("details", tag("summary", f"Earlier months: {len(earlier)}"), behind))


def _newest_first(row: tuple[Snapshot, object]) -> tuple[int, str]:
    return -row[0].month.toordinal(), row[0].country


def made_from(stock: Stock) -> Section | None:
    """Delivery, build and vocabulary behind every partition."""
    if not stock.now:
        return None
    rows = {snapshot: _origin(snapshot, facts) for snapshot, facts in stock.now.items()}
    heads = columns("partition", "delivery", "layout", "holder", "build", "vocabulary", "published")
    told_of = by_partition(stock, heads, rows, "What each partition was made from")
    note = paragraph(
        "A delivery is named by the first digits of the sha256 of its manifest; a build by what it was made "
        "from and what it holds. The same build gives the same rows."
    )
    return Section("made-from", "Deliveries and builds", together(told_of, note))


def _origin(snapshot: Snapshot, facts: Facts) -> tuple[Html | str, ...]:
    delivery, cdm = facts.get("delivery", {}), facts.get("cdm", {})
    sha = delivery.get("manifest_sha256") or cdm.get("delivery") or ""
    return (
        partition(snapshot),
        tag("code", sha[:12], class_="id") if sha else figures.NOTHING,
        delivery.get("layout") or cdm.get("layout") or figures.NOTHING,
        delivery.get("holder") or figures.NOTHING,
        tag("code", facts["build"], class_="id"),
        cdm.get("vocabulary") or figures.NOTHING,
        facts["published_at"][:10],
    )


def partition(snapshot: Snapshot) -> str:
    """A partition as people read it: `GB 2024-03`."""
    return f"{snapshot.country} {snapshot.folder}"
