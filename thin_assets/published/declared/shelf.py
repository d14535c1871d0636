"""Where everything of one product lies.

<home>/<zone>/<product>/
    v1/                      Delta table of contract 1.x: all countries and months
    contracts/1.0.0.yaml     ODCS contract of every version there ever was
    croissant.json           the table described in the Croissant vocabulary
    card.html                the data card
    releases.json            named releases and recalls
    facts/country=GB/snapshot=2024-03-01.json    what was counted when that partition was published
    facts/country=GB/snapshot=2024-03-01/7.json  the same, by version: what a recall goes back to
    facts/country=GB/snapshot=2024-03-01/7.parquet   its dictionary: covariates that ten persons have
<home>/audit/audit.jsonl     every publication and refusal
"""

from dataclasses import dataclass
from pathlib import Path

from thin_assets.domain.snapshot import Snapshot
from thin_assets.published.declared.product import Product


@dataclass(frozen=True)
class Shelf:
    """Paths of one product below a home."""

    home: Path
    product: Product

    @property
    def folder(self) -> Path:
        """Everything of the product."""
        return self.home / self.product.zone / self.product.name

    @property
    def table(self) -> Path:
        """The Delta table of the current major version."""
        return self.folder / f"v{self.product.major}"

    @property
    def contract(self) -> Path:
        """The ODCS contract of the current version."""
        return self.folder / "contracts" / f"{self.product.version}.yaml"

    @property
    def croissant(self) -> Path:
        """The Croissant description."""
        return self.folder / "croissant.json"

    @property
    def card(self) -> Path:
        """The data card."""
        return self.folder / "card.html"

    @property
    def releases(self) -> Path:
        """Named releases and recalls."""
        return self.folder / "releases.json"

    def facts(self, snapshot: Snapshot) -> Path:
        """What was counted when a partition was published."""
        return self.folder / "facts" / f"{snapshot.partition_folder}.json"

    def facts_of(self, snapshot: Snapshot, version: int | str) -> Path:
        """What was counted when a partition was published in that version."""
        return self.facts(snapshot).with_suffix("") / f"{version}.json"

    def dictionary(self, snapshot: Snapshot, version: int | str) -> Path:
        """What the covariates of a partition mean, and how many entries have each, in that version."""
        return self.facts(snapshot).with_suffix("") / f"{version}.parquet"
