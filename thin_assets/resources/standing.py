"""What stands of a partition, told from the lake alone, whoever built it: command line, run or backfill."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import NothingSealed
from thin_assets.resources.lake import Lake, build_id


@dataclass(frozen=True)
class Standing:
    """How far a partition is.

    delivery     id of the delivery that the sealed build was made from; None before the first seal
    build        the sealed build that readers see; None before the first seal
    published    products that were published from that very build
    """

    delivery: str | None = None
    build: str | None = None
    published: frozenset[str] = frozenset()

    def is_done(self, products: Collection[str], delivery: str | None = None) -> bool:
        """Whether all products are published from the current build, and that from this delivery.

        delivery    None where the delivery is not there any more to compare with
        """
        is_current = delivery is None or delivery == self.delivery
        return self.build is not None and is_current and self.published >= set(products)


def standing(lake: Lake, snapshot: Snapshot) -> Standing:
    """How far a partition is by now."""
    try:
        build = lake.current_build(snapshot)
    except NothingSealed:
        return Standing()
    told = lake.reported("published", snapshot) or {}
    names = told if told.get("build") == build_id(build) else {}
    published = frozenset(name for name, counts in names.items() if isinstance(counts, dict))
    return Standing((lake.identity_of(build) or {}).get("delivery"), build_id(build), published)


def done(
    lake: Lake, snapshots: Iterable[Snapshot], products: Collection[str], arrived: dict[Snapshot, str]
) -> list[Snapshot]:
    """Those of the partitions of which everything is published from the delivery that is there now."""
    return [one for one in snapshots if standing(lake, one).is_done(products, arrived.get(one))]
