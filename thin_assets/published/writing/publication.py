"""A publication from beginning to end: the commit, contract and facts beside it, the line in the record."""

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from thin_assets.domain.snapshot import Snapshot
from thin_assets.domain.zones import MODES
from thin_assets.published.contract.croissant import write_croissant
from thin_assets.published.contract.versions import keep_contract, require_version
from thin_assets.published.declared.shelf import Shelf
from thin_assets.published.persons.removed import publishing
from thin_assets.published.record import audit
from thin_assets.published.record.audit import Hand
from thin_assets.published.record.releases import open_book
from thin_assets.published.writing.folders import name_of, publish_folder
from thin_assets.published.writing.publish import Publication, publish_partition
from thin_assets.resources.files import write_json


def publish_table(
    rows: pl.DataFrame,
    shelf: Shelf,
    snapshot: Snapshot,
    build: str,
    hand: Hand,
    *,
    suppressed: Mapping[str, int] | None = None,
    more: Mapping[str, object] | None = None,
) -> Publication:
    """Publish rows as one partition of a product's table.

    rows          protected and controlled already
    suppressed    what was kept back before, by rule: for the facts and the audit record
    more          further facts, which the data card is drawn from: counts that may be shown
    Raises BrokenRules when the rows break the contract, VersionNotRaised when the contract itself differs
    from the last one by more than its version says: nothing is published then, and the record has a line.
    """
    product = shelf.product
    open_zone(shelf)
    with audit.attempt_recorded(shelf.home, hand, product, snapshot, build):
        require_version(shelf)
        with publishing(shelf):
            done = publish_partition(rows, product, shelf.table, snapshot, build, suppressed)
    _tell(shelf, snapshot, build, hand, done, more or {})
    return done


def publish_files(
    source: Path,
    shelf: Shelf,
    snapshot: Snapshot,
    build: str,
    hand: Hand,
    *,
    suppressed: Mapping[str, int] | None = None,
    more: Mapping[str, object] | None = None,
) -> Publication:
    """Publish a folder of files, a report or a model, as one partition of a product; else as `publish_table`.

    Raises NothingSealed when there is no such folder, Recalled when these very files were taken back.
    """
    product = shelf.product
    open_zone(shelf)
    with audit.attempt_recorded(shelf.home, hand, product, snapshot, build):
        require_version(shelf)
        open_book(shelf.releases).require_readable(product.name, product.major, [name_of(source)])
        kept = publish_folder(source, shelf.table, snapshot, build, hand.when)
    done = Publication(product.name, kept.version, kept.files, kept.files, kept.at, {}, suppressed or {})
    _tell(shelf, snapshot, build, hand, done, more or {})
    return done


def open_zone(shelf: Shelf) -> None:
    """The folder of a product's zone, for those whom the zone is for: all that is made in it is as open."""
    zone = shelf.home / shelf.product.zone
    if not zone.is_dir():
        zone.mkdir(parents=True, exist_ok=True)
        zone.chmod(MODES[shelf.product.zone])


def _tell(
    shelf: Shelf, snapshot: Snapshot, build: str, hand: Hand, done: Publication, more: Mapping[str, object]
) -> None:
    """Contract, description, facts and the line in the record: each may be written again."""
    keep_contract(shelf)
    if shelf.product.columns:
        write_croissant(shelf)
    told = facts(shelf, build, done) | more
    write_json(shelf.facts_of(snapshot, done.version), told)
    write_json(shelf.facts(snapshot), told)
    sizes = {"rows": done.rows, "entries": done.entries} if shelf.product.columns else {"files": done.rows}
    counts = sizes | {"version": done.version}
    event = audit.event_of(
        audit.PUBLISHED, shelf.product, snapshot, build=build, counts=counts, suppressed=dict(done.suppressed)
    )
    audit.record(shelf.home, hand, event)


def facts(shelf: Shelf, build: str, done: Publication) -> dict:
    """What is counted of every publication, whatever the product.

    rows, entries, nulls    as published, so of a product without persons' rows they may be shown
    version                 of the Delta table, or of the files
    published_at            time of the commit, UTC
    """
    return {
        "build": build,
        "contract": shelf.product.version,
        "version": done.version,
        "rows": done.rows,
        "entries": done.entries,
        "published_at": done.published_at.isoformat(timespec="milliseconds"),
        "nulls": dict(done.nulls),
        "suppressed": dict(done.suppressed),
    }
