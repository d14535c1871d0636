"""`thin-assets release`, `releases` and `recall`: name what is published, list the names, take it back."""

import datetime as dt
import getpass
import json
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from thin_assets.cli.catalogue import draw
from thin_assets.errors import NothingPublished, SettingsError
from thin_assets.settings import Settings

if TYPE_CHECKING:
    from thin_assets.published.declared.shelf import Shelf
    from thin_assets.published.record.audit import Hand

T = TypeVar("T")

ProductName = Annotated[str, typer.Argument(help="Product, such as lung_cancer_features.")]


def release(
    context: typer.Context,
    product: ProductName,
    name: Annotated[str, typer.Option(help="Name of the release, such as 2024Q1; given once.")],
    notes: Annotated[str, typer.Option(help="What changed, as one line of the changelog.")],
) -> None:
    """Give a name to what is published now, so that readers can ask for it by that name."""
    from thin_assets.published.record.months import record_release
    from thin_assets.published.record.releases import release as make

    settings: Settings = context.obj
    shelf, hand = shelf_of(settings, product), hand_at_work()
    made = together(shelf, lambda: make(shelf, name, notes, hand))
    record_release(shelf, made, hand)
    draw(settings)
    Console().print(f"[green]released[/] {product} {name}: {len(made.partitions)} partitions")


def releases(
    context: typer.Context,
    product: ProductName,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """The changelog of a product: its releases, newest first, and what was recalled."""
    from thin_assets.published.record.releases import Book, open_book

    shelf = shelf_of(context.obj, product)
    book: Book = together(shelf, lambda: open_book(shelf.releases))
    if as_json:
        typer.echo(json.dumps(asdict(book), indent=2))
        return
    table = Table(title=f"Releases of {product}", title_justify="left")
    for name in ("release", "contract", "version", "partitions", "when", "notes"):
        table.add_column(name)
    for one in reversed(book.releases):
        recalled = "[red]recalled[/] " if book.is_recalled(one) else ""
        version = "" if one.version is None else str(one.version)
        held = str(len(one.partitions))
        table.add_row(one.name, one.contract, version, held, one.when[:10], recalled + escape(one.notes))
    Console().print(table)
    for one in book.recalls:
        Console().print(
            f"[red]recalled[/] {one.asked} on {one.when[:10]}: {escape(one.reason)}", highlight=False
        )


def recall(
    context: typer.Context,
    product: ProductName,
    reason: Annotated[str, typer.Option(help="Why; readers are shown it.")],
    version: Annotated[
        str | None, typer.Option(help="Version whose rows are taken back: thin-assets audit lists them.")
    ] = None,
    release: Annotated[
        str | None, typer.Option(help="Release: what came since the one before is taken back.")
    ] = None,
) -> None:
    """Take back what a version or a release brought; what stood before is published again."""
    from thin_assets.published.record import audit
    from thin_assets.published.record.recalls import recall_release, recall_version

    settings: Settings = context.obj
    if (version is None) == (release is None):
        raise SettingsError(
            "a recall is of one version or one release", where="recall", remedy="give --version or --release"
        )
    shelf, hand = shelf_of(settings, product), hand_at_work()
    undo, asked = (recall_release, release) if version is None else (recall_version, version)
    done = together(shelf, lambda: undo(shelf, asked, reason, hand))
    counts = {
        "recalled": done.recall.asked,
        "versions": len(done.recall.versions),
        "partitions put back": len(done.put_back),
        "partitions withdrawn": len(done.withdrawn),
    }
    audit.record(
        settings.home, hand, audit.event_of(audit.RECALLED, shelf.product, counts=counts, reason=reason)
    )
    draw(settings)
    Console().print(
        f"[green]recalled[/] {product} {done.recall.asked}: {len(done.put_back)} partitions put back, "
        f"{len(done.withdrawn)} withdrawn"
    )


def together(shelf: "Shelf", act: Callable[[], T]) -> T:
    """Act upon what others have released and recalled by now, and let them see it."""
    from thin_assets.resources.shared_products import published_together

    return published_together(shelf.home, shelf.product.zone, shelf.product.name, act)


def shelf_of(settings: Settings, name: str) -> "Shelf":
    """The shelf of a declared product. Raises NothingPublished for a name that none has."""
    from thin_assets.published.declared.product import products
    from thin_assets.published.declared.shelf import Shelf

    declared = products(settings.studies_folder)
    if name not in declared:
        raise NothingPublished(
            f"there is no product {name!r}", where="products", remedy=f"there are {', '.join(declared)}"
        )
    return Shelf(settings.home, declared[name])


def hand_at_work() -> "Hand":
    """The user at the keyboard, now."""
    from thin_assets.published.record.audit import Hand

    return Hand(getpass.getuser(), dt.datetime.now(dt.UTC))
