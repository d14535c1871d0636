"""The release of a month: one name for every product, once all countries are there or its day has come.

Who is missing, and who came late or was corrected since the release before, stands in the line of the
changelog. A release names a version of the whole table, so that whoever is late is in the next one.
"""

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import ReleaseRefused
from thin_assets.pages import figures
from thin_assets.published.declared.shelf import Shelf
from thin_assets.published.record import audit
from thin_assets.published.record.audit import Hand
from thin_assets.published.record.releases import Part, Release, held_now, is_published, open_book, release


@dataclass(frozen=True)
class Month:
    """A month that is to be released.

    expected    countries that are waited for, in the order in which they are told
    waiting     those of them that are not done: nothing published, or not from the delivery that is there
    deadline    day from which on nobody is waited for
    """

    month: dt.date
    expected: tuple[str, ...]
    waiting: tuple[str, ...]
    deadline: dt.date

    @property
    def name(self) -> str:
        """Name of its release: `2024-03`."""
        return f"{self.month:%Y-%m}"

    def is_due(self, today: dt.date) -> bool:
        """Whether it is released now, if anything of it is published."""
        return not self.waiting or today >= self.deadline

    def require_due(self, today: dt.date) -> None:
        """Raises ReleaseRefused before its day while a country is not done."""
        if not self.is_due(today):
            raise ReleaseRefused(
                f"{self.name} waits for {', '.join(self.waiting)}",
                where="release of a month",
                remedy=f"it is released without them on {self.deadline}; to release it now, "
                f"`thin-assets release-month --snapshot {self.name} --now`",
            )

    def partitions(self) -> list[Snapshot]:
        """The partitions that are waited for."""
        return [Snapshot(country, self.month) for country in self.expected]


def release_month(
    shelves: Collection[Shelf], month: Month, hand: Hand, name: str | None = None
) -> dict[str, Release]:
    """Release every product of which something of the month is published; those released now, by name.

    name    of the release, where not the month itself
    Made once: a product that has a release of that name is left alone, so that asking again after a crash
    releases the rest. Raises Recalled where what is current was taken back.
    """
    called = name or month.name
    made = {}
    for shelf in waiting_shelves(shelves, month, called):
        notes = notes_of(month, held_now(shelf)[1], last_release(shelf))
        one = release(shelf, called, notes, hand)
        record_release(shelf, one, hand)
        made[shelf.product.name] = one
    return made


def waiting_shelves(shelves: Collection[Shelf], month: Month, name: str) -> list[Shelf]:
    """Products of which something of the month is published, and that have no release of that name."""
    return [shelf for shelf in shelves if _holds(shelf, month) and name not in _names(shelf)]


def record_release(shelf: Shelf, made: Release, hand: Hand) -> None:
    """The line of a release in the audit record."""
    counts = {"release": made.name, "partitions": len(made.partitions)}
    if made.version is not None:
        counts["version"] = made.version
    event = audit.event_of(audit.RELEASED, shelf.product, counts=counts, reason=made.notes)
    audit.record(shelf.home, hand, event)


def last_release(shelf: Shelf) -> Release | None:
    """The newest release of a product; None before the first."""
    return next(reversed(open_book(shelf.releases).releases), None)


def notes_of(month: Month, held: Mapping[str, Part], before: Release | None) -> str:
    """The line of the changelog: who is in it, who is missing, and what else came since the release before.

    held      what the release holds, by partition key
    before    the release before it; None for the first, which is held against nothing
    """
    there = [one.country for one in month.partitions() if one.key in held]
    missing = [country for country in month.expected if country not in there]
    old = [country for country in month.waiting if country in there]
    told = [f"{figures.month(month.month)} of {', '.join(there)}"]
    if missing:
        told.append(f"missing: {', '.join(missing)}")
    if old:
        told.append(f"a delivery is not in yet: {', '.join(old)}")
    if before and (since := list(_since(month, held, before))):
        told.append(f"since {before.name} also {', '.join(since)}")
    return "; ".join(told)


def _since(month: Month, held: Mapping[str, Part], before: Release) -> Iterator[str]:
    """Partitions of other months that the release before had not, or had from another build."""
    for key in sorted(held, key=lambda one: (Snapshot.of(one).month, one)):
        snapshot, earlier = Snapshot.of(key), before.partitions.get(key)
        if snapshot.month != month.month and (earlier is None or earlier.build != held[key].build):
            yield f"{snapshot.country} {snapshot.folder} ({'late' if earlier is None else 'corrected'})"


def _holds(shelf: Shelf, month: Month) -> bool:
    if not is_published(shelf):
        return False
    return any(Snapshot.of(key).month == month.month for key in held_now(shelf)[1])


def _names(shelf: Shelf) -> set[str]:
    return {one.name for one in open_book(shelf.releases).releases}
