"""What stands on the shelves: facts of every partition and version, releases, recalls and contracts.

Read from the small files beside the tables, not from the tables; so it is quick, and tells what was counted
when a partition was published.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import polars as pl

from thin_assets.domain.countries import COUNTRIES
from thin_assets.domain.snapshot import Snapshot
from thin_assets.published.declared.product import Product
from thin_assets.published.declared.shelf import Shelf
from thin_assets.published.writing.facts import DICTIONARY, Facts, coarse
from thin_assets.published.writing.folders import snapshot_of
from thin_assets.resources.files import read_json


@dataclass(frozen=True)
class Stock:
    """One product as it was published.

    now         facts of the current version of each partition, by partition in order
    versions    facts of every version there ever was, newest first, with `snapshot` beside them
    releases    named releases, oldest first; recalls likewise
    contracts   versions of the contract that were ever written
    """

    shelf: Shelf
    now: Mapping[Snapshot, Facts]
    versions: tuple[Facts, ...]
    releases: tuple[Facts, ...]
    recalls: tuple[Facts, ...]
    contracts: tuple[str, ...]

    @property
    def product(self) -> Product:
        """What it is."""
        return self.shelf.product

    @cached_property
    def countries(self) -> list[str]:
        """Codes of the countries it holds, in the order of the platform."""
        held = {snapshot.country for snapshot in self.now}
        return [code for code in COUNTRIES if code in held]

    @cached_property
    def months(self) -> list[dt.date]:
        """Months that it holds, oldest first."""
        return sorted({snapshot.month for snapshot in self.now})

    @cached_property
    def latest(self) -> dict[str, Snapshot]:
        """The newest partition of each country."""
        return {code: max(one for one in self.now if one.country == code) for code in self.countries}

    def entries(self, snapshot: Snapshot) -> int | None:
        """Entries of a partition as they may be shown: of rows of persons, to the nearest ten."""
        count = self.now.get(snapshot, {}).get("entries")
        return coarse(count) if self.product.kind == "row_level" else count

    def rows(self, facts: Facts) -> int | None:
        """Rows of a version as they may be shown."""
        return coarse(facts["rows"]) if self.product.kind == "row_level" else facts["rows"]

    def dictionary(self, snapshot: Snapshot) -> pl.DataFrame:
        """Covariates of a partition; no row where it has none.

        A version that a recall put back has the dictionary of the version that it is again.
        """
        facts: Facts | None = self.now[snapshot]
        while facts:
            path = self.shelf.dictionary(snapshot, facts["version"])
            if path.is_file():
                return pl.read_parquet(path)
            before = facts.get("puts_back")
            facts = None if before is None else read_json(self.shelf.facts_of(snapshot, before))
        return pl.DataFrame(schema=DICTIONARY)


def take_stock(shelf: Shelf) -> Stock:
    """Everything that is known of one product; nothing where it was never published."""
    folder = shelf.folder / "facts"
    now = {
        snapshot_of(path.with_suffix("")): read_json(path)
        for path in sorted(folder.glob("country=*/snapshot=*.json"))
    }
    book = read_json(shelf.releases) or {}
    return Stock(
        shelf=shelf,
        now=dict(sorted(now.items())),
        versions=_versions(folder),
        releases=tuple(book.get("releases", ())),
        recalls=tuple(book.get("recalls", ())),
        contracts=tuple(sorted((path.stem for path in shelf.contract.parent.glob("*.yaml")), key=_numbers)),
    )


def _versions(folder: Path) -> tuple[Facts, ...]:
    found = [
        read_json(path) | {"snapshot": snapshot_of(path.parent)}
        for path in folder.glob("country=*/snapshot=*/*.json")
    ]
    return tuple(sorted(found, key=lambda one: (one["published_at"], one["snapshot"].key), reverse=True))


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))
